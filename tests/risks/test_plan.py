"""Families that lack something for a section of the report."""

from dataclasses import dataclass
from typing import ClassVar

import jax
import pytest

from hypermaml.experiments.power import PowerForecastExperiment
from hypermaml.experiments.sine import SineExperiment
from hypermaml.families.sine import Sine
from hypermaml.risks.budget import DEFAULT, budgets_of, options_of
from hypermaml.risks.measure import trials
from hypermaml.risks.plan import Risks

BUDGET = DEFAULT["quick"]


class Inside(Sine):
    """Sine curves without a region that is held out, whose learners have one size."""

    hidden: ClassVar[tuple[int, ...]] = (40, 40)

    @property
    def splits(self):
        return super().splits[:3]


@dataclass(frozen=True)
class InsideExperiment(SineExperiment):
    def family(self, descriptor):
        return Inside(description=descriptor)


@dataclass(frozen=True)
class WithoutNetworks(SineExperiment):
    def family(self, descriptor):
        return Others(description=descriptor)


class Others(Sine):
    networks: ClassVar[bool] = False


def test_a_family_with_everything_has_all_sections():
    plan = Risks(SineExperiment(), "hypermaml", BUDGET)
    assert plan.omissions() == []
    assert plan.sizes == BUDGET.sizes
    measured = {probe.tasks for trial in trials(plan) for probe in trial.probes}
    assert measured == {"meta-train", "meta-test", "distance-1", "distance-2", "distance-3"}


def test_a_section_that_a_family_cannot_have_is_left_out_with_a_sentence():
    plan = Risks(InsideExperiment(), "hypermaml", BUDGET)
    distant, size = plan.omissions()
    assert distant.startswith("The section on distant tasks is left out: sine has no second test split")
    assert size == "The section on the size of the network is left out: the learners of sine have one size."
    found = trials(plan)
    assert {probe.tasks for trial in found for probe in trial.probes} == {"meta-train", "meta-test"}
    assert not [trial.name for trial in found if "width" in trial.name]
    assert plan.family(7).hidden == (40, 40)


def test_learners_that_are_not_networks_are_one_sentence():
    with pytest.raises(ValueError, match="need learners that are networks, and those of sine are not"):
        Risks(WithoutNetworks(), "hypermaml", BUDGET)


def test_budgets_are_of_the_family_or_the_default():
    assert budgets_of("sine") is budgets_of("a family of somebody else")
    assert budgets_of("navigation")["quick"].iterations < budgets_of("sine")["quick"].iterations
    assert (options_of("navigation"), options_of("sine")) == ({"shots": 5}, {})


def test_a_family_whose_class_takes_other_arguments_is_resized():
    risks = Risks(PowerForecastExperiment(data="synthetic"), "hypermaml", BUDGET)
    family = risks.family(7)
    assert family.hidden == (7, 7)
    assert family.learner(key=jax.random.key(0)).layers[0].weight.shape[0] == 7
    assert risks.built.hidden == (64, 64)
