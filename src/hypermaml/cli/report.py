"""Write the tables, plots and page of a run again, also of an unfinished run."""

from __future__ import annotations

from hypermaml.cli.names import only_names


def run(args: list[str]) -> None:
    """Write the report."""
    (path,) = only_names(args, ["RUN"], "report", __doc__ or "")

    from hypermaml.cli.work.report import report

    report(path)
