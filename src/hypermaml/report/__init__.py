"""What a run shows: statistics, tables, plots and a page, from its recorded data alone."""

from hypermaml.report.results import Results, ResultsError, load_results
from hypermaml.report.statistics import differences, summarize
from hypermaml.report.tables import Table, score_tables
from hypermaml.report.write import write_report

__all__ = [
    "Results",
    "ResultsError",
    "Table",
    "differences",
    "load_results",
    "score_tables",
    "summarize",
    "write_report",
]
