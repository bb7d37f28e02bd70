"""The results of a comparison, as an object: a table, rows, paired differences, the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from hypermaml._compare.compare import compare
from hypermaml._compare.comparison import Comparison
from hypermaml._compare.training_run import Progress
from hypermaml.experiments.given import GivenFamily
from hypermaml.methods.config import MethodConfig
from hypermaml.report.results import Cell, Results, load_run
from hypermaml.report.run import report_run
from hypermaml.report.statistics import Estimate, paired, summarize
from hypermaml.report.tables import score_tables


@dataclass(frozen=True)
class ComparisonResults:
    """The results in a run folder.

    Attributes:
        folder: of the run.
    """

    folder: Path

    @cached_property
    def results(self) -> Results:
        """The scores, one array for each method, split and metric."""
        return load_run(self.folder)

    @property
    def page(self) -> Path:
        """The page of the report."""
        return self.folder / "page.html"

    @property
    def methods(self) -> list[str]:
        """The names of the methods, in the order of the report."""
        return self.results.values("method")

    def table(self, *, split: str | None = None, metric: str | None = None) -> str:
        """Return mean and 95% interval of each method after each inner step, as text.

        Args:
            split: whose tasks; those of every test split by default.
            metric: the score; the first of the report by default.

        Raises:
            ValueError: the run has no such split or metric.
        """
        wanted = self._metric(metric)
        if split is not None:
            self._check("split", split)
        rows = [
            row
            for row in summarize(self.results)
            if (row.cell.variant, row.cell.metric) == (self.results.main, wanted) and split in (None, row.cell.split)
        ]
        return "\n".join(table.plain() for table in score_tables(self.results, rows))

    def rows(self) -> list[dict[str, Any]]:
        """Return the score of each seed, task and inner step with the test-time schedule, one dictionary each."""
        return [
            {
                "method": cell.method,
                "split": cell.split,
                "descriptor": cell.descriptor,
                "metric": cell.metric,
                "seed": seed,
                "task": task,
                "inner_step": step,
                "value": float(value),
            }
            for cell, scores in self.results.cells.items()
            if cell.variant == self.results.main
            for seed, tasks in zip(scores.seeds, scores.values, strict=True)
            for task, steps in zip(scores.tasks, tasks, strict=True)
            for step, value in enumerate(steps)
        ]

    def difference(
        self, method: str, other: str, *, step: int, metric: str | None = None, split: str = "meta-test"
    ) -> Estimate:
        """Return the mean of `method` minus `other`, paired over seeds and tasks, with its 95% interval.

        Args:
            method: a name of the comparison.
            other: another one.
            step: the inner step.
            metric: the score; the first of the report by default.
            split: whose tasks.

        Raises:
            ValueError: the run has no such method, split, metric or step.
        """
        one, two = (self._cell(name, split, self._metric(metric)) for name in (method, other))
        last = min(self.results.cells[cell].values.shape[-1] for cell in (one, two)) - 1
        if not 0 <= step <= last:
            raise ValueError(f"step is {step}, but it must be from 0 to {last}")
        return paired(self.results.cells[one], step, self.results.cells[two], step)

    def _metric(self, metric: str | None) -> str:
        if metric is None:
            return self.results.metric
        self._check("metric", metric)
        return metric

    def _cell(self, method: str, split: str, metric: str) -> Cell:
        self._check("method", method)
        self._check("split", split)
        descriptor = self.results.values("descriptor")[0]
        return Cell(self.results.main, descriptor, split, metric, method)

    def _check(self, field: str, value: str) -> None:
        known = self.results.values(field)
        if value not in known:
            raise ValueError(f"{field} is '{value}', but the comparison has {', '.join(known)}")


def compare_methods(
    comparison: Comparison,
    out: Path,
    *,
    resume: bool = False,
    report: Callable[[Progress], None] = lambda _: None,
) -> ComparisonResults:
    """Run a comparison, write its report, and return its results.

    Args:
        comparison: what to compare.
        out: the run folder.
        resume: go on with the run that the folder holds, or start it.
        report: called with the progress after each chunk.

    Raises:
        RunFolderError, RunInUse, CheckpointError: see `hypermaml._compare.compare.compare`.
    """
    compare(comparison, out, resume=resume, report=report, finish=report_run)
    return ComparisonResults(out)


def comparison_of(
    methods: Mapping[str, MethodConfig] | Sequence[MethodConfig], family: Any, *, seeds: int = 1, **budget: int
) -> Comparison:
    """Return the comparison of methods on a family of your own.

    Args:
        methods: by name; those of a sequence are called by their classes.
        family: an `AbstractFamily`.
        seeds: independent repetitions, 0..N-1.
        budget: fields of `Budget`; the others have the values of the preset `quick` of a given family.
    """
    named = methods if isinstance(methods, Mapping) else {type(each).__name__.lower(): each for each in methods}
    size = replace(GivenFamily.presets["quick"], **budget)
    if size.chunk > size.iterations:
        size = replace(size, chunk=size.iterations)
    return Comparison(family, dict(named), size, range(seeds))
