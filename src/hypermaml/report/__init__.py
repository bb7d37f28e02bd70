"""What a run shows: statistics, tables, plots and a page, from its recorded data alone."""

from hypermaml.report.results import Results, ResultsError, load_results
from hypermaml.report.write import write_report

__all__ = ["Results", "ResultsError", "load_results", "write_report"]
