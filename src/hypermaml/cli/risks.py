"""Six risks of generated initializations on one family: cost, overfitting, far tasks, tuning, size, descriptions."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from hypermaml.cli.names import FAMILIES, check_known, check_method, leading
from hypermaml.cli.parse import Names, parse
from hypermaml.cli.running import Place, Size, preset_of
from hypermaml.experiments.experiment import Descriptor
from hypermaml.risks.choices import GENERATORS, REMEDIES

ALL_GENERATORS, ALL_REMEDIES = Names(GENERATORS), Names(REMEDIES)


@dataclass(frozen=True)
class Options(Size):
    """What is measured."""

    method: str = "hypermaml"
    """Whose risks: a method with a generator that reads the descriptor."""
    descriptor: Descriptor = "full"
    """How tasks are described."""
    generators: Names = ALL_GENERATORS
    """That complexity and scaling are measured with."""
    remedies: Names = ALL_REMEDIES
    """That embedding quality is measured with."""


def run(args: list[str]) -> None:
    """Measures, and writes the report."""
    names, rest = leading(args, ["FAMILY"], "risks")
    if not names:
        about = f"{__doc__} A FAMILY ({', '.join(FAMILIES)}) has options of its own: hypermaml risks FAMILY --help."
        parse((Options(), Place()), rest, prog="hypermaml risks FAMILY", about=about)
    kind = FAMILIES[check_known("family", names[0], FAMILIES)]
    preset = preset_of(kind, rest)
    check_known("preset", preset, kind.risks)
    experiment = replace(kind.at(preset), **kind.risk_options.get(preset, {}))
    options, budget, experiment, place = parse(
        (Options(), kind.risks[preset], experiment, Place()),
        rest,
        prog=f"hypermaml risks {kind.name}",
        about=f"{__doc__} {kind.__doc__}",
    )
    check_method(options.method, kind)
    check_known("descriptor", options.descriptor, kind.describes)
    folder, began = place.folder(f"{kind.name}-risks-{options.preset}"), time.monotonic()

    from hypermaml.cli.progress import Monitor, clock
    from hypermaml.cli.terminal import errors, output, show_paths
    from hypermaml.report.risks.write import report_risks, sentences_of
    from hypermaml.risks.measure import measure_risks, trials
    from hypermaml.risks.plan import Risks

    risks = Risks(
        experiment, options.method, budget, options.descriptor, tuple(options.generators), tuple(options.remedies)
    )
    runs = trials(risks)
    errors().print(f"The risks of {options.method} on {kind.name}: {len(runs)} training runs, in {folder}.")
    with place.resumable(folder, ["risks", *args]), Monitor(errors(), "starting") as monitor:
        monitor.expect([trial.training_run for trial in runs])

        def finish(*measured) -> None:
            monitor.say("writing the report")
            report_risks(*measured)

        measure_risks(risks, folder, resume=place.resume, report=monitor, finish=finish)
    errors().print(f"Finished in {clock(time.monotonic() - began)}.")
    for title, sentences in sentences_of(folder).items():
        output().print(f"\n{title}", style="bold")
        for sentence in sentences:
            output().print(f"• {sentence}", markup=False)
    show_paths(folder)
