"""The parts of a section of the report of the risks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from hypermaml.report.findings import Finding, judged
from hypermaml.report.looks import PACKAGE
from hypermaml.report.plots.style import Plot
from hypermaml.report.statistics import Estimate, Identity, Values, estimate
from hypermaml.report.tables import Table, describe
from hypermaml.risks.altered import UNLIMITED
from hypermaml.risks.measure import Scores
from hypermaml.risks.plan import Risks
from hypermaml.risks.trial import Probe, Trial
from hypermaml.task_embeddings.measures import wilson

JUDGED_STEP = 1


@dataclass(frozen=True)
class Figure:
    """A number with its interval.

    Attributes:
        name: of the quantity.
        method: the method.
        at: the setting, such as the number of tasks or the size.
        estimate: the number.
    """

    name: str
    method: str
    at: str
    estimate: Estimate


@dataclass(frozen=True)
class Section:
    """One risk.

    Attributes:
        name: in `results.csv`.
        title: of the section.
        question: that the section answers.
        findings: the conclusions from the figures.
        figures: all of them.
        plots: at least one.
    """

    name: str
    title: str
    question: str
    findings: Sequence[Finding]
    figures: Sequence[Figure]
    plots: Sequence[Plot]

    @property
    def table(self) -> Table:
        """Return the figures as a table."""
        rows = [
            (each.name, each.method, each.at, describe(each.estimate, interval=True), _size(each.estimate))
            for each in self.figures
        ]
        return Table(f"Figures of {self.title.lower()}", ("figure", "method", "at", "value", "seeds × n"), tuple(rows))


@dataclass(frozen=True)
class Measured:
    """A plan of a report with its scores.

    Attributes:
        risks: the plan.
        scores: of its trials.
    """

    risks: Risks
    scores: Scores
    _identities: dict[tuple[str, int], Identity | None] = field(default_factory=dict, repr=False)

    def errors(self, trials: Sequence[Trial], step: int, probe: Probe | None = None) -> Values:
        """Return the errors of trials that differ in the seed alone, after an inner step."""
        return np.stack([self.scores.errors(trial, probe)[:, step] for trial in trials])

    def identity(self, probe: Probe | None = None, limit: int = UNLIMITED) -> Identity | None:
        """Return which tasks of the seeds are the same: those of a measurement, by default of meta-test."""
        probe = probe or Probe()
        if (probe.tasks, limit) not in self._identities:
            trials = [self.risks.trial(self.risks.method, seed, limit=limit) for seed in self.risks.seeds]
            found = [trial.family.identities(trial.tasks(probe)) for trial in trials]
            numbers = np.unique(found, return_inverse=True)[1].reshape(len(found), -1) if all(found) else None
            self._identities[probe.tasks, limit] = numbers
        return self._identities[probe.tasks, limit]

    def estimate(self, values: Values, probe: Probe | None = None, limit: int = UNLIMITED) -> Estimate:
        """Return the mean of scores on the tasks of a measurement, with its interval."""
        return estimate(values, self.identity(probe, limit))

    def between(self, errors: Values, others: Values) -> tuple[str, str]:
        """Judge whether the first errors on meta-test are lower, higher or neither; and by how much."""
        return between_all({"": (errors, others)}, [self.identity()])[0][1]

    @property
    def step(self) -> int:
        """Return the inner step of most figures."""
        return min(JUDGED_STEP, self.risks.budget.steps)

    @property
    def subject(self) -> str:
        """Return the name of the method in prose."""
        return PACKAGE.label(self.risks.method)

    @property
    def error(self) -> str:
        """Return the name of the error."""
        family = self.risks.family(self.risks.budget.narrowest)
        return f"minus the {family.metric}" if family.higher_is_better else family.metric

    @property
    def sizes(self) -> str:
        """Describe the seeds and tasks of the intervals."""
        seeds = self.risks.budget.seeds
        return f"{seeds} seed{'s' * (seeds > 1)} of {self.risks.budget.test_tasks} tasks, 95% intervals"


def exact(value: float) -> Estimate:
    """Return a number that is counted, not estimated."""
    return Estimate(float(value), float(value), float(value), 1, 1)


def share(hits: int, count: int) -> Estimate:
    """Return a share with its interval (Wilson's)."""
    low, high = wilson(hits / count, count)
    return Estimate(hits / count, low, high, 1, count)


def between_all(
    pairs: Mapping[str, tuple[Values, Values]], identities: Sequence[Identity | None]
) -> list[tuple[str, tuple[str, str]]]:
    """Judge for each pair whether the first errors are lower, higher or neither, and by how much.

    The pairs are one family, with Holm's correction.

    Args:
        pairs: by name, each on the same seeds and tasks.
        identities: which tasks of the seeds are the same, for each pair.
    """
    with np.errstate(invalid="ignore"):
        found = {
            name: estimate(errors - others, identity)
            for (name, (errors, others)), identity in zip(pairs.items(), identities, strict=True)
        }
    return list(judged(found, -1).items())


def ranged(value: Estimate) -> str:
    """Write a number with its interval."""
    return describe(value, interval=True)


def percent(value: Estimate) -> str:
    """Write a share with its interval, in percent."""
    return f"{value.mean:.0%} [{value.low:.0%}, {value.high:.0%}]"


def listed(verdicts: Sequence[tuple[str, tuple[str, str]]], words: dict[str, str]) -> str:
    """List settings by verdict: `worse at 4 (by 1.2 [1, 1.4]) and 16 (…); no difference shown at 64 (…)`.

    Args:
        verdicts: of each setting.
        words: for better, worse, open and note.
    """
    parts = []
    for verdict, word in words.items():
        settings = [f"{name} ({size})" if size else name for name, (its, size) in verdicts if its == verdict]
        if settings:
            parts.append(f"{word} {', '.join(settings)}")
    return "; ".join(parts)


def overall(verdicts: Sequence[tuple[str, str]]) -> str:
    """Return the verdict that all share, or open."""
    kinds = {verdict for verdict, _ in verdicts}
    return kinds.pop() if len(kinds) == 1 else "open"


def _size(value: Estimate) -> str:
    return f"{value.n_seeds} × {value.n_tasks}"
