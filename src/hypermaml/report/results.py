"""The scores of a comparison, read from the long form of `results.csv` into one array per cell."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from hypermaml._compare.record import MetricRecord, Record
from hypermaml._compare.records import FIELDS, Identities, RecordedRun, identities
from hypermaml._misc.read import read_bytes, text_of
from hypermaml.report.looks import Looks
from hypermaml.run.folder import RESULTS, RunFolder


class ResultsError(ValueError):
    """Scores that cannot be reported: a wrong column, a duplicate or a missing row."""


class Cell(NamedTuple):
    """What one array of scores belongs to."""

    variant: str
    descriptor: str
    split: str
    metric: str
    method: str


class Scores(NamedTuple):
    """The scores of one cell; `values[i, j, k]` is seed `seeds[i]`, task `tasks[j]`, inner step k.

    Where `identity[i, j]` is equal for two scores, they are of the same task, whatever its place in the lists of their
    seeds. `None` where the run does not tell: then each seed is taken to have tasks of its own.
    """

    values: Float[np.ndarray, "seeds tasks steps"]
    seeds: tuple[int, ...]
    tasks: tuple[int, ...]
    identity: Int[np.ndarray, "seeds tasks"] | None = None


@dataclass(frozen=True)
class Results:
    """All scores of one run: `cells` in the order in which a report shows them.

    Attributes:
        record: the facts that the run recorded for its report.
        cells: scores by cell.
        identities: of the tasks; empty where the run does not tell.
    """

    record: Record
    cells: Mapping[Cell, Scores]
    identities: Identities = field(default_factory=dict)

    @property
    def family(self) -> str:
        """The family's name."""
        return self.record.family

    @property
    def looks(self) -> Looks:
        """How methods are called and drawn."""
        return Looks(self.record.methods)

    def values(self, field: str) -> list[str]:
        """Return the distinct values of one field of `Cell`, in report order."""
        return list(dict.fromkeys(getattr(cell, field) for cell in self.cells))

    @property
    def metric(self) -> str:
        """The primary metric: the first of the record that is present."""
        return self.values("metric")[0]

    def direction(self, metric: str) -> int:
        """Return 1 for a metric of which more is better, else -1."""
        return 1 if self.record.metrics.get(metric, MetricRecord()).higher_is_better else -1

    def axis(self, metric: str) -> str:
        """Return how an axis of a metric is labelled: with its unit, where it has one."""
        known = self.record.metrics.get(metric, MetricRecord())
        return (known.label or metric) + (f", {known.unit}" if known.unit else "")

    @property
    def base(self) -> str:
        """The options that all rows share, such as `reward=squared`; empty for a run at its defaults."""
        shared = set.intersection(*(options(variant) for variant in self.values("variant")))
        return ";".join(sorted(shared))

    def extra(self, variant: str) -> str:
        """Return the options of `variant` beyond the shared ones, such as `schedule=off`; empty for the main rows."""
        return ";".join(sorted(options(variant) - options(self.base)))

    @property
    def main(self) -> str:
        """The variant that the report leads with: the one with the fewest extra options."""
        return min(self.values("variant"), key=lambda variant: (len(options(variant)), variant))

    def with_option(self, variant: str, option: str) -> str | None:
        """Return the variant that has `option` beside all of `variant`, if the run wrote it and `variant` lacks it."""
        if option in options(variant):
            return None
        wanted = options(variant) | {option}
        return next((other for other in self.values("variant") if options(other) == wanted), None)


def options(variant: str) -> set[str]:
    """Return the `key=value` parts of a canonical variant string."""
    return set(filter(None, variant.split(";")))


def load_run(path: Path) -> Results:
    """Read the scores of a run, from its folder.

    Raises:
        RunFolderError: the folder holds no run, or its record is damaged.
        ResultsError: As in `load_results`.
    """
    run = RunFolder.load(path)
    recorded = RecordedRun.read(run)
    return _of_file(run.read(RESULTS), recorded.record, identities(recorded), source=str(path / RESULTS))


def load_results(path: Path, record: Record, known: Identities | None = None) -> Results:
    """Read `results.csv`.

    Args:
        path: The file; its header names the columns of `FIELDS`.
        record: What the run recorded: the directions of its metrics, and the order in which a report shows things.
        known: The identities of the tasks; without them each seed is taken to have tasks of its own.

    Returns:
        The scores, one array per cell. Non-finite scores are kept.

    Raises:
        ResultsError: If a column is missing, a row is damaged, double or missing, or two families are mixed.
    """
    return _of_file(read_bytes(path, what="a table of scores", limit=1 << 40), record, known, source=str(path))


def _of_file(contents: bytes, record: Record, known: Identities | None, *, source: str) -> Results:
    try:
        rows = csv.reader(io.StringIO(text_of(contents, source, what="a table of scores"), newline=""))
        header = tuple(next(rows, ()))
        if header != FIELDS:
            raise ResultsError(f"{source} must start with the columns {','.join(FIELDS)}; it has {','.join(header)}.")
        return results_of(rows, record, known, source=source)
    except csv.Error as error:
        raise ResultsError(f"{source} is damaged: {error}") from None


def results_of(
    rows: Iterable[Sequence[str]], record: Record, known: Identities | None = None, *, source: str
) -> Results:
    """Return the scores in rows of the columns `FIELDS`.

    Args:
        rows: Text or values.
        record: As in `load_results`.
        known: As in `load_results`.
        source: What errors call the rows.

    Raises:
        ResultsError: As in `load_results`.
    """
    families: set[str] = set()
    found: dict[Cell, dict[tuple[int, int, int], float]] = {}
    for line, row in enumerate(rows, start=2):
        try:
            family, variant, descriptor, split, method, seed, task, step, metric, value = row
            place, score = (int(seed), int(task), int(step)), float(value)
        except ValueError as error:
            raise ResultsError(f"{source}, line {line}: {','.join(row)!r} is not a row of scores ({error}).") from None
        families.add(family)
        scores = found.setdefault(Cell(variant, descriptor, split, metric, method), {})
        if place in scores:
            raise ResultsError(f"{source}, line {line}: this seed, task and inner step of {method} came before.")
        scores[place] = score
    if len(families) != 1:
        raise ResultsError(f"{source} must hold the scores of one family; it holds {sorted(families) or 'none'}.")
    orders = tuple(map(tuple, (record.descriptors, record.splits, record.metrics, record.methods)))
    cells = {cell: _stack(cell, found[cell]) for cell in sorted(found, key=lambda c: _rank(c, orders))}
    named = {
        cell: scores._replace(identity=identity_of(known or {}, cell.variant, cell.split, scores.seeds, scores.tasks))
        for cell, scores in cells.items()
    }
    return Results(record, named, known or {})


def identity_of(
    known: Identities, variant: str, split: str, seeds: Sequence[int], tasks: Sequence[int]
) -> Int[np.ndarray, "seeds tasks"] | None:
    """Return a number for the task of each score, equal for equal tasks; `None` where one is not known.

    Args:
        known: the identities of the run's tasks.
        variant: of the test; one of other tasks, such as another support size, has identities of its own.
        split: of the tasks.
        seeds: of the scores, in their order.
        tasks: of each seed, in their order.
    """
    own = [option for option, its in known if option and its == split and options(option) <= options(variant)]
    named = known.get((own[0] if own else "", split), {})
    if any((seed, task) not in named for seed in seeds for task in tasks):
        return None
    found = [named[seed, task] for seed in seeds for task in tasks]
    return np.unique(found, return_inverse=True)[1].reshape(len(seeds), len(tasks))


def _rank(cell: Cell, orders: Sequence[tuple[str, ...]]) -> tuple[object, ...]:
    ranks = [order.index(name) if name in order else len(order) for order, name in zip(orders, cell[1:], strict=True)]
    return (len(options(cell.variant)), cell.variant, *ranks, *cell)


def _stack(cell: Cell, scores: Mapping[tuple[int, int, int], float]) -> Scores:
    seeds, tasks, steps = (tuple(sorted(set(axis))) for axis in zip(*scores, strict=True))
    if len(scores) != math.prod(map(len, (seeds, tasks, steps))) or steps != tuple(range(len(steps))):
        raise ResultsError(
            f"The scores of {cell} hold {len(scores)} rows; every one of {len(seeds)} seeds needs "
            f"every one of {len(tasks)} tasks at every inner step 0..{steps[-1]}."
        )
    values = np.array([scores[place] for place in sorted(scores)]).reshape(len(seeds), len(tasks), len(steps))
    return Scores(values, seeds, tasks)
