"""Common parts of `compare` and `train`: the run folder, progress, and the tables at the end."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

import tyro

from hypermaml._misc.atomic import DISK_FULL, disk_full, is_full
from hypermaml._misc.checks import check_fields
from hypermaml._misc.installation import install
from hypermaml.cli.names import UsageError, check_known
from hypermaml.cli.parse import NOTHING, Names, OptionalInt, OptionalPath, glance
from hypermaml.experiments.experiment import Experiment, Preset
from hypermaml.experiments.settings_file import read_settings
from hypermaml.methods.config import MethodConfig
from hypermaml.run import ending

SETTINGS = "method-settings.json"  # of a run whose settings came from a file


@dataclass(frozen=True)
class Size:
    """The defaults of the budget."""

    preset: Preset = "quick"
    """The budget that the other options change."""


def preset_of(kind: type[Experiment], args: Sequence[str]) -> Preset:
    """Return the preset that the arguments name.

    Raises:
        UsageError: the family has none of this name.
    """
    (size,) = glance((Size(),), args)
    check_known("preset", size.preset, kind.presets)
    return size.preset


@dataclass(frozen=True)
class Machine:
    """How training is computed. A run may go on with other values: its results depend on them by rounding alone."""

    devices: Annotated[str, tyro.conf.arg(metavar="N|all")] = "1"
    """Devices that the tasks of a meta-batch are divided among."""
    tasks_at_once: OptionalInt = None
    """The most tasks whose inner loops are kept in memory together, >= 1; all without it."""
    recompute: Annotated[bool, tyro.conf.arg(help_behavior_hint="")] = False
    """Compute each inner step again for the outer gradient: less memory, more time."""
    hosts: Annotated[str, tyro.conf.arg(metavar="N|auto")] = "1"
    """Processes that divide the tasks, on machines of their own: a number, or auto for those of Slurm, Open MPI or
    Kubernetes. Each is started with this same command."""
    coordinator: Annotated[str, tyro.conf.arg(metavar="ADDRESS:PORT", help_behavior_hint="")] = ""
    """With a number of hosts: where the first process is reached."""
    process: int = 0
    """With a number of hosts: the number of this process, from 0 on."""

    def __post_init__(self):
        if self.devices != "all" and not (self.devices.isdecimal() and int(self.devices) > 0):
            raise ValueError(f"devices is '{self.devices}', but it must be a whole number from 1 on, or all")
        if self.tasks_at_once is not None and self.tasks_at_once < 1:
            raise ValueError(f"tasks_at_once is {self.tasks_at_once}, but it must be at least 1")
        if self.hosts != "auto" and not (self.hosts.isdecimal() and int(self.hosts) > 0):
            raise ValueError(f"hosts is '{self.hosts}', but it must be a whole number from 1 on, or auto")
        if self.counted == 1 and (self.coordinator or self.process):
            which = "coordinator" if self.coordinator else "process"
            raise ValueError(f"{which} is for several hosts: give their number as --hosts")
        if self.counted > 1 and not re.fullmatch(r".+:\d{1,5}", self.coordinator):
            raise ValueError(f"coordinator is '{self.coordinator}', but it must be ADDRESS:PORT of the first process")
        if self.counted and not 0 <= self.process < self.counted:
            raise ValueError(f"process is {self.process}, but it must be from 0 to {self.counted - 1}")
        if self.several and self.devices not in ("1", "all"):
            raise ValueError(f"devices is {self.devices}, but several hosts use all of theirs: leave it out")

    @property
    def counted(self) -> int:
        """Return the number of hosts; 0 where a scheduler tells it."""
        return 0 if self.hosts == "auto" else int(self.hosts)

    @property
    def several(self) -> bool:
        """Return whether several processes divide the tasks."""
        return self.counted != 1

    @contextmanager
    def used(self, *, together: bool = False) -> Iterator[None]:
        """Compute in this way in what is called in the block.

        Args:
            together: whether the processes of several hosts do, each of which is in such a block; else this one alone.

        Raises:
            ValueError: there are not so many devices.
        """
        from hypermaml._core.execution import computed

        every = together or (self.devices == "all" and not self.several)
        devices = "all" if every else 1 if self.several else int(self.devices)
        with computed(devices=devices, tasks_at_once=self.tasks_at_once, recompute=self.recompute):
            yield


@dataclass(frozen=True)
class Source:
    """Where settings of methods come from."""

    config: Annotated[OptionalPath, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: tuned settings)")] = (
        None
    )
    """Settings of methods: best.json of `hypermaml tune`, or config.json of a run. Other methods keep theirs."""

    def settings(self, kind: type[Experiment]) -> dict[str, MethodConfig]:
        """Return the settings in the file, by the name of the method; none without a file.

        Raises:
            UsageError: the file cannot be read, or does not fit the family.
        """
        if self.config is None:
            return {}
        try:
            return read_settings(self.config, kind)
        except (ValueError, OSError) as error:
            raise UsageError(f"--config: {getattr(error, 'strerror', None) or error}") from None

    def files(self) -> dict[str, bytes]:
        """Return the file as a run keeps it, by the name that it has there."""
        return {} if self.config is None else {SETTINGS: self.config.read_bytes()}


@dataclass(frozen=True)
class Jobs:
    """How many training runs are under way, and where. Results do not depend on it."""

    jobs: int = 1
    """Training runs at a time, each in a process of its own, >= 1."""
    submit: Literal["here", "slurm", "local"] = "here"
    """Where training runs go: stay here, or become jobs of Slurm, or for a try jobs of submitit on this machine."""
    seeds_at_once: Annotated[str, tyro.conf.arg(metavar="N|auto")] = "auto"
    """Seeds of a method that train as one program: a number, or auto for all on an accelerator and 1 on a processor."""
    slurm: Annotated[Names, tyro.conf.arg(metavar="KEY=VALUE ...", help_behavior_hint="")] = NOTHING
    """Options of the jobs, such as partition=gpu time=240 mem=16G gpus_per_node=1 cpus_per_task=8."""

    def __post_init__(self):
        check_fields(self)
        if self.seeds_at_once != "auto" and not (self.seeds_at_once.isdecimal() and int(self.seeds_at_once) > 0):
            raise ValueError(
                f"seeds_at_once is '{self.seeds_at_once}', but it must be a whole number from 1 on, or auto"
            )
        if self.seeds_at_once not in ("auto", "1") and (self.jobs > 1 or self.submit != "here"):
            raise ValueError("seeds_at_once is for one process: leave it out, or jobs and submit")
        if self.slurm and self.submit != "slurm":
            raise ValueError(f"slurm has options of jobs, but submit is '{self.submit}': it must be slurm")
        for option in self.slurm:
            if not all(option.partition("=")):
                raise ValueError(f"slurm has '{option}', but each option must be KEY=VALUE, such as partition=gpu")

    @property
    def together(self) -> int | Literal["auto"]:
        """Return the most seeds that train as one program."""
        return "auto" if self.seeds_at_once == "auto" else int(self.seeds_at_once)

    def check_installed(self) -> None:
        """Raise `UsageError` where jobs are asked for and submitit is not installed."""
        if self.submit != "here" and find_spec("submitit") is None:
            raise UsageError(f"--submit needs submitit: {install('cluster')}")


@dataclass(frozen=True)
class Place:
    """The folder of a run."""

    out: Annotated[OptionalPath, tyro.conf.arg(metavar="DIR", help_behavior_hint="(default: a new one in runs/)")] = (
        None
    )
    """The run folder."""
    resume: Annotated[bool, tyro.conf.arg(help_behavior_hint="")] = False
    """Go on with the run in the folder, without --out with the newest of this name, or start it."""

    def folder(self, name: str) -> Path:
        """Return the run folder: as given, or `runs/NAME`, `runs/NAME-2`, … : to resume the last one that exists."""
        if self.out is not None:
            return self.out
        folders, number = [Path("runs", name)], 1
        while folders[-1].exists():
            number += 1
            folders.append(Path("runs", f"{name}-{number}"))
        return folders[-2] if self.resume and number > 1 else folders[-1]

    def advice(self, folder: Path, call: Sequence[str]) -> str:
        """Return the command that goes on."""
        again = [*call, *([] if self.out else ["--out", str(folder)]), *([] if self.resume else ["--resume"])]
        return f"go on with: hypermaml {shlex.join(again)}"

    @contextmanager
    def resumable(self, folder: Path, call: Sequence[str]) -> Iterator[None]:
        """Heed requests to end, and name the command that goes on where one ends the block, or a full disk does."""
        goes_on = self.advice(folder, call)
        try:
            with ending.heeded(goes_on):
                yield
        except ending.Ended:
            raise
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"interrupted; {goes_on}") from None
        except OSError as error:
            if not is_full(error):
                raise
            known = str(error.strerror).startswith(DISK_FULL)  # a library names neither the folder nor its room
            full = error if known else disk_full(folder)
            raise OSError(full.errno, f"{full.strerror}; free some, and {goes_on}") from None
