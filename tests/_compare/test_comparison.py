import json
import math

import numpy as np
import pandas as pd
import pytest

import hypermaml as hm
from hypermaml._compare.comparison import Comparison
from hypermaml._compare.training_run import TrainingRun
from hypermaml.experiments.experiment import Budget
from hypermaml.experiments.navigation import NavigationExperiment
from hypermaml.experiments.sine import SineExperiment
from hypermaml.methods.hypermaml import HyperMAML
from hypermaml.methods.maml import MAML
from hypermaml.methods.random import Random


def comparison(**changed):
    what = {
        "experiment": NavigationExperiment(shots=3, noise=0.5),
        "methods": {"maml": MAML(inner_lr=0.2), "hypermaml": HyperMAML(inner_clip=math.inf), "random": Random()},
        "budget": NavigationExperiment.presets["quick"],
        "seeds": (0, 1),
        "descriptors": ("full", "noisy"),
    }
    return Comparison(**(what | changed))


def test_the_plan_has_each_training_run_once_seed_by_seed_and_builds_no_family(monkeypatch):
    monkeypatch.setattr(NavigationExperiment, "family", lambda *_: pytest.fail("a family is built"))
    names = [planned.name for planned in comparison().plan()]
    first = ["any/maml/0", "full/hypermaml/0", "any/random/0", "noisy/hypermaml/0"]
    assert names == first + [name[:-1] + "1" for name in first]


def test_a_training_run_holds_its_family_and_its_settings():
    training_run = comparison().training_run("hypermaml", "noisy", 1)
    assert (training_run.family.description, training_run.family.noise, training_run.family.shots) == ("noisy", 0.5, 3)
    assert training_run.iterations == 100
    assert comparison().planned("random", "noisy", 1).iterations == 0
    assert comparison().training_run("maml", "noisy", 1).family.description == "full"


def test_configuration_survives_json():
    saved = json.loads(json.dumps(comparison().config(), allow_nan=False))
    assert Comparison.from_config(saved, NavigationExperiment) == comparison()


def test_a_method_of_another_program_is_named():
    config = comparison().config()
    config["methods"]["maml"]["class"] = "Foreign"
    with pytest.raises(
        ValueError, match="the method maml of the run is of the class Foreign, which cannot be imported here"
    ):
        Comparison.from_config(config, NavigationExperiment)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"descriptors": ["ful"]}, "a descriptor is 'ful', but navigation has full, partial, noisy, none"),
        ({"methods": {"maml": 3}}, "the method maml is 3, but it must be a MethodConfig"),
        ({"seeds": [0.5]}, "seed is 0.5, but it must be a whole number"),
        ({"seeds": []}, "seeds are"),
        ({"methods": {"../maml": MAML()}}, "a method has the name '../maml', but a name is letters"),
    ],
)
def test_what_cannot_be_compared_is_refused(changed, sentence):
    with pytest.raises(ValueError, match=sentence):
        comparison(**changed)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda config: config.pop("seeds"),
        lambda config: config["methods"]["maml"].update(momentum=0.9),
        lambda config: config["options"].update(color="red"),
    ],
    ids=["part", "setting", "option"],
)
def test_a_configuration_with_what_is_not_known_here_is_refused(spoil):
    config = comparison().config()
    spoil(config)
    with pytest.raises(ValueError, match="the run's configuration does not fit this version of hypermaml"):
        Comparison.from_config(config, NavigationExperiment)


def test_an_option_that_the_configuration_lacks_has_its_default():
    config = json.loads(json.dumps(comparison(experiment=NavigationExperiment(shots=3)).config()))
    del config["options"]["noise"], config["budget"]["steps"], config["methods"]["maml"]["inner_steps"]
    del config["methods"]["hypermaml"]["generator"]["bound"]
    assert Comparison.from_config(config, NavigationExperiment) == comparison(experiment=NavigationExperiment(shots=3))


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("methods", {}, r"methods are \[\]: give at least one, and none twice"),
        ("seeds", (0, 1, 0), r"seeds are \[0, 1, 0\]: give at least one, and none twice"),
        ("descriptors", ("full", "full"), r"descriptors are \['full', 'full'\]: give at least one, and none twice"),
    ],
)
def test_an_empty_or_doubled_list_is_refused(name, value, sentence):
    with pytest.raises(ValueError, match=sentence):
        comparison(**{name: value})


def test_the_configuration_holds_all_that_the_results_depend_on():
    configs = [
        comparison(),
        comparison(experiment=NavigationExperiment()),
        comparison(methods={"maml": MAML(inner_lr=0.1)}),
        comparison(budget=SineExperiment.presets["quick"]),
        comparison(seeds=(0,)),
        comparison(descriptors=("full",)),
    ]
    assert len({json.dumps(each.config(), sort_keys=True) for each in configs}) == len(configs)
    assert len({each.identity() for each in configs}) == len(configs)


def test_no_task_is_tested_twice_where_some_are_too_small_for_a_support_set():
    sizes = [30, 30, 30, 8, 30, 8, 30, 30, 30, 30]
    rows = {"task": np.repeat(np.arange(10), sizes), "x": np.arange(256.0), "y": np.arange(256.0) % 7}
    splits = {"meta-train": [0, 1], "meta-validation": [2], "meta-test": [3, 4, 5, 6, 7, 8, 9]}
    options = {"task": "task", "target": "y", "splits": splits, "shots": 3, "support_sizes": (0, 20)}
    family = hm.TableFamily(pd.DataFrame(rows), **options)
    run = TrainingRun("run", hm.MAML(), family, Budget(1, 1, 1, 1, 7), seed=0)
    assert sorted(run.tasks("meta-test").tolist()) == [3, 4, 5, 6, 7, 8, 9]
    assert sorted(run.with_support(0).tasks("meta-test").tolist()) == [4, 6, 7, 8, 9]
