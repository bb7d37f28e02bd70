import json

import pytest

from hypermaml.experiments.navigation import NavigationExperiment
from hypermaml.experiments.settings_file import read_settings, settings_text
from hypermaml.experiments.sine import SineExperiment
from hypermaml.init.configuration import LowRank
from hypermaml.methods.hypermaml import HyperMAML
from hypermaml.methods.maml import MAML

METHODS = {"maml": MAML(inner_lr=0.03), "hypermaml": HyperMAML(generator=LowRank(rank=3), augmentation=0.0)}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "best.json"
    path.write_text(settings_text(SineExperiment(), METHODS, metric="mse"))
    return path


def test_settings_are_read_as_they_were_written(path):
    assert read_settings(path, SineExperiment) == METHODS


def test_the_configuration_of_a_run_is_such_a_file(path, tmp_path):
    run = tmp_path / "config.json"
    run.write_text(json.dumps({"format": "a run", "config": json.loads(path.read_text())}))
    assert read_settings(run, SineExperiment) == METHODS


def test_settings_of_another_family(path):
    with pytest.raises(ValueError, match=r"best\.json is for the family sine, but the command names navigation"):
        read_settings(path, NavigationExperiment)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"methods": {}}, "has no settings of methods: give best.json"),
        ({"methods": {"maml": 3}}, "has no settings of methods"),
        ({"methods": {"maml": {"class": "MAML", "inner_lr": -1}}}, "do not fit .*: inner_lr is -1.0, but it must be"),
        ({"methods": {"maml": {"class": "MAML", "rate": 1}}}, "do not fit this version of hypermaml: MAML has no rate"),
        ({"methods": {"maml": {"class": "Nothing"}}}, "there is no class Nothing"),
        ({"methods": {"maml": {}}}, "a class is missing"),
        ({"methods": {"maml": {"class": "Budget", "iterations": 1}}}, "do not fit|a Budget for maml"),
        (
            {"methods": {"maml": {"class": "LowRank"}}},
            "has a LowRank for maml, but it must be",
        ),
    ],
)
def test_a_file_that_does_not_fit_is_one_sentence(path, change, sentence):
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ValueError, match=sentence) as error:
        read_settings(path, SineExperiment)
    assert "\n" not in str(error.value)
