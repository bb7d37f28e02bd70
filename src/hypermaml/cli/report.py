"""Tables, plots and page of a run again, also of a partly finished one."""

from __future__ import annotations

from hypermaml.cli.names import only_names
from hypermaml.cli.progress import Monitor
from hypermaml.cli.running import show_report
from hypermaml.cli.runs import load
from hypermaml.cli.terminal import errors


def run(args: list[str]) -> None:
    """Reports."""
    (path,) = only_names(args, ["RUN"], "report", __doc__ or "")
    with Monitor(errors(), "writing the report"):
        folder, comparison = load(path)

        from hypermaml.report.run import report_run
        from hypermaml.run.lock import locked

        with locked(folder.path):
            missing = report_run(comparison, folder)
    if missing:
        errors().print(f"Not finished, and not in the report: {', '.join(missing)}.")
    show_report(folder.path / "results.csv")
