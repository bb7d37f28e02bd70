import json
import math
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import get_args

import equinox as eqx
import jax
import pytest

from hypermaml._core.trees import split_trainable
from hypermaml.experiments import glyphs
from hypermaml.experiments.clustered_sine import ClusteredSineExperiment
from hypermaml.experiments.experiment import DEFAULT_METHODS, Budget, Preset
from hypermaml.experiments.glyphs import GlyphsExperiment
from hypermaml.experiments.grasp import GraspExperiment
from hypermaml.experiments.language import LanguageExperiment
from hypermaml.experiments.locomotion import (
    AntDirectionExperiment,
    AntVelocityExperiment,
    HalfCheetahDirectionExperiment,
    HalfCheetahVelocityExperiment,
)
from hypermaml.experiments.multimodal import MultimodalExperiment
from hypermaml.experiments.navigation import NavigationExperiment
from hypermaml.experiments.power import PowerExperiment, PowerForecastExperiment
from hypermaml.experiments.sine import SineExperiment
from hypermaml.methods import METHODS
from hypermaml.outer.configuration import PPO, TRPO, Adam

ROOT = Path(__file__).parents[2]
EXPERIMENTS = [
    SineExperiment(),
    NavigationExperiment(),
    NavigationExperiment(outer=TRPO()),
    HalfCheetahVelocityExperiment(),
    AntDirectionExperiment(outer=Adam()),
    MultimodalExperiment(modes=2),
    ClusteredSineExperiment(target=2),
    GlyphsExperiment.at("quick"),
    PowerExperiment.at("quick"),
    PowerForecastExperiment.at("quick"),
    GraspExperiment(shape="cloud", points=4),
]
NAMES = [
    "sine",
    "navigation",
    "navigation-trpo",
    "halfcheetah-velocity",
    "ant-direction-adam",
    "multimodal",
    "clustered-sine",
    "glyphs",
    "power",
    "power-forecast",
    "grasp-cloud",
]
# These take longest, and build as the others do.
LONG = ("navigation-trpo", "ant-direction-adam", "power-forecast", "grasp-cloud")
CONFIGURATIONS = [
    pytest.param(experiment, id=name, marks=pytest.mark.product if name in LONG else ())
    for name, experiment in zip(NAMES, EXPERIMENTS, strict=True)
]
SUPERVISED = [SineExperiment, ClusteredSineExperiment, MultimodalExperiment, GlyphsExperiment, PowerForecastExperiment]
LOCOMOTION = [
    HalfCheetahVelocityExperiment,
    HalfCheetahDirectionExperiment,
    AntVelocityExperiment,
    AntDirectionExperiment,
]


@pytest.mark.parametrize("experiment", CONFIGURATIONS)
def test_every_shipped_configuration_builds(experiment):
    settings = experiment.settings()
    lack = "needs_fixed_support" if experiment.on_policy else "needs_trajectories"
    lacking = {name for name, method in METHODS.items() if getattr(method(), lack)}
    assert list(settings) == [name for name in METHODS if name not in lacking]
    family = experiment.family("full")
    assert family.on_policy == experiment.on_policy
    learner = jax.tree.leaves(eqx.filter(shapes_of(family.learner), eqx.is_array_like))
    for name, method in settings.items():
        assert type(method) is METHODS[name]
        smaller = name == "ha_hypernetwork"  # which is what it is for; it looks at the values of the learner
        build = partial(method.build, family)
        system = build(key=jax.random.key(0)) if smaller else shapes_of(build)
        phi = jax.tree.leaves(split_trainable(system.method)[0])
        assert smaller or sum(leaf.size for leaf in phi) >= sum(leaf.size for leaf in learner)


def shapes_of(build):
    """What a function makes of a key, with shapes for arrays: to draw all of them would compile much."""
    return eqx.filter_eval_shape(lambda key: build(key=key), jax.random.key(0))


def test_methods_take_their_own_rates_or_those_of_their_kin():
    rates = {"maml": (0.1, 0.2), "hypermaml": (0.3, 0.4), "anil": (0.5, 0.6)}
    own = {"leo": {"inner_steps": 7, "latent_steps": 2}}
    settings = SineExperiment().at_rates(rates, own=own, inner_steps=3, outer=Adam(clip=2.0))
    assert list(settings) == [name for name, method in METHODS.items() if not method().needs_trajectories]
    found = {name: (each.outer_lr, each.inner_lr) for name, each in settings.items()}
    assert found["anil"] == (0.5, 0.6)
    assert {found[name] for name in ("hypermaml", "hypermaml_set", "hypernet")} == {(0.3, 0.4)}
    assert {found[name] for name in ("maml", "leo", "conditioned", "reptile")} == {(0.1, 0.2)}
    assert {name for name, each in settings.items() if each.inner_steps != 3} == {"leo"}
    assert (settings["leo"].inner_steps, settings["leo"].latent_steps) == (7, 2)
    assert {each.outer for each in settings.values()} == {Adam(clip=2.0)}


def test_the_rates_on_characters_are_those_that_the_recorded_trials_chose():
    record = json.loads((ROOT / "benchmarks" / "results" / "glyphs-tuning.json").read_text())["methods"]
    chosen = {name.removesuffix("_set"): entry["best"] for name, entry in record.items()}
    assert set(chosen) | {"oracle"} == set(glyphs.TUNED) <= set(METHODS)
    for name, best in chosen.items():
        outer, inner = glyphs.TUNED[name]
        assert best.get("outer_lr", outer) == outer
        assert inner == best["inner_lr"] or METHODS[name].trial_field != "inner_lr"


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=NAMES)
def test_every_method_has_eight_trials_of_its_rates(experiment):
    for name, settings in experiment.settings().items():
        grid = experiment.grid(name)
        varied = [field for field in (settings.trial_field, "outer_lr") if field]
        assert len({tuple(getattr(trial, field) for field in varied) for trial in grid}) == 8
        for trial in grid:
            assert replace(trial, **{field: getattr(settings, field) for field in varied}) == settings
        outer = 1 if not settings.has_outer_lr else 2 if settings.trial_field else 8
        assert len({trial.outer_lr for trial in grid}) == outer


@pytest.mark.parametrize(
    "kind",
    [
        SineExperiment,
        ClusteredSineExperiment,
        MultimodalExperiment,
        GlyphsExperiment,
        NavigationExperiment,
        PowerExperiment,
        PowerForecastExperiment,
        *LOCOMOTION,
        GraspExperiment,
        LanguageExperiment,
    ],
    ids=lambda kind: kind.name,
)
def test_presets_fit_their_options_and_grow(kind):
    assert {"quick", "paper"} <= set(kind.presets) <= set(get_args(Preset))
    assert set(kind.presets) == set(kind.seeds)
    costs = []
    for preset in get_args(Preset):
        if preset in kind.presets:
            experiment, budget = kind.at(preset), kind.presets[preset]
            costs.append(budget.iterations * budget.meta_batch * experiment.shots * getattr(experiment, "horizon", 1))
    assert costs == sorted(costs)
    assert kind.at("paper") == kind()


@pytest.mark.parametrize("kind", LOCOMOTION, ids=lambda kind: kind.name)
def test_a_task_of_locomotion_is_one_number_and_every_result_names_the_physics(kind):
    experiment = kind(horizon=7, shots=3, physics="gymnasium")
    assert kind().variant() == "physics=rllab"
    assert experiment.variant() == "horizon=7;physics=gymnasium;shots=3"
    family, key = experiment.family("noisy"), jax.random.key(0)
    task_info = family.task_infos(family.sample(4, split="meta-test", key=key), key=key)
    assert task_info.description.shape == task_info.parameters.shape == (4, 1)
    assert (family.environment.horizon, family.environment.body.variant) == (7, "gymnasium")
    assert (family.shots, family.queries) == (3, 3)
    assert kind.name == f"{type(family.environment.body).__name__.lower()}-{family.environment.goal}"
    with pytest.raises(ValueError, match="a task is one number"):
        experiment.family("partial")


def test_the_options_of_grasping_reach_its_family():
    experiment = GraspExperiment(horizon=7, shots=3, shape="cloud", points=5, unseen="class", noise=0.2)
    assert GraspExperiment().variant() == ""
    assert experiment.variant() == "horizon=7;noise=0.2;points=5;shape=cloud;shots=3;unseen=class"
    family, key = experiment.family("noisy"), jax.random.key(0)
    assert (family.environment.horizon, family.shots, family.queries, family.unseen) == (7, 3, 3, "class")
    assert (family.description, family.noise) == ("noisy", 0.2)
    task_info = family.task_infos(family.sample(4, split="meta-test", key=key), key=key)
    _, cloud = task_info.description
    assert cloud.points.shape == (4, 5, 3)


@pytest.mark.parametrize("experiment", EXPERIMENTS[:3], ids=NAMES[:3])
def test_presets_and_descriptors(experiment):
    quick, paper = experiment.presets["quick"], experiment.presets["paper"]
    assert quick.iterations < paper.iterations
    assert experiment.seeds["paper"] >= 5
    assert (quick.steps, paper.steps) == (3, 3)
    sizes = {}
    for how in experiment.describes:
        family, key = experiment.family(how), jax.random.key(0)
        sizes[how] = family.task_infos(family.sample(1, split="meta-test", key=key), key=key).description.shape[1]
    assert sizes == {"full": 2, "partial": 1, "noisy": 2, "none": 0}


def test_with_the_whole_goal_methods_that_read_it_have_rates_of_their_own():
    full, partial, both = (NavigationExperiment().settings(how) for how in (["full"], ["partial"], ["full", "partial"]))
    assert full["hypermaml"].inner_lr < partial["hypermaml"].inner_lr
    assert both == partial
    reading = {name for name, method in METHODS.items() if method().reads_description} - {
        "ha_hypernetwork"
    }  # not tuned here
    assert {name for name in full if full[name] != partial[name]} == reading


def test_a_method_that_keeps_a_support_set_is_refused_where_each_step_draws_anew():
    assert "imaml" in MultimodalExperiment.methods()
    assert "imaml" not in NavigationExperiment.methods()


def test_trpo_has_inner_rates_of_its_own():
    adam, trpo = NavigationExperiment().settings(), NavigationExperiment(outer=TRPO()).settings()
    assert all(trpo[name].inner_lr < adam[name].inner_lr for name in ("maml", "hypermaml", "pretrained"))
    assert trpo["fomaml"].inner_lr == trpo["maml"].inner_lr


def test_the_five_of_the_document_are_the_default():
    assert DEFAULT_METHODS == ("random", "pretrained", "oracle", "maml", "hypermaml")


def test_variant_names_what_is_not_default_in_alphabetical_order():
    assert SineExperiment().variant() == NavigationExperiment().variant() == ""
    assert SineExperiment(shots=5).variant() == "shots=5"
    changed = NavigationExperiment(shots=3, reward="distance", noise=0.1)
    assert changed.variant() == "noise=0.1;reward=distance;shots=3"
    assert NavigationExperiment(outer=TRPO(curvature_stride=4)).variant() == "outer.curvature_stride=4;outer=trpo"
    assert NavigationExperiment(outer=Adam(clip=2.0)).variant() == "outer.clip=2.0"


def test_options_reach_the_family_and_the_settings():
    assert SineExperiment(shots=5).family("partial").shots == 5
    experiment = NavigationExperiment(
        shots=3, noise=0.1, reward="distance", actions="raw", outer=TRPO(curvature_stride=2)
    )
    family = experiment.family("noisy")
    assert (family.description, family.shots, family.noise) == ("noisy", 3, 0.1)
    assert (family.environment.reward, family.environment.actions) == ("distance", "raw")
    for name, settings in experiment.settings().items():
        assert settings.outer == (PPO() if name == "rl2" else TRPO(curvature_stride=2))


@pytest.mark.parametrize(
    ("experiment", "option", "value", "least"),
    [
        (SineExperiment, "shots", 0, 1),
        (NavigationExperiment, "shots", -2, 1),
        (NavigationExperiment, "noise", -0.1, 0),
        (NavigationExperiment, "noise", math.nan, 0),
        (AntVelocityExperiment, "horizon", 0, 1),
        (PowerExperiment, "error", -0.1, 0),
        (AntVelocityExperiment, "noise", -1.0, 0),
        (AntDirectionExperiment, "flips", -0.1, 0),
        (GraspExperiment, "points", 0, 1),
        (GraspExperiment, "horizon", -1, 1),
    ],
)
def test_an_option_out_of_its_range_is_refused(experiment, option, value, least):
    with pytest.raises(ValueError, match=f"{option} is {value}, but it must be at least {least}"):
        experiment(**{option: value})


def test_a_budget_of_nothing_is_refused():
    budget = SineExperiment.presets["quick"]
    for name in asdict(budget):
        with pytest.raises(ValueError, match=f"{name} is 0, but it must be at least 1"):
            Budget(**(asdict(budget) | {name: 0}))
