"""One training run as a job of a scheduler. Submitit keeps it by the name of its class, and starts it elsewhere."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

JOB = "HYPERMAML_JOB"  # in the environment of a process that trains this one training run


@dataclass(frozen=True)
class TrainingJob:
    """A command that trains one training run.

    Attributes:
        command: reads the name of the training run from its environment.
        name: of the training run.
    """

    command: Sequence[str]
    name: str

    def __call__(self) -> None:
        """Run the command.

        Raises:
            CalledProcessError: it failed.
        """
        subprocess.run(self.command, env={**os.environ, JOB: self.name}, check=True)

    def checkpoint(self) -> Any:
        """Return the job that goes on where the scheduler's time is up: the same, since the run has its checkpoints."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)
