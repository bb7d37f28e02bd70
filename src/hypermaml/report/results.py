"""The scores of a comparison, read from the long form of `results.csv` into one array per cell."""

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, get_args

import numpy as np
from jaxtyping import Float

from hypermaml._compare.records import FIELDS
from hypermaml._core.family import SPLITS
from hypermaml.experiments.experiment import Descriptor
from hypermaml.methods import METHODS

METRICS = ("return", "mse", "accuracy", "success", "loss")  # the first one present is the primary metric
HIGHER_IS_BETTER = frozenset({"return", "accuracy", "success"})
_ORDERS = (get_args(Descriptor), SPLITS, METRICS, tuple(METHODS))


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
    """The scores of one cell; `values[i, j, k]` is seed `seeds[i]`, task `tasks[j]`, inner step k."""

    values: Float[np.ndarray, "seeds tasks steps"]
    seeds: tuple[int, ...]
    tasks: tuple[int, ...]


@dataclass(frozen=True)
class Results:
    """All scores of one run: `cells` in the order in which a report shows them."""

    family: str
    cells: Mapping[Cell, Scores]

    def values(self, field: str) -> list[str]:
        """The distinct values of one field of `Cell`, in report order."""
        return list(dict.fromkeys(getattr(cell, field) for cell in self.cells))

    @property
    def metric(self) -> str:
        """The primary metric: the first of `METRICS` that is present."""
        return ordered(self.values("metric"))[0]

    @property
    def base(self) -> str:
        """The options that all rows share, such as `reward=squared`; empty for a run at its defaults."""
        shared = set.intersection(*(options(variant) for variant in self.values("variant")))
        return ";".join(sorted(shared))

    def extra(self, variant: str) -> str:
        """The options of `variant` beyond the shared ones, such as `schedule=off`; empty for the main rows."""
        return ";".join(sorted(options(variant) - options(self.base)))

    @property
    def main(self) -> str:
        """The variant that the report leads with: the one with the fewest extra options."""
        return min(self.values("variant"), key=lambda variant: (len(options(variant)), variant))

    def with_option(self, variant: str, option: str) -> str | None:
        """The variant that differs from `variant` by `option` alone, if the run wrote it."""
        wanted = options(variant) | {option}
        return next((other for other in self.values("variant") if options(other) == wanted), None)


def options(variant: str) -> set[str]:
    """The `key=value` parts of a canonical variant string."""
    return set(filter(None, variant.split(";")))


def ordered(names: Iterable[str]) -> list[str]:
    """Known names in the order of a report, then the others in alphabetical order."""
    known = {name: (group, place) for group, order in enumerate(_ORDERS) for place, name in enumerate(order)}
    last = (len(_ORDERS), 0)
    return sorted(set(names), key=lambda name: (known.get(name, last), name))


def load_results(path: Path) -> Results:
    """Read `results.csv`.

    Args:
        path: The file; its header names the columns of `FIELDS`.

    Returns:
        The scores, one array per cell. Non-finite scores are kept.

    Raises:
        ResultsError: If a column is missing, a row is damaged, double or missing, or two families are mixed.
    """
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        header = tuple(next(rows, ()))
        if header != FIELDS:
            raise ResultsError(f"{path} must start with the columns {','.join(FIELDS)}; it has {','.join(header)}.")
        families: set[str] = set()
        found: dict[Cell, dict[tuple[int, int, int], float]] = {}
        for line, row in enumerate(rows, start=2):
            try:
                family, variant, descriptor, split, method, seed, task, step, metric, value = row
                place, score = (int(seed), int(task), int(step)), float(value)
            except ValueError as error:
                raise ResultsError(
                    f"{path}, line {line}: {','.join(row)!r} is not a row of scores ({error})."
                ) from None
            families.add(family)
            scores = found.setdefault(Cell(variant, descriptor, split, metric, method), {})
            if place in scores:
                raise ResultsError(f"{path}, line {line}: this seed, task and inner step of {method} came before.")
            scores[place] = score
    if len(families) != 1:
        raise ResultsError(f"{path} must hold the scores of one family; it holds {sorted(families) or 'none'}.")
    return Results(families.pop(), {cell: _stack(cell, found[cell]) for cell in sorted(found, key=_rank)})


def _rank(cell: Cell) -> tuple[object, ...]:
    ranks = [order.index(name) if name in order else len(order) for order, name in zip(_ORDERS, cell[1:], strict=True)]
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
