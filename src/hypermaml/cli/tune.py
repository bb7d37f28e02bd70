"""The trials of each method on meta-validation, and the best; its values go into the experiment by hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from hypermaml.cli.compare import FIVE, chosen
from hypermaml.cli.names import FAMILIES, check_known, leading
from hypermaml.cli.parse import Names, OptionalPath, parse
from hypermaml.cli.running import Size, preset_of
from hypermaml.experiments.experiment import Descriptor

if TYPE_CHECKING:
    from hypermaml._compare.training_run import Progress


@dataclass(frozen=True)
class Options(Size):
    """What is tuned."""

    methods: Names = FIVE
    """Names as `hypermaml list` gives them, or all."""
    descriptor: Descriptor = "partial"
    """How tasks are described."""
    out: Annotated[
        OptionalPath, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: runs/FAMILY-tuning.json)")
    ] = None
    """The record of the trials; one that exists is gone on with."""


def run(args: list[str]) -> None:
    """Tunes."""
    names, rest = leading(args, ["FAMILY"], "tune")
    if not names:
        about = f"{__doc__} A FAMILY ({', '.join(FAMILIES)}) has options of its own: hypermaml tune FAMILY --help."
        parse((Options(),), rest, prog="hypermaml tune FAMILY", about=about)
    kind = FAMILIES[check_known("family", names[0], FAMILIES)]
    preset = preset_of(kind, rest)
    options, budget, experiment = parse(
        (Options(methods=Names(kind.compared), descriptor=kind.tuned_with), kind.presets[preset], kind.at(preset)),
        rest,
        prog=f"hypermaml tune {kind.name}",
        about=f"{__doc__} {kind.__doc__}",
    )
    methods = list(chosen(options.methods, experiment))
    out = options.out or Path("runs", f"{kind.name}-tuning.json")
    out.parent.mkdir(parents=True, exist_ok=True)

    from hypermaml._compare.tune import tune
    from hypermaml.cli.progress import Monitor
    from hypermaml.cli.terminal import errors, output, plain_table

    console = errors()
    console.print(f"Tuning {', '.join(methods)} on {kind.name}, descriptor {options.descriptor}, in {out}.")

    with Monitor(console, "starting") as monitor:
        experiment.prepare(monitor.prepare)

    def tell(progress: Progress) -> None:
        console.print(f"{progress.name}: trial {progress.iteration + 1} of {progress.iterations}")

    try:
        record = tune(experiment, methods, budget, out, descriptor=options.descriptor, report=tell)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("interrupted; the same command goes on with the next trial") from None
    best = {name: record["methods"][name]["best"] or {} for name in methods}
    rows = [
        (name, ", ".join(f"{k} {v:g}" for k, v in trial.items()) or "every trial diverged")
        for name, trial in best.items()
    ]
    output().print(plain_table("Best trial of each method", rows))
