"""Bad arguments: one sentence each, status 2, nothing written."""

import pytest

from hypermaml.cli.names import FAMILIES, enumerate_names
from hypermaml.experiments.sine import SineExperiment
from hypermaml.methods import METHODS

OF_YOUR_OWN = "a family of your own is written my_tasks.py:NAME or my_package.module:NAME"
CASES = {
    "compare nav": (
        "there is no family 'nav'; did you mean navigation? "
        f"The families are {enumerate_names(FAMILIES)}; {OF_YOUR_OWN}"
    ),
    "compare bike": f"there is no family 'bike'; the families are {enumerate_names(FAMILIES)}; {OF_YOUR_OWN}",
    "compare": "FAMILY is missing: write hypermaml compare FAMILY, then the options",
    "compare --seeds 3": "FAMILY is missing: write hypermaml compare FAMILY, then the options",
    "compare sine maml": "'maml' is one argument too many: names come first, options are written --NAME VALUE",
    "compare sine --methods": "--methods needs at least one value",
    "compare sine --methods maml maml": "--methods names maml twice",
    "compare sine --descriptor ful": (
        "there is no descriptor 'ful'; did you mean full? The descriptors are full, partial, noisy and none"
    ),
    "compare sine --preset quik": (
        "--preset: there is no choice 'quik'; did you mean quick? The choices are quick, small and paper"
    ),
    "compare sine --seeds": "--seeds needs a value",
    "compare sine --seeds 0": "seeds is 0, but it must be at least 1",
    "compare sine --seeds two": "--seeds: 'two' is not a whole number",
    "compare sine --iterations 0": "iterations is 0, but it must be at least 1",
    "compare sine --shots -3": "shots is -3, but it must be at least 1",
    "compare navigation --noise -1": "noise is -1.0, but it must be at least 0 and finite",
    "compare navigation --noise nan": "noise is nan, but it must be at least 0 and finite",
    "compare navigation --noise much": "--noise: 'much' is not a number",
    "compare navigation --reward squred": (
        "--reward: there is no choice 'squred'; did you mean squared? The choices are squared and distance"
    ),
    "train sine": "METHOD is missing: write hypermaml train FAMILY METHOD, then the options",
    "train sine maml --inner-lr 0": "inner_lr is 0.0, but it must be above 0",
    "train sine hypermaml --generator low_rank": (
        "--generator: there is no choice 'low_rank'; did you mean low-rank? The choices are auto, dense, low-rank, "
        "chunked, lora and layers"
    ),
    "train sine hypermaml --generator": "--generator needs a value",
    "train sine hypernet --generator.rank 3": "--generator.rank is an option of low-rank, but --generator is dense",
    "train sine hypermaml --generator low-rank --generator.rank 0": "rank is 0, but it must be at least 1",
    "train sine hypernet --generator.width wide": "--generator.width: 'wide' is not a whole number",
    "train sine hypermaml --embedder": "--embedder needs at least one value",
    "train sine hypermaml --embedder mode mode": "--embedder names mode twice",
    "train sine hypermaml --embedder.count 3": (
        "--embedder.count is an option of trajectories, but --embedder is description"
    ),
    "train navigation maml --outer.curvature-stride 3": (
        "--outer.curvature-stride is an option of trpo, but --outer is adam"
    ),
    "train halfcheetah-direction maml --outer.max-divergence 0": "max_divergence is 0.0, but it must be above 0",
    "train sine maml --seed -1": "seed is -1, but it must be at least 0 and below 2^32",
    "train sine maml --seed 4294967296": "seed is 4294967296, but it must be at least 0 and below 2^32",
    "eval here --seed 4294967296": "seed is 4294967296, but it must be at least 0 and below 2^32",
    "eval here --out /": "--out: cannot write /; name a file in a folder that exists and may be written",
    "eval": "RUN is missing: write hypermaml eval RUN, then the options",
    "eval here --tasks 0": "tasks is 0, but it must be at least 1",
    "eval here --steps many": "--steps: 'many' is not a whole number",
    "eval here --descriptor ful": (
        "--descriptor: there is no choice 'ful'; did you mean full? The choices are full, partial, noisy, shuffled, "
        "random and none"
    ),
    "eval here --out /absent/scores.csv": (
        "--out: cannot write /absent/scores.csv; name a file in a folder that exists and may be written"
    ),
    "report here there": "'there' is one argument too many: report takes RUN",
    "list all": "'all' is one argument too many: list takes nothing",
}


@pytest.fixture(autouse=True)
def empty(tmp_path, monkeypatch):
    """Each test runs in an empty folder that must stay empty."""
    monkeypatch.chdir(tmp_path)
    yield
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("args", CASES)
def test_bad_argument(hypermaml, args):
    outcome = hypermaml(*args.split())
    assert (outcome.status, outcome.output, outcome.sentence) == (2, "", CASES[args])


def test_a_method_that_cannot_learn_the_family_is_refused_with_the_reason(hypermaml):
    for args in (["compare", "navigation", "--methods", "maml", "imaml"], ["train", "ant-velocity", "imaml"]):
        sentence = hypermaml(*args).sentence
        assert sentence.startswith("imaml needs one support set a task, but ")
        assert " draws new trajectories at each inner step: choose from random, pretrained, oracle, maml, " in sentence


@pytest.mark.parametrize(
    "args", [["compare", "sine", "--methods", "fomalm"], ["train", "sine", "fomalm"], ["cite", "fomalm"]]
)
def test_unknown_method_lists_all(hypermaml, args):
    sentence = hypermaml(*args).sentence
    assert sentence.startswith("there is no method 'fomalm'; did you mean fomaml? The methods are random, pretrained, ")
    known = SineExperiment.methods() if "sine" in args else METHODS
    assert all(method in sentence for method in known)


@pytest.mark.parametrize(
    ("args", "wrong", "right", "absent"),
    [
        ("compare sine --sedes 3", "--sedes", "--seeds", "--reward"),
        ("compare navigation --reword distance", "--reword", "--reward", "--inner-lr"),
        ("train sine hypernet --generator.widht=3", "--generator.widht", "--generator.width", "--seeds"),
        ("train sine hypermaml --embeder mode", "--embeder", "--embedder", "--seeds"),
    ],
)
def test_unknown_option_names_the_nearest_and_lists_all(hypermaml, args, wrong, right, absent):
    outcome = hypermaml(*args.split())
    assert outcome.status == 2
    sentence, _, options = outcome.sentence.partition("? The options are ")
    assert sentence == f"there is no option '{wrong}'; did you mean {right}"
    assert right in options
    assert absent not in options


def test_the_outer_update_of_a_family_and_of_its_method_is_one_option(hypermaml):
    text = hypermaml("train", "navigation", "maml", "--outer", "trpo", "--help").output
    assert text.count("--outer {adam,trpo,ppo}") == text.count("--outer.curvature-stride INT") == 1
    assert "--outer.clip" not in text
    assert "--outer.clip FLOAT" in hypermaml("train", "navigation", "maml", "--help").output


def words(text):
    """The help on one line, without its frame."""
    return " ".join(text.replace("│", " ").split())


def test_help_lists_the_choices_of_a_part_and_the_fields_of_the_chosen_one(hypermaml):
    dense = words(hypermaml("train", "sine", "hypernet", "--help").output)
    assert "--generator {auto,dense,low-rank,chunked,lora,layers}" in dense
    assert "--generator.width INT Of each hidden layer, >= 1. (default: 100)" in dense
    assert "--generator.rank" not in dense
    assert "--adapts" not in dense
    args = ["--generator", "low-rank", "--embedder", "description", "support-set", "--help"]
    low_rank = words(hypermaml("train", "sine", "hypermaml", *args).output)
    assert "--generator.rank INT Of the change of a matrix, >= 1. (default: 2)" in low_rank
    assert "--generator.width INT Of each hidden layer, >= 1. (default: 32)" in low_rank
    assert "--embedder.pooling {mean,attention}" in low_rank
    assert "(default: description support-set)" in low_rank


def test_defaults_follow_the_preset(hypermaml):
    quick, paper = (hypermaml("compare", "sine", "--preset", name, "--help").output for name in ("quick", "paper"))
    assert "(default: 5000)" in quick
    assert "(default: 70000)" in paper
