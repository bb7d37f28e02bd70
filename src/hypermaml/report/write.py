"""Write the report of a run into its folder."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hypermaml._misc.atomic import write_atomic
from hypermaml.report.analysis import analyze, summary
from hypermaml.report.learning import Record
from hypermaml.report.means import write_means
from hypermaml.report.page import write_page
from hypermaml.report.plots import Traces, draw, save
from hypermaml.report.references import ByVariant, reference_tables
from hypermaml.report.results import Results
from hypermaml.report.shares import Floors, share_tables
from hypermaml.report.support import support_tables
from hypermaml.report.tables import mapping_table, reach_table, score_tables, write_csv


def write_report(
    folder: Path,
    *,
    results: Results,
    curves: Sequence[Record] = (),
    traces: Mapping[str, Traces] | None = None,
    floors: Floors | None = None,
    references: ByVariant | None = None,
    config: Mapping[str, Any],
    environment: Mapping[str, Any],
    budgets: Mapping[str, Mapping[str, Any]] | None = None,
    tuning: Mapping[str, Mapping[str, Any]] | None = None,
    finished: bool = True,
) -> dict[str, Any]:
    """Write `table.md`, `table.csv`, the means, `plots/*.png`, `plots/*.svg`, `page.html` and `summary.json`.

    Args:
        folder: An existing folder; files of an earlier report are replaced.
        results: The scores; see `load_results`.
        curves: Learning curves; see `hypermaml.report.learning`.
        traces: Arrays of single held-out tasks by descriptor; see `hypermaml.report.plots.traces`.
        floors: The scores of doing nothing; see `hypermaml.report.shares`.
        references: The scores of what needs no meta-training; see `hypermaml.report.references`.
        config: The run's settings, nested as they come.
        environment: Versions, seeds and device; the entry `command` is shown as the command line.
        budgets: What each method was given: tasks, iterations, data, environment steps.
        tuning: The grid of each method's trials and the choice.
        finished: Whether to write `summary.json`, which says that the run is finished.

    Returns:
        What `summary.json` holds: only values that the seeds determine.
    """
    analysis = analyze(results, curves, floors or {}, references or {})
    costs = [reach_table(analysis.costs)] if analysis.costs else []
    costs += [mapping_table("Budget of each method", budgets)] if budgets else []
    costs += [mapping_table("Rates, and the grid that tuning tries", tuning)] if tuning else []
    (folder / "plots").mkdir(exist_ok=True)
    plots = draw(results, analysis.scores, curves, traces or {}, analysis.support)
    figures = [(plot, save(plot, folder / "plots")) for plot in plots]

    known = reference_tables(results, analysis.references)
    shares = share_tables(results, list(analysis.shares), analysis.end)
    compared = [
        table
        for rows in (analysis.from_maml, analysis.controls, analysis.of_descriptors)
        for table in score_tables(results, analysis.of_whole(rows))
    ]
    support = support_tables(results, analysis.support)
    tables = [*support, *score_tables(results, analysis.of_whole(analysis.scores)), *known, *compared, *shares, *costs]
    write_atomic(folder / "table.md", "\n".join(table.markdown() for table in tables))
    write_csv(folder / "table.csv", [*analysis.scores, *analysis.from_maml])
    write_means(folder, results)
    write_atomic(folder / "page.html", write_page(analysis, figures, costs, config, environment))
    content = summary(analysis)
    if finished:
        write_atomic(folder / "summary.json", json.dumps(content, indent=1, allow_nan=False) + "\n")
    return content
