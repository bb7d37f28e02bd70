"""`tune`: the record of the trials, how it goes on, and the file of settings that `train` and `compare` take."""

import json

import pytest

from hypermaml.cli import tune as verb


@pytest.fixture(scope="module")
def tiny(run):
    return ["tune", "sine", "--methods", "random", "--descriptor", "full", *run.args[run.args.index("--iterations") :]]


@pytest.fixture(scope="module")
def tuned(hypermaml, tiny, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tuning") / "folder/tuning"
    outcome = hypermaml(*tiny, "--out", folder)
    assert outcome.status == 0, outcome.errors
    return folder, outcome


def test_trials_are_recorded_and_gone_on_with(hypermaml, tiny, tuned):
    folder, outcome = tuned
    record = json.loads((folder / "trials.json").read_bytes())
    trials = record["methods"]["random"]["trials"]
    assert len(trials) == 8
    assert record["methods"]["random"]["best"] == min(trials, key=lambda trial: trial["score"])
    assert "random: trial 8 of 8" in outcome.errors
    assert f"score {min(trial['score'] for trial in trials):g}" in outcome.output

    again = hypermaml(*tiny, "--out", folder)
    assert again.output == outcome.output
    assert "random: trial" not in again.errors
    other = hypermaml(*tiny, "--out", folder, "--iterations", "5")
    assert (other.status, other.output) == (1, "")
    assert other.errors.splitlines()[-1].startswith(f"hypermaml: {folder / 'trials.json'} holds trials of another")


def test_the_best_settings_are_a_file_that_train_and_compare_take(hypermaml, tuned, sizes, tmp_path):
    best = tuned[0] / "best.json"
    rate = json.loads(best.read_bytes())["methods"]["random"]["inner_lr"]
    scores = []
    for verb_names in (["train", "sine", "random"], ["compare", "sine", "--methods", "random", "--seeds", "1"]):
        folder = tmp_path / verb_names[0]
        outcome = hypermaml(*verb_names, "--config", best, *sizes, "--out", folder)
        assert outcome.status == 0, outcome.errors
        assert json.loads((folder / "config.json").read_bytes())["config"]["methods"]["random"]["inner_lr"] == rate
        assert (folder / "method-settings.json").read_bytes() == best.read_bytes()
        assert "method-settings.json" in json.loads((folder / "manifest.json").read_bytes())["files"]
        scores.append((folder / "results.csv").read_bytes())
    assert scores[0] == scores[1]


def test_the_grid_may_have_a_file_of_its_own(hypermaml, tiny, tuned, tmp_path):
    record = tmp_path / "sine.json"
    record.write_bytes((tuned[0] / "trials.json").read_bytes())
    outcome = hypermaml(*tiny, "--out", record)
    assert outcome.status == 0, outcome.errors
    assert record.read_bytes() == (tuned[0] / "trials.json").read_bytes()
    assert (tmp_path / "sine-best.json").read_bytes() == (tuned[0] / "best.json").read_bytes()
    outcome = hypermaml(*tiny, "--sampler", "tpe", "--out", record)
    assert (outcome.status, outcome.sentence.endswith("the grid alone; name a folder")) == (2, True)


def test_a_file_of_settings_that_does_not_fit_leaves_nothing_behind(hypermaml, tuned, sizes, tmp_path):
    best, out = tuned[0] / "best.json", tmp_path / "run"
    for args, sentence in (
        (["train", "sine", "maml", "--config", best], f"--config: {best} has settings of random, but none of maml"),
        (
            ["train", "navigation", "random", "--config", best],
            "is for the family sine, but the command names nav",
        ),
        (["compare", "sine", "--config", tmp_path / "absent.json"], "absent.json"),
        (["compare", "sine", "--config", tuned[0] / "trials.json"], "do not fit this version of hypermaml"),
    ):
        outcome = hypermaml(*args, *sizes, "--out", out)
        assert outcome.status == 2
        assert sentence in outcome.sentence
        assert not out.exists()


def test_a_sampler_of_optuna_with_plots(hypermaml, tiny, tmp_path):
    folder = tmp_path / "tuning"
    args = [*tiny, "--sampler", "tpe", "--trials", "5", "--plots", "--out", folder]
    outcome = hypermaml(*args)
    assert outcome.status == 0, outcome.errors
    assert "random: trial 5 of 5" in outcome.errors
    record = json.loads((folder / "trials.json").read_bytes())["methods"]["random"]
    assert len({trial["inner_lr"] for trial in record["trials"]}) == 5
    assert (
        json.loads((folder / "best.json").read_bytes())["methods"]["random"]["inner_lr"] == record["best"]["inner_lr"]
    )
    assert {path.name for path in folder.glob("*.png")} >= {"history.png"}
    assert hypermaml(*args).output == outcome.output


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--trials", "9"], "--trials does not fit the grid, which has 8 whole trials of each method"),
        (["--pruner", "median"], "--pruner does not fit the grid"),
        (["--storage", "sqlite:///x.db"], "--storage does not fit the grid"),
        (["--sampler", "tpe", "--trials", "0"], "--trials is 0, but it must be at least 1"),
        (["--sampler", "tpe", "--out", "pyproject.toml"], "--out: pyproject.toml is a file; name a folder"),
    ],
)
def test_options_that_do_not_fit(hypermaml, tiny, options, sentence):
    outcome = hypermaml(*tiny, *options)
    assert outcome.status == 2
    assert outcome.sentence.startswith(sentence)


def test_a_bad_storage_is_one_sentence(hypermaml, tiny, tmp_path):
    outcome = hypermaml(*tiny, "--sampler", "random", "--storage", "nonsense://x", "--out", tmp_path / "tuning")
    assert outcome.status == 1
    assert outcome.errors.splitlines()[-1].startswith("hypermaml: the storage nonsense://x cannot be used: ")


def test_without_optuna_the_sentence_says_how_to_install_it(hypermaml, tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(verb, "find_spec", lambda name: None)
    outcome = hypermaml(*tiny, "--sampler", "cmaes", "--out", tmp_path / "tuning")
    assert outcome.status == 2
    assert outcome.sentence.startswith("--sampler cmaes needs optuna and cmaes: pip install ")
