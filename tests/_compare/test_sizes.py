"""Sizes are checked against the memory that they take before any is taken."""

from dataclasses import replace

import jax
import numpy as np
import pytest

import hypermaml as hm
from hypermaml._compare import sizes
from hypermaml._compare.comparison import Comparison
from hypermaml._compare.sizes import check_sizes
from hypermaml.experiments.experiment import Budget
from hypermaml.experiments.sine import SineExperiment

BUDGET = Budget(iterations=2, meta_batch=2, chunk=1, validation_tasks=2, test_tasks=2)
MANY = 2_000_000_000


@pytest.mark.parametrize("name", ["test_tasks", "validation_tasks", "meta_batch", "steps"])
def test_a_number_that_needs_more_memory_than_there_is(name, monkeypatch):
    monkeypatch.setattr(sizes, "available", lambda: 8 * 10**9)
    family = hm.families.Sine()
    check_sizes([hm.MAML()], family, BUDGET)
    with pytest.raises(ValueError, match=rf"^{name} is 2,000,000,000: that needs about .* GB .*, but 8\.0 GB are free"):
        check_sizes([hm.MAML()], family, replace(BUDGET, **{name: MANY}))


def test_all_budgets_of_the_package_fit_into_little_memory():
    for preset, budget in SineExperiment.presets.items():
        needed = sizes.needed_by(SineExperiment.at(preset).family("full"), budget)
        assert max(needed.values()) < 10**9, needed


def test_a_comparison_of_too_many_training_runs_is_refused_at_once():
    with pytest.raises(ValueError, match=r"are 2,000,000,000 training runs, but a comparison has at most 10,000"):
        Comparison(SineExperiment(), {"maml": hm.MAML()}, BUDGET, range(MANY))


@pytest.mark.parametrize(
    ("method", "what"),
    [
        (hm.MAML(inner_steps=MANY), "MAML with 2,000,000,000 inner steps and 2 tasks at once need"),
        (hm.HyperMAML(generator=hm.Dense(width=MANY)), "the arrays of HyperMAML, as it is set, need"),
    ],
)
def test_a_method_that_needs_more_memory_than_there_is(method, what, monkeypatch):
    monkeypatch.setattr(sizes, "available", lambda: 8 * 10**9)
    with pytest.raises(ValueError, match=f"^{what} about .* GB of memory, but"):
        check_sizes([method], hm.families.Sine(), BUDGET)


class OnTheHost(hm.families.Sine):
    """Sines whose tasks a program on the host draws."""

    def sample(self, n, *, split="meta-train", key):
        np.random.default_rng(int(jax.random.bits(key)))
        return super().sample(n, split=split, key=key)


class Wrong(hm.families.Sine):
    """Sines with a fault in their program."""

    def sample(self, n, *, split="meta-train", key):
        raise AttributeError("a fault")


def test_only_a_family_that_computes_on_the_host_is_of_unknown_size():
    known, unknown = (sizes.needed_by(family, BUDGET) for family in (hm.families.Sine(), OnTheHost()))
    assert unknown["meta_batch"] < known["meta_batch"]
    with pytest.raises(AttributeError, match="a fault"):
        sizes.needed_by(Wrong(), BUDGET)
