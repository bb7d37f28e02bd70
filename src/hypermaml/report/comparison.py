"""The results of a comparison, as an object: a table, rows, paired differences, the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from hypermaml._compare.compare import compare as run_comparison
from hypermaml._compare.comparison import Comparison
from hypermaml._compare.side_by_side import SideBySide
from hypermaml._compare.training_run import Progress
from hypermaml._core.execution import computed
from hypermaml._core.family import AbstractFamily
from hypermaml._misc.checks import check_count
from hypermaml.apply.train import MANY_TASKS, VALIDATION_TASKS, chunk_of
from hypermaml.experiments.experiment import Budget
from hypermaml.experiments.given import given_family
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


def compare(
    methods: Mapping[str, MethodConfig],
    family: AbstractFamily,
    *,
    iterations: int = 1000,
    meta_batch: int = 25,
    seeds: int = 2,
    steps: int = 3,
    tasks: int | None = None,
    out: str | Path,
    resume: bool = False,
    seeds_at_once: int | Literal["auto"] = "auto",
    devices: int | Literal["all"] = 1,
    tasks_at_once: int | None = None,
    recompute: bool = False,
    report: Callable[[Progress], None] = lambda _: None,
) -> ComparisonResults:
    """Compare methods on a family: the same tasks, data and iterations for each, with a report in a folder.

    An interrupted comparison loses at most the work since its last checkpoint; with `resume` it goes on.

    Args:
        methods: configurations by name, such as `{"maml": MAML(), "hypermaml": HyperMAML()}`.
        family: the tasks.
        iterations: meta-iterations of each training run, at least 1.
        meta_batch: tasks of a meta-iteration, at least 1.
        seeds: independent repetitions, 0..N-1, at least 1.
        steps: inner steps N of the evaluation, at least 1.
        tasks: tasks of each test split, at least 1; by default all of the smallest, or 100 where there is no end.
        out: the run folder: absent or empty, or with `resume` that of the same comparison.
        resume: go on with the run in the folder; an absent one is started, a finished one is read.
        seeds_at_once: the most seeds of a method that train as one program; `"auto"` is all of them on an accelerator,
            and 1 on a processor. Results differ by rounding. This and the next three may differ with `resume`.
        devices: how many of JAX's devices the tasks of a meta-batch are divided among, or `"all"`.
        tasks_at_once: the most tasks whose inner loops are kept in memory together; all by default.
        recompute: whether the outer gradient computes each inner step again, which takes less memory and more time.
        report: is called with the progress of each part.

    Raises:
        ValueError: a number is out of its range, or the family lacks something that a method needs.
        RunFolderError: the folder cannot be written, or holds something else.
        RunInUse: another process works in the folder.
        CheckpointError: a checkpoint is damaged.
    """
    if not isinstance(methods, Mapping) or not methods:
        raise ValueError("the methods are to be given by name, such as {'maml': MAML()}")
    seeds = check_count("seeds", seeds)
    experiment = given_family(family)()
    budget = Budget(iterations, meta_batch, chunk_of(iterations), VALIDATION_TASKS, MANY_TASKS, steps).up_to(family)
    budget = budget if tasks is None else replace(budget, test_tasks=tasks)
    comparison = Comparison(experiment, dict(methods), budget, range(seeds))
    with computed(devices=devices, tasks_at_once=tasks_at_once, recompute=recompute):
        crew = SideBySide(Path(out), seeds_at_once)
        run_comparison(comparison, Path(out), resume=resume, report=report, finish=report_run, crew=crew)
    return ComparisonResults(Path(out))
