"""Print the tables, findings and paths of a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rich.text import Text

from hypermaml._compare.records import RecordedRun, references
from hypermaml.cli.terminal import output, score_table
from hypermaml.report import Results, load_run, score_tables, summarize
from hypermaml.report.findings import find
from hypermaml.report.references import References
from hypermaml.report.scope import scope
from hypermaml.report.statistics import OTHER
from hypermaml.report.support import support_curves, support_tables
from hypermaml.run.folder import RunFolder


def show_report(folder: Path) -> None:
    """Print the tables, the findings and the paths of a run's report."""
    results, recorded = load_run(folder), RecordedRun.read(RunFolder.load(folder))
    known = references(recorded)
    show_scores(results)
    for table in support_tables(results, support_curves(results, known)):
        output().print(score_table(table))
    show_findings(results, known.get("", {}))
    show_paths(folder)


def show_scores(results: Results) -> None:
    """Print the tables of the main variant and the primary metric."""
    for table in score_tables(results, summarize(lead(results))):
        output().print(score_table(table))


def show_findings(results: Results, known: References) -> None:
    """Print what the figures decide on meta-test with the first descriptor, and cautions; the page has all.

    Args:
        results: of the run.
        known: the scores of what needs no meta-training.
    """
    scopes = ("All scores", scope("meta-test", results.values("descriptor")[0]))
    kept = lead(results, OTHER)
    decided = [finding for finding in find(kept, known) if finding.verdict != "open" and finding.scope in scopes]
    if decided:
        output().print(Text(f"What this decides on {scopes[1]}:"))
    for finding in decided:
        output().print(Text(f"• {finding.text}"))


def show_paths(folder: Path) -> None:
    """Print the paths of the report."""
    output().print(Text(f"\nPage: {folder / 'page.html'}\nData: {folder / 'results.csv'}"), soft_wrap=True)


def lead(results: Results, option: str | None = None) -> Results:
    """Return the main variant and the primary metric alone; with an option also the variant that has it."""
    variants = (results.main, results.with_option(results.main, option) if option else None)
    cells = {
        cell: scores
        for cell, scores in results.cells.items()
        if cell.variant in variants and cell.metric == results.metric
    }
    return replace(results, cells=cells)
