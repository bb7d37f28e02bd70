"""Print the tables, findings and paths of a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rich.text import Text

from hypermaml.cli.terminal import output, score_table
from hypermaml.report import Results, load_run, score_tables, summarize
from hypermaml.report.findings import find


def show_report(folder: Path) -> None:
    """Print the tables, the findings and the paths of a run's report."""
    results = load_run(folder)
    show_scores(results)
    show_findings(results)
    show_paths(folder)


def show_scores(results: Results) -> None:
    """Print the tables of the main variant and the primary metric."""
    for table in score_tables(results, summarize(lead(results))):
        output().print(score_table(table))


def show_findings(results: Results) -> None:
    """Print what the figures decide on meta-test with the first descriptor, and cautions; the page has all."""
    scopes = ("All scores", f"meta-test, descriptor {results.values('descriptor')[0]}")
    decided = [finding for finding in find(lead(results)) if finding.verdict != "open" and finding.scope in scopes]
    if decided:
        output().print(Text(f"What this decides on {scopes[1]}:"))
    for finding in decided:
        output().print(Text(f"• {finding.text}"))


def show_paths(folder: Path) -> None:
    """Print the paths of the report."""
    output().print(Text(f"\nPage: {folder / 'page.html'}\nData: {folder / 'results.csv'}"), soft_wrap=True)


def lead(results: Results) -> Results:
    """Return the main variant and the primary metric alone."""
    wanted = (results.main, results.metric)
    cells = {cell: scores for cell, scores in results.cells.items() if (cell.variant, cell.metric) == wanted}
    return replace(results, cells=cells)
