"""Tune the rates of methods, and show the best trials."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hypermaml._compare.training_run import Progress
from hypermaml._compare.tune import tune
from hypermaml.cli.progress import Monitor
from hypermaml.cli.terminal import errors, output, plain_table
from hypermaml.experiments.experiment import Budget, Descriptor, Experiment


def show_trials(
    experiment: Experiment, methods: Sequence[str], budget: Budget, out: Path, descriptor: Descriptor
) -> None:
    """Run the trials that the file does not hold yet, and show the best one of each method.

    Args:
        experiment: the family and its options.
        methods: names.
        budget: of each trial.
        out: the JSON file of the trials.
        descriptor: how tasks are described.
    """
    console = errors()
    console.print(f"Tuning {', '.join(methods)} on {experiment.name}, descriptor {descriptor}, in {out}.")
    with Monitor(console, "starting") as monitor:
        experiment.prepare(monitor.prepare)

    def show(progress: Progress) -> None:
        console.print(f"{progress.name}: trial {progress.iteration + 1} of {progress.iterations}")

    try:
        record = tune(experiment, methods, budget, out, descriptor=descriptor, report=show)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("interrupted; the same command goes on with the next trial") from None
    best = {name: record["methods"][name]["best"] or {} for name in methods}
    rows = [
        (name, ", ".join(f"{key} {value:g}" for key, value in trial.items()) or "every trial diverged")
        for name, trial in best.items()
    ]
    output().print(plain_table("Best trial of each method", rows))
