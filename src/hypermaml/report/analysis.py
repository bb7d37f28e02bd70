"""All figures of a run in one place, and the part of them that `summary.json` keeps."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from hypermaml.report.findings import Finding, find
from hypermaml.report.learning import Reach, Record, reach
from hypermaml.report.references import ByVariant, Reference, optima, summarize_references
from hypermaml.report.results import Results
from hypermaml.report.shares import Floors, shares
from hypermaml.report.statistics import Gain, Row, controls, descriptor_differences, differences, gains, summarize
from hypermaml.report.support import SupportCurve, support_curves, support_size


@dataclass(frozen=True)
class Analysis:
    """What the tables, the page and the summary are written from."""

    results: Results
    scores: Sequence[Row]
    from_maml: Sequence[Row]  # every method minus MAML
    of_hypermaml: Sequence[Row]  # HyperMAML minus every other method
    of_descriptors: Sequence[Row]  # each method with the first descriptor minus itself with another
    controls: Sequence[Row]  # each method minus itself with the description of another task in tests
    support: Sequence[SupportCurve]  # scores by the number of support examples
    gains: Sequence[Gain]
    costs: Sequence[Reach]
    shares: Sequence[Row]  # percent of the way from doing nothing to the optimum, or else to the oracle
    references: Sequence[Reference]
    findings: Sequence[Finding]

    @property
    def end(self) -> str:
        """What a share of 100 is: the optimum where it is known, else the oracle."""
        optimum = self.results.record.optimum
        return optimum if any(reference.name == optimum for reference in self.references) else "oracle"

    def of_whole(self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows but those of other numbers of support examples, which have a table of their own."""
        return [row for row in rows if support_size(self.results.extra(row.cell.variant)) is None]

    def lead(self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows of the main variant and the primary metric."""
        wanted = (self.results.main, self.results.metric)
        return [row for row in rows if (row.cell.variant, row.cell.metric) == wanted]

    def rest(self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows of the other variants and metrics."""
        wanted = (self.results.main, self.results.metric)
        return [row for row in self.of_whole(rows) if (row.cell.variant, row.cell.metric) != wanted]


def analyze(results: Results, curves: Sequence[Record], floors: Floors, references: ByVariant) -> Analysis:
    """Compute every figure of a run from its scores, its learning curves and the scores of what learns nothing."""
    main = references.get("", {})
    return Analysis(
        results=results,
        scores=summarize(results),
        from_maml=differences(results, reference="maml"),
        of_hypermaml=differences(results, method="hypermaml"),
        of_descriptors=descriptor_differences(results),
        controls=controls(results),
        support=support_curves(results, references),
        gains=gains(results),
        costs=reach(curves, results),
        shares=shares(results, floors, optima(main, results.record.optimum)),
        references=summarize_references(main, floors, results.record.optimum, results.identities),
        findings=find(results, main),
    )


def summary(analysis: Analysis) -> dict[str, Any]:
    """JSON values that the seeds determine; numbers to ten digits, and null where a figure is not finite."""
    results = analysis.results

    def line(row: Row) -> dict[str, Any]:
        minus = {"minus": row.reference} if row.reference else {}
        return {**row.cell._asdict(), **minus, "inner_step": row.inner_step, **asdict(row.estimate)}

    content = {
        "family": results.family,
        "variant": results.main,
        "metric": results.metric,
        "higher_is_better": results.direction(results.metric) > 0,
        "scores": [line(row) for row in analysis.scores],
        "differences_from_maml": [line(row) for row in analysis.from_maml],
        "differences_of_hypermaml": [line(row) for row in analysis.of_hypermaml],
        "differences_of_descriptors": [line(row) for row in analysis.of_descriptors],
        f"shares_of_{analysis.end}": [line(row) for row in analysis.shares],
        "controls": [line(row) for row in analysis.controls],
        "support": [asdict(curve) for curve in analysis.support],
        "references": [reference.plain() for reference in analysis.references],
        "gains": [{**gain.cell._asdict(), "last_step": gain.last_step, **asdict(gain.gain)} for gain in analysis.gains],
        "cost_to_reach_maml": [asdict(cost) for cost in analysis.costs],
        "findings": [asdict(finding) for finding in analysis.findings],
    }
    return rounded(content)


def rounded(value: Any) -> Any:
    """JSON values: numbers to ten digits, and null where one is not finite."""
    if isinstance(value, Mapping):
        return {key: rounded(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(entry) for entry in value]
    if isinstance(value, float):
        return float(f"{value:.10g}") if math.isfinite(value) else None
    return value
