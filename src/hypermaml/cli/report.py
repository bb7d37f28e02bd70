"""Write the tables, plots and page of a run again, also of an unfinished run."""

from __future__ import annotations

from hypermaml.cli.names import only_names
from hypermaml.cli.progress import Monitor
from hypermaml.cli.running import show_report
from hypermaml.cli.runs import open_folder
from hypermaml.cli.terminal import errors


def run(args: list[str]) -> None:
    """Write the report."""
    (path,) = only_names(args, ["RUN"], "report", __doc__ or "")
    with Monitor(errors(), "writing the report"):
        folder = open_folder(path)

        from hypermaml.report.run import report_run
        from hypermaml.run.lock import locked

        with locked(folder.path):
            missing = report_run(folder)
    if missing:
        errors().print(f"Not finished, and not in the report: {', '.join(missing)}.")
    show_report(folder.path)
