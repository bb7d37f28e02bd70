"""Statistics, tables, plots and a page of a run, from its recorded files alone."""

from hypermaml.report.results import Results, ResultsError, load_results, load_run
from hypermaml.report.statistics import differences, summarize
from hypermaml.report.tables import Table, score_tables
from hypermaml.report.write import write_report

__all__ = [
    "Results",
    "ResultsError",
    "Table",
    "differences",
    "load_results",
    "load_run",
    "score_tables",
    "summarize",
    "write_report",
]
