"""The command in this process, and the scores of runs that are to agree."""

import csv
import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hypermaml.cli.program import command


class Outcome(NamedTuple):
    """What a command gave."""

    status: int
    output: str
    errors: str

    @property
    def sentence(self) -> str:
        """The one line on standard error, without the program's name."""
        (line,) = self.errors.splitlines()
        assert line.startswith("hypermaml: ")
        return line.removeprefix("hypermaml: ")

    def is_sentence(self) -> bool:
        """Whether the command failed with one sentence, which ends what it says."""
        lines = self.errors.splitlines()
        told = [line for line in lines if line.startswith("hypermaml: ")]
        return self.status > 0 and bool(lines) and lines[-1] in told and "Traceback" not in self.errors


def execute(*args: object) -> Outcome:
    """Run the command with these arguments."""
    output, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(output), redirect_stderr(errors):
        try:
            status = command([str(arg) for arg in args])
        except SystemExit as end:
            status = int(end.code or 0)
    return Outcome(status, output.getvalue(), errors.getvalue())


def assert_same_scores(one: Path, other: Path) -> None:
    """Compare the scores of two runs, which may have added up in another order."""
    found = []
    for folder in (one, other):
        with (folder / "results.csv").open(newline="") as file:
            found.append(np.array([float(row["value"]) for row in csv.DictReader(file)]))
    np.testing.assert_allclose(*found, rtol=1e-3)
    np.testing.assert_allclose(found[0].mean(), found[1].mean(), rtol=1e-5)
