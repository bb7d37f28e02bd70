"""`train`: one method with settings of one's own, in the same kind of run folder."""

import json

import pytest


def test_settings_of_the_method(hypermaml, sizes, tmp_path):
    folder = tmp_path / "run"
    outcome = hypermaml("train", "sine", "hypermaml", "--seed", "3", "--inner-lr", "0.05", *sizes, "--out", folder)
    assert outcome.status == 0, outcome.errors
    assert outcome.errors.startswith(
        "Training hypermaml on sine: descriptor full, seed 3, 4 meta-iterations of 2 tasks"
    )
    config = json.loads((folder / "config.json").read_bytes())["config"]
    assert config["seeds"] == [3]
    assert config["methods"]["hypermaml"]["inner_lr"] == 0.05
    assert (folder / "summary.json").exists()
    assert "meta-test" in hypermaml("eval", folder).output


def test_a_run_of_which_nothing_is_left_fails(hypermaml, sizes, tmp_path):
    outcome = hypermaml("train", "sine", "maml", "--inner-lr", "1e30", *sizes, "--out", tmp_path / "run")
    assert outcome.status == 1
    assert outcome.errors.splitlines()[-1] == "hypermaml: every training run diverged, so that all scores are NaN"
    assert "maml seed 0 diverged: meta-iteration 0, task 0" in outcome.errors
    assert "; 1 of 1 training runs diverged." in outcome.errors
    assert (tmp_path / "run/summary.json").exists()


def test_more_tasks_than_the_memory_holds(hypermaml, sizes, tmp_path):
    outcome = hypermaml("train", "sine", "maml", *sizes, "--meta-batch", "2000000000", "--out", tmp_path / "run")
    assert outcome.status == 1
    assert outcome.errors.splitlines()[-1].startswith("hypermaml: meta_batch is 2,000,000,000: that needs about ")


@pytest.mark.parametrize(
    ("family", "options", "need"),
    [
        ("navigation", "--embedder description support-set", "one support set a task, but navigation draws new"),
        ("sine", "--embedder trajectories", "trajectories of a policy, but tasks of sine have support sets"),
        ("sine", "--outer trpo", "policies for its outer update, trpo, but sine has none"),
    ],
)
def test_a_part_that_a_family_has_nothing_for_leaves_nothing_behind(hypermaml, tmp_path, family, options, need):
    folder = tmp_path / "run"
    outcome = hypermaml("train", family, "hypermaml", *options.split(), "--out", folder)
    assert outcome.status == 2
    assert outcome.sentence.startswith(f"hypermaml, as it is set, needs {need}")
    assert not folder.exists()
