"""What the fault suite counts: each outcome by its kind, in one table at the end of `pytest -m faults tests/faults`.

A test calls `tally(kind, outcome)`. The counts travel with its report, so that they come from every process of a suite.
"""

from collections import Counter
from pathlib import Path

import commands
import pytest
from odd_models import WEIGHTS, small_model
from outcomes import SECONDS, within

PROPERTY = "faults"


@pytest.fixture(scope="session")
def execute():
    """Runs a command in this process: `execute(*args)` gives an `Outcome`."""

    def run(*args: object, seconds: int = SECONDS) -> commands.Outcome:
        with within(seconds):
            return commands.execute(*args)

    return run


@pytest.fixture
def tally(record_property):
    """Counts outcomes of a kind of fault: `tally(kind, outcome, n=1)`."""
    counts: Counter[tuple[str, str]] = Counter()

    def count(kind: str, outcome: str, n: int = 1) -> None:
        counts[kind, outcome] += n

    yield count
    for (kind, outcome), n in sorted(counts.items()):
        record_property(PROPERTY, (kind, outcome, n))


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """What the files of a small model hold."""
    return small_model(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def lay_out(whole, tmp_path):
    def laid_out(**changed):
        for name, held in (whole | {name.replace("_json", ".json"): each for name, each in changed.items()}).items():
            (tmp_path / name.replace("weights", WEIGHTS)).write_bytes(held)
        return tmp_path

    return laid_out


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
