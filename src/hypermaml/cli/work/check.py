"""Check a family, and print the findings as they come."""

from __future__ import annotations

from rich.text import Text

from hypermaml._check.results import MARKS, Finding
from hypermaml._check.run import check as check_family
from hypermaml.cli.terminal import output, show_account
from hypermaml.experiments.experiment import Descriptor, Experiment
from hypermaml.methods.config import MethodConfig

STYLES = {"ok": "green", "warning": "yellow", "error": "red"}


class FaultsFound(ValueError):
    """A check failed; the text says how many."""


def check(experiment: Experiment, method: MethodConfig, *, descriptor: Descriptor, seed: int) -> None:
    """Check a family and print a line for each finding, then the verdict.

    Raises:
        FaultsFound: a check failed.
    """
    screen = output()
    show_account(experiment.account())

    def show(finding: Finding) -> None:
        text = Text(f"{MARKS[finding.level]} {finding.name}: ", style=STYLES[finding.level])
        where = f" [{finding.where}]" if finding.where else ""
        screen.print(text.append(Text(f"{finding.sentence}{where}", style="default")), soft_wrap=True)

    results = check_family(experiment.family(descriptor), method, seed=seed, report=show)
    if not results.ok:
        raise FaultsFound(results.verdict)
    screen.print(Text(results.verdict))
