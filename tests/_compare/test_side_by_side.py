"""Seeds that train as one program: the same results as one after another, to rounding."""

import csv
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hypermaml as hm
from hypermaml._compare import side_by_side, training
from hypermaml._compare.compare import Comparison, compare
from hypermaml._compare.side_by_side import SideBySide
from hypermaml._core.train import NonFinite, start, train, train_side_by_side
from hypermaml._core.trees import stack, unstack
from hypermaml.experiments.experiment import Budget, Experiment
from hypermaml.families.navigation import Navigation, Plane
from hypermaml.families.sine import Sine

SEEDS = (0, 1, 2)
SIZES = {"iterations": 5, "meta_batch": 2, "chunk": 2}
BUDGET = Budget(**SIZES, validation_tasks=2, test_tasks=2, steps=2)
FAMILY = Sine(hidden=(4, 4), shots=3, queries=3)


@dataclass(frozen=True)
class TinySine(Experiment):
    name: ClassVar[str] = "sine"
    presets: ClassVar[Mapping] = {}

    def family(self, descriptor):
        return FAMILY

    def settings(self, descriptors=("full",)):
        return {}

    def grid(self, method):
        return []


METHODS = {"hypermaml": hm.HyperMAML(inner_lr=0.02, generator=hm.Dense(width=3)), "random": hm.Random()}
COMPARISON = Comparison(TinySine(), METHODS, BUDGET, seeds=SEEDS)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The folder of a run whose seeds train one after another."""
    out = tmp_path_factory.mktemp("alone") / "run"
    compare(COMPARISON, out)
    return out


@pytest.fixture
def programs(monkeypatch):
    """How many seeds each call trains together."""
    counts = []

    def counted(systems, *args, **kwargs):
        counts.append(len(systems))
        return train_side_by_side(systems, *args, **kwargs)

    monkeypatch.setattr(training, "train_side_by_side", counted)
    return counts


def assert_alike(out, other):
    """The rows are the same, and their values and learning curves but for rounding."""
    rows, others = (list(csv.reader((folder / "results.csv").read_text().splitlines())) for folder in (out, other))
    assert [row[:-1] for row in rows] == [row[:-1] for row in others]
    np.testing.assert_allclose(*([float(row[-1]) for row in each[1:]] for each in (rows, others)), rtol=1e-4)
    logs = sorted(path.relative_to(out) for path in out.glob("training-runs/**/metrics.jsonl"))
    assert len(logs) == len(METHODS) * len(SEEDS)
    for log in logs:
        lines, of_other = ([json.loads(line) for line in (f / log).read_text().splitlines()] for f in (out, other))
        assert [list(line) for line in lines] == [list(line) for line in of_other]
        for one, two in zip(lines, of_other, strict=True):
            np.testing.assert_allclose(list(one.values()), list(two.values()), rtol=1e-4)


@pytest.mark.parametrize(("at_once", "together"), [("auto", []), (1, []), (2, [2]), (3, [3]), (100, [3])])
def test_seeds_side_by_side_end_as_one_after_another(alone, tmp_path, programs, at_once, together):
    compare(COMPARISON, tmp_path / "run", crew=SideBySide(tmp_path / "run", at_once))
    assert programs == together
    assert_alike(tmp_path / "run", alone)


def test_all_seeds_train_together_on_an_accelerator(alone, tmp_path, programs, monkeypatch):
    monkeypatch.setattr(side_by_side.jax, "default_backend", lambda: "gpu")
    compare(COMPARISON, tmp_path / "run")
    assert programs == [3]
    assert_alike(tmp_path / "run", alone)


@pytest.mark.parametrize("last", [1, 3])
def test_a_cut_run_goes_on_whatever_its_seeds_did_together(alone, tmp_path, monkeypatch, last):
    """The second seed is cut `last` chunks earlier than the first."""
    monkeypatch.setattr(training, "SECONDS_BETWEEN_CHECKPOINTS", -1)

    def cut(progress):
        if (
            progress.name.endswith("hypermaml/1")
            and progress.iteration == 2 * last - 1
            and progress.stage == "training"
        ):
            raise KeyboardInterrupt

    out, budget = tmp_path / "run", replace(BUDGET, chunk=1)
    comparison = replace(COMPARISON, budget=budget)
    with pytest.raises(KeyboardInterrupt):
        compare(comparison, out, report=cut, crew=SideBySide(out, 1 if last == 1 else 3))
    compare(comparison, out, resume=True, crew=SideBySide(out, 2))
    rows, others = (list(csv.reader((folder / "results.csv").read_text().splitlines())) for folder in (out, alone))
    np.testing.assert_allclose(*([float(row[-1]) for row in each[1:]] for each in (rows, others)), rtol=1e-4)


def test_a_number_of_seeds_below_one_is_refused(tmp_path):
    with pytest.raises(ValueError, match="seeds_at_once is 0, but it must be at least 1"):
        SideBySide(tmp_path, 0)


def built(family, config, seeds=SEEDS):
    keys = [jax.random.key(seed) for seed in seeds]
    systems = [config.build(family, key=key) for key in keys]
    return systems, keys, [start(system) for system in systems]


def test_one_that_diverges_stops_alone():
    systems, keys, states = built(FAMILY, hm.MAML(inner_lr=0.02))
    weights = states[1].method.init
    broken = jax.tree.map(lambda leaf: leaf * jnp.nan if eqx.is_inexact_array(leaf) else leaf, weights)
    states[1] = eqx.tree_at(lambda state: state.method.init, states[1], broken)
    reached = list(train_side_by_side(systems, FAMILY, keys=keys, states=states, **SIZES))
    assert len(reached) == 3
    for first, lost, third in reached:
        assert isinstance(lost, NonFinite)
        assert "meta-iteration 0, task 0" in str(lost)
        assert all(math.isfinite(loss) for each in (first, third) for loss in each[1].loss.tolist())
    alone = list(train(systems[2], FAMILY, key=keys[2], state=states[2], **SIZES))
    for (_, _, (_, metrics)), (_, own) in zip(reached, alone, strict=True):
        np.testing.assert_allclose(metrics.loss, own.loss, rtol=1e-5)


def test_where_all_diverge_no_more_is_computed():
    systems, keys, states = built(FAMILY, hm.MAML(inner_lr=1e30))
    reached = list(train_side_by_side(systems, FAMILY, keys=keys, states=states, **SIZES))
    assert [[type(each) for each in chunk] for chunk in reached] == [[NonFinite] * 3]


def test_policies_train_side_by_side_under_a_trust_region():
    family = Navigation(environment=Plane(horizon=6), shots=3, queries=3, hidden=(4,))
    systems, keys, states = built(family, hm.MAML(inner_lr=0.05, outer=hm.TRPO()), SEEDS[:2])
    together = list(train_side_by_side(systems, family, keys=keys, states=states, **SIZES))
    for seed in range(2):
        alone = list(train(systems[seed], family, key=keys[seed], state=states[seed], **SIZES))
        np.testing.assert_allclose(together[-1][seed][1].loss, alone[-1][1].loss, rtol=1e-3, atol=1e-4)


def test_trees_are_stacked_only_where_their_arrays_alone_differ():
    one, other = {"a": jnp.ones(2), "b": "name"}, {"a": jnp.zeros(2), "b": "name"}
    joined = stack([one, other])
    assert joined["b"] == "name"
    np.testing.assert_array_equal(joined["a"], [[1, 1], [0, 0]])
    assert eqx.tree_equal(unstack(joined, 2), [one, other])
    for different in (
        one | {"b": "other"},
        one | {"a": jnp.ones(3)},
        one | {"a": jnp.ones(2, int)},
        {"a": jnp.ones(2)},
    ):
        with pytest.raises(ValueError, match="differ in more than the values of their arrays"):
            stack([one, different])
