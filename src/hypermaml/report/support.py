"""Scores against the number of support examples: methods, and what needs no meta-training, on the same query sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypermaml._compare.record import SUPPORT
from hypermaml.report.references import ByVariant, axes_of, square
from hypermaml.report.results import Results, identity_of, options
from hypermaml.report.scope import described
from hypermaml.report.statistics import Estimate, estimate
from hypermaml.report.tables import Table, describe


@dataclass(frozen=True)
class SupportCurve:
    """The scores of one method or reference on a split.

    Attributes:
        split: of the tasks.
        descriptor: how tasks are described; empty for a reference.
        name: of the method or reference.
        reference: whether it needs no meta-training.
        scores: after the last inner step, by the number of support examples.
    """

    split: str
    descriptor: str
    name: str
    reference: bool
    scores: Mapping[int, Estimate]


def support_curves(results: Results, references: ByVariant) -> list[SupportCurve]:
    """Return the curves of the primary metric, methods first.

    Args:
        results: of the run.
        references: the scores of what needs no meta-training.
    """
    methods: dict[tuple[str, str, str], dict[int, Estimate]] = {}
    for cell, scores in results.cells.items():
        size = support_size(results.extra(cell.variant))
        if size is not None and cell.metric == results.metric:
            own = methods.setdefault((cell.split, cell.descriptor, cell.method), {})
            own[size] = estimate(scores.values[..., -1], scores.identity)
    others: dict[tuple[str, str], dict[int, Estimate]] = {}
    for variant, splits in references.items():
        size = support_size(variant)
        if size is not None:
            for split, named in splits.items():
                for name, known in named.items():
                    identity = identity_of(results.identities, variant, split, *axes_of(known))
                    others.setdefault((split, name), {})[size] = estimate(square(known), identity)
    return [
        *(SupportCurve(*key, False, dict(sorted(own.items()))) for key, own in methods.items()),
        *(SupportCurve(split, "", name, True, dict(sorted(own.items()))) for (split, name), own in others.items()),
    ]


def support_size(extra: str) -> int | None:
    """Return the number of support examples that a variant is tested with; `None` where it does not say."""
    key, _, value = extra.partition("=")
    return int(value) if key == SUPPORT and len(options(extra)) == 1 else None


def support_tables(results: Results, curves: Sequence[SupportCurve]) -> list[Table]:
    """Return one table for each split and descriptor: methods and references down, numbers of examples across."""
    better = "higher" if results.direction(results.metric) > 0 else "lower"
    places = dict.fromkeys((curve.split, curve.descriptor) for curve in curves if not curve.reference)
    tables = []
    for split, descriptor in places:
        here = [
            curve for curve in curves if curve.split == split and (curve.reference or curve.descriptor == descriptor)
        ]
        sizes = sorted({size for curve in here for size in curve.scores})
        lines = tuple(
            (curve.name, *(describe(curve.scores[size]) if size in curve.scores else "–" for size in sizes))
            for curve in here
        )
        title = f"{results.metric} ({better} is better) by support examples · {split} · {described(descriptor)}"
        tables.append(Table(title, ("method", *map(str, sizes)), lines))
    return tables
