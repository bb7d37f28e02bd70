"""Measure the risks of a method on a family, and show the sentences of the report."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hypermaml.cli.progress import Monitor, clock
from hypermaml.cli.terminal import errors, output
from hypermaml.cli.work.show import show_paths
from hypermaml.experiments.experiment import Experiment
from hypermaml.report.risks.write import report_risks, sentences_of
from hypermaml.risks.budget import RiskBudget
from hypermaml.risks.measure import measure_risks, trials
from hypermaml.risks.plan import Risks
from hypermaml.run.folder import RunFolder

if TYPE_CHECKING:
    from hypermaml.cli.risks import Options
    from hypermaml.cli.running import Place


def measure(experiment: Experiment, options: Options, budget: RiskBudget, place: Place, *, call: Sequence[str]) -> None:
    """Measure the risks, and show the sentences and the paths of the report.

    Args:
        experiment: the family and its options.
        options: of the report.
        budget: of the training runs.
        place: of the run folder.
        call: the arguments, which an interruption repeats in its advice.
    """
    family = experiment.name
    folder, began = place.folder(f"{family}-risks-{options.preset}"), time.monotonic()
    risks = Risks(
        experiment, options.method, budget, options.descriptor, tuple(options.generators), tuple(options.remedies)
    )
    runs = trials(risks)
    errors().print(f"The risks of {options.method} on {family}: {len(runs)} training runs, in {folder}.")
    for sentence in risks.omissions():
        errors().print(sentence)
    with place.resumable(folder, call), Monitor(errors(), "starting") as monitor:
        monitor.expect([trial.training_run for trial in runs])

        def finish(risks: Risks, run: RunFolder) -> None:
            monitor.say("writing the report")
            report_risks(risks, run)

        measure_risks(risks, folder, resume=place.resume, report=monitor, finish=finish)
    errors().print(f"Finished in {clock(time.monotonic() - began)}.")
    for title, sentences in sentences_of(folder).items():
        output().print(f"\n{title}", style="bold")
        for sentence in sentences:
            output().print(f"• {sentence}", markup=False)
    show_paths(folder)
