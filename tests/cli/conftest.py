"""The command in this process, and one tiny run that the tests share: copy it before you change it."""

import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from commands import Outcome, execute

from hypermaml.run import checksums

TINY = ("--iterations", "4", "--chunk", "2", "--meta-batch", "2", "--test-tasks", "3", "--validation-tasks", "3")


@pytest.fixture(scope="session")
def hypermaml():
    """Runs the command in this process."""
    return execute


@pytest.fixture(scope="session")
def sizes() -> tuple[str, ...]:
    """The options of a tiny budget."""
    return TINY


class Run(NamedTuple):
    """A finished run, and the arguments and the outcome of the command that made it."""

    folder: Path
    args: tuple[str, ...]
    outcome: Outcome


@pytest.fixture(scope="session")
def run(tmp_path_factory) -> Run:
    folder = tmp_path_factory.mktemp("cli") / "run"
    args = ("compare", "sine", "--methods", "random", "hypermaml", "--seeds", "1", *TINY)
    outcome = execute(*args, "--out", folder)
    assert outcome.status == 0, outcome.errors
    return Run(folder, args, outcome)


@pytest.fixture
def copy(run, tmp_path) -> Path:
    """A copy of the run's folder."""
    return Path(shutil.copytree(run.folder, tmp_path / "copy"))


@pytest.fixture
def rewrite():
    """Writes a file of a run as the program would, with its checksum: `rewrite(path, contents)`."""

    def write(path: Path, contents: dict[str, Any]) -> None:
        if path.name == "config.json":
            path.write_bytes(checksums.render({name: value for name, value in contents.items() if name != "sha256"}))
        else:
            path.write_text(json.dumps(contents))
            checksums.seal(path.parent, [path.name])

    return write
