"""The budgets of a report of the risks, by family and preset. The standard library alone is imported here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypermaml.experiments.experiment import Budget, Preset


@dataclass(frozen=True)
class RiskBudget(Budget):
    """The budget of each training run of the report, and the number of these runs.

    Attributes:
        iterations: meta-iterations of a training run.
        meta_batch: tasks of an iteration, >= 2: a wrong description is the description of another task.
        chunk: iterations of a compiled call.
        validation_tasks: meta-validation tasks, which choose the test-time schedule.
        test_tasks: tasks of each measurement.
        steps: inner steps N of the evaluation.
        seeds: independent repetitions, 0..N-1.
        draws: random draws of rates and width, for each method.
        widths: sizes of the target network.
        narrowest: hidden units of the smallest network, which all sections but tuning and scaling train.
        widest: hidden units of the largest network.
        bins: bins of the distance from the training region.
        rounds: timings of each meta-iteration.

    Raises:
        ValueError: a number is out of its range.
    """

    seeds: int = 2
    draws: int = 6
    widths: int = 2
    narrowest: int = 40
    widest: int = 100
    bins: int = 3
    rounds: int = 15

    def __post_init__(self):
        super().__post_init__()
        if self.meta_batch < 2:
            raise ValueError(f"meta_batch is {self.meta_batch}, but it must be at least 2: tasks exchange descriptions")
        if self.widths < 2 or self.widest < self.narrowest + self.widths - 1:
            raise ValueError(
                f"widths is {self.widths} from {self.narrowest} to {self.widest}, but there must be at least 2, and "
                "widest must leave room for them above narrowest"
            )

    @property
    def sizes(self) -> tuple[int, ...]:
        """List the numbers of hidden units, from narrowest to widest, in equal proportions."""
        growth = self.widest / self.narrowest
        return tuple(round(self.narrowest * growth ** (step / (self.widths - 1))) for step in range(self.widths))


DEFAULT: Mapping[Preset, RiskBudget] = {
    "quick": RiskBudget(iterations=400, meta_batch=25, chunk=200, validation_tasks=50, test_tasks=50),
    "paper": RiskBudget(
        iterations=5_000, meta_batch=25, chunk=500, validation_tasks=100, test_tasks=100, seeds=3, draws=12,
        widths=3, widest=100, bins=5, rounds=31,
    ),
}  # fmt: skip
NAVIGATION: Mapping[Preset, RiskBudget] = {
    "quick": RiskBudget(iterations=60, meta_batch=8, chunk=20, validation_tasks=20, test_tasks=20),
    "paper": RiskBudget(
        iterations=200, meta_batch=20, chunk=25, validation_tasks=40, test_tasks=40, seeds=2, draws=8,
        widths=2, widest=100, bins=5, rounds=15,
    ),
}  # fmt: skip
# Of the families whose training runs are longer or shorter than most.
_BUDGETS = {"navigation": NAVIGATION}
# Of the families that a report of the risks trains with other options than a comparison.
_OPTIONS: Mapping[str, Mapping[str, Any]] = {"navigation": {"shots": 5}}


def budgets_of(family: str) -> Mapping[Preset, RiskBudget]:
    """Return the budgets of a family by preset; a family without budgets of its own has the default ones."""
    return _BUDGETS.get(family, DEFAULT)


def options_of(family: str) -> Mapping[str, Any]:
    """Return the options of a family that differ from those of a comparison."""
    return _OPTIONS.get(family, {})
