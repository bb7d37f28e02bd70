"""Evaluate the checkpoints of a run, and show the scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypermaml._compare.evaluation import evaluate_run
from hypermaml._compare.record import Record
from hypermaml._compare.records import FIELDS
from hypermaml._misc.atomic import write_atomic
from hypermaml._misc.tables import csv_text
from hypermaml.cli.names import check_known
from hypermaml.cli.progress import Monitor
from hypermaml.cli.runs import load
from hypermaml.cli.terminal import errors
from hypermaml.cli.work.show import show_scores
from hypermaml.report.results import results_of

if TYPE_CHECKING:
    from hypermaml.cli.eval import Options


def evaluate(path: str, options: Options) -> None:
    """Evaluate the checkpoints of the run on fresh tasks, and show the scores.

    Args:
        path: of the run folder.
        options: of the command.
    """
    with Monitor(errors(), "starting") as monitor:
        run, comparison = load(path, options.files)
        record = Record.read(run)
        if options.split is not None:
            check_known("split", options.split, record.splits)
        seed = max(comparison.seeds) + 1 if options.seed is None else options.seed
        rows, identities = evaluate_run(
            comparison,
            run,
            seed=seed,
            tasks=options.tasks,
            steps=options.steps,
            descriptor=options.descriptor,
            split=options.split,
            report=monitor,
        )
    count = len({row[FIELDS.index("task")] for row in rows})
    fewer = f"; there are no {options.tasks:,}" if options.tasks is not None and count < options.tasks else ""
    errors().print(f"{count} tasks of each split, drawn with seed {seed}{fewer}.")
    if options.out is not None:
        write_atomic(options.out, csv_text(FIELDS, rows))
    found = [tuple(map(str, row)) for row in rows]
    show_scores(results_of(found, record, identities, source="the evaluation"))
