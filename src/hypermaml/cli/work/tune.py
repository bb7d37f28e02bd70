"""Tune the settings of methods, keep the best ones, and show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rich.text import Text

from hypermaml._compare.search_plan import SearchPlan
from hypermaml._compare.training_run import Progress
from hypermaml._compare.tune import tune
from hypermaml._misc.atomic import write_atomic
from hypermaml.cli.progress import Monitor
from hypermaml.cli.terminal import errors, output, plain_table, show_account
from hypermaml.experiments.experiment import Budget, Descriptor, Experiment
from hypermaml.experiments.settings_file import settings_text
from hypermaml.methods.config import MethodConfig

TRIALS, BEST = "trials.json", "best.json"


def show_trials(
    experiment: Experiment,
    methods: Sequence[str],
    budget: Budget,
    out: Path,
    descriptor: Descriptor,
    *,
    own: Mapping[str, MethodConfig] = MappingProxyType({}),
    plan: SearchPlan | None = None,
    plots: bool = False,
) -> None:
    """Run the trials that are not there yet, write the best settings, and show them.

    Args:
        experiment: the family and its options.
        methods: names.
        budget: of each trial.
        out: the folder of the trials, which exists; or a .json file of the grid's, beside which the settings are.
        descriptor: how tasks are described.
        own: by name, the settings of methods of one's own.
        plan: how Optuna searches; the grid is tried by default.
        plots: whether to draw the trials.
    """
    console = errors()
    console.print(f"Tuning {', '.join(methods)} on {experiment.name}, descriptor {descriptor}, in {out}.")
    show_account(experiment.account())
    alone = out.suffix == ".json"
    trials, chosen = (out, out.with_name(f"{out.stem}-{BEST}")) if alone else (out / TRIALS, out / BEST)
    with Monitor(console, "starting") as monitor:
        experiment.prepare(monitor.prepare)

    def show(progress: Progress) -> None:
        console.print(f"{progress.name}: trial {progress.iteration + 1} of {progress.iterations}")

    try:
        if plan is None:
            settings = {**experiment.settings(), **own}
            record = tune(experiment, methods, budget, trials, descriptor=descriptor, own=own, report=show)
        else:
            from hypermaml._compare.search import search

            settings = {**experiment.settings([descriptor]), **own}
            how: dict[str, Any] = {"plan": plan, "descriptor": descriptor, "own": own, "report": show}
            record = search(experiment, methods, budget, trials, **how)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("interrupted; the same command goes on with the next trial") from None
    best = {name: record["methods"][name]["best"] for name in methods}
    text = settings_text(
        experiment,
        {name: _at(settings[name], trial) for name, trial in best.items() if trial},
        descriptor=descriptor,
        scores={name: trial["score"] for name, trial in best.items() if trial},
        metric=record["metric"],
        iterations=budget.iterations,
    )
    write_atomic(chosen, text)
    rows = [
        (name, ", ".join(f"{key} {value:g}" for key, value in (trial or {}).items()) or "every trial diverged")
        for name, trial in best.items()
    ]
    output().print(plain_table("Best trial of each method", rows))
    if plots:
        from hypermaml.report.plots.style import save
        from hypermaml.report.plots.trials import plot_trials

        for plot in plot_trials(record):
            save(plot, out)
            output().print(Text(f"Plot: {out / plot.name}.png"), soft_wrap=True)
    output().print(Text(f"Settings: {chosen}"), soft_wrap=True)


def _at(settings: MethodConfig, trial: Mapping[str, Any]) -> MethodConfig:
    """Return the settings of a trial."""
    return replace(settings, **{name: value for name, value in trial.items() if name not in ("score", "ended")})
