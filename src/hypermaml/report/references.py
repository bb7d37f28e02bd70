"""The scores of what needs no meta-training, such as a rule or the best there can be, beside those of the methods."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from hypermaml._compare.records import Identities
from hypermaml.report.results import Results, Scores, identity_of
from hypermaml.report.shares import Floors
from hypermaml.report.statistics import Estimate, estimate, ratio
from hypermaml.report.tables import Table, describe

References = Mapping[str, Mapping[str, Mapping[tuple[int, int], float]]]  # by split, by name, by seed and task
ByVariant = Mapping[str, References]  # by option of the test; the main test has none


@dataclass(frozen=True)
class Reference:
    """A reference on a split.

    Attributes:
        split: of the tasks.
        name: of the reference.
        score: its mean score.
        share: of the optimum's gain over doing nothing, in percent, where both are known.
    """

    split: str
    name: str
    score: Estimate
    share: Estimate | None

    def plain(self) -> dict[str, Any]:
        """Return the reference as JSON values."""
        share = {"share": asdict(self.share)} if self.share else {}
        return {"split": self.split, "name": self.name, **asdict(self.score), **share}


def optima(references: References, optimum: str) -> Floors:
    """Return for each split the scores of the reference with this name, by seed and task."""
    return {split: named[optimum] for split, named in references.items() if optimum in named}


def summarize_references(
    references: References, floors: Floors, optimum: str, known: Identities | None = None
) -> list[Reference]:
    """Return mean scores and shares of all references.

    Args:
        references: by split, name, and seed with task.
        floors: the scores of doing nothing.
        optimum: the name of the best there can be.
        known: the identities of the tasks.
    """
    found = []
    for split, named in references.items():
        scores = {name: square(known) for name, known in named.items()}
        floor = square(floors[split]) if split in floors else None
        for name, values in scores.items():
            share, identity = None, identity_of(known or {}, "", split, *axes_of(named[name]))
            if floor is not None and optimum in scores:
                share = ratio([100 * (values - floor)], [scores[optimum] - floor], identity)
            found.append(Reference(split, name, estimate(values, identity), share))
    return found


def reference_tables(results: Results, references: Sequence[Reference]) -> list[Table]:
    """Return one table: references down, splits across."""
    splits = [split for split in results.values("split") if any(split == each.split for each in references)]
    rows: dict[str, dict[str, str]] = {}
    for each in references:
        share = f", {describe(each.share)}%" if each.share and each.name != results.record.optimum else ""
        rows.setdefault(each.name, {})[each.split] = describe(each.score) + share
    if not rows:
        return []
    shared = "; share of the optimum's gain" if any(each.share for each in references) else ""
    lines = tuple((name, *(texts.get(split, "–") for split in splits)) for name, texts in rows.items())
    return [Table(f"without meta-training: {results.metric}{shared}", ("reference", *splits), lines)]


def scores_of(known: Mapping[tuple[int, int], float]) -> Scores:
    """Return the scores of a reference as those of a method that takes no step."""
    return Scores(square(known)[..., None], *axes_of(known))


def axes_of(known: Mapping[tuple[int, int], float]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the seeds and the tasks of scores, sorted."""
    seeds, tasks = (tuple(sorted(set(axis))) for axis in zip(*known, strict=True))
    return seeds, tasks


def square(known: Mapping[tuple[int, int], float]) -> Float[np.ndarray, "seeds tasks"]:
    """Return the scores as an array, seeds down."""
    seeds, tasks = axes_of(known)
    return np.array([[known[seed, task] for task in tasks] for seed in seeds])
