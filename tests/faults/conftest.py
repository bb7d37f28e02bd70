"""What the fault suite counts: each outcome by its kind, in one table at the end of `pytest -m faults tests/faults`.

A test calls `tally(kind, outcome)`. The counts travel with its report, so that they come from every process of a suite.
"""

import io
import signal
from collections import Counter
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest

from hypermaml.cli.program import command

PROPERTY = "faults"
SECONDS = 60


class Outcome(NamedTuple):
    """What a command gave."""

    status: int
    output: str
    errors: str

    def is_sentence(self) -> bool:
        """Whether the command failed with one sentence, which ends what it says."""
        lines = self.errors.splitlines()
        told = [line for line in lines if line.startswith("hypermaml: ")]
        return self.status > 0 and bool(lines) and lines[-1] in told and "Traceback" not in self.errors


@contextmanager
def within(seconds: int = SECONDS):
    """Ends the block with an error where it hangs."""

    def end(*_):
        raise TimeoutError(f"no answer within {seconds} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def run_command(*args: object, seconds: int = SECONDS) -> Outcome:
    output, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(output), redirect_stderr(errors), within(seconds):
        try:
            status = command([str(arg) for arg in args])
        except SystemExit as end:
            status = int(end.code or 0)
    return Outcome(status, output.getvalue(), errors.getvalue())


@pytest.fixture(scope="session")
def execute():
    """Runs a command in this process: `execute(*args)` gives an `Outcome`."""
    return run_command


@pytest.fixture(scope="session")
def no_hang():
    """A context that ends with an error after a minute."""
    return within


@pytest.fixture
def tally(record_property):
    """Counts outcomes of a kind of fault: `tally(kind, outcome, n=1)`."""
    counts: Counter[tuple[str, str]] = Counter()

    def count(kind: str, outcome: str, n: int = 1) -> None:
        counts[kind, outcome] += n

    yield count
    for (kind, outcome), n in sorted(counts.items()):
        record_property(PROPERTY, (kind, outcome, n))


def table(counts: Counter[tuple[str, str]]) -> str:
    """Return the counts as a Markdown table: a row for each kind, a column for each outcome."""
    kinds, outcomes = (sorted({key[part] for key in counts}) for part in (0, 1))
    lines = [f"| fault | {' | '.join(outcomes)} |", "|---" + "|--:" * len(outcomes) + "|"]
    for kind in kinds:
        cells = [f"{counts[kind, outcome]:,}" if counts[kind, outcome] else "" for outcome in outcomes]
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    return "\n".join(lines)


def pytest_addoption(parser):
    parser.addoption("--faults-table", type=Path, help="write the table of faults into this Markdown file")


def pytest_terminal_summary(terminalreporter, config):
    counts: Counter[tuple[str, str]] = Counter()
    for report in terminalreporter.getreports(""):  # those of teardown, which hold what the whole test has recorded
        for name, value in report.user_properties:
            if name == PROPERTY:
                kind, outcome, n = value
                counts[kind, outcome] += n
    if counts:
        terminalreporter.section("faults")
        terminalreporter.write_line(table(counts))
        if path := config.getoption("faults_table"):
            path.write_text(table(counts) + "\n")
