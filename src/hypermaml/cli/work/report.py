"""Write the report of a run again, and show it."""

from __future__ import annotations

from hypermaml.cli.progress import Monitor
from hypermaml.cli.runs import open_folder
from hypermaml.cli.terminal import errors
from hypermaml.cli.work.show import show_report
from hypermaml.report.run import report_run
from hypermaml.run.lock import locked


def report(path: str) -> None:
    """Write the report from the files of the run folder, and show it.

    Raises:
        RunFolderError: the folder holds no run, or a file of it is damaged.
        RunInUse: another process works in the folder.
        ValueError: no training run is finished.
    """
    with Monitor(errors(), "writing the report"):
        folder = open_folder(path)
        with locked(folder.path):
            missing = report_run(folder)
    if missing:
        errors().print(f"Not finished, and not in the report: {', '.join(missing)}.")
    show_report(folder.path)
