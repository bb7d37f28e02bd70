"""Training runs as jobs of a scheduler, through submitit."""

from __future__ import annotations

import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import submitit
from submitit.local.local import LocalJob

from hypermaml._compare.crew import WorkerEnded
from hypermaml._compare.job import TrainingJob
from hypermaml._compare.training_run import Progress, TrainingRun
from hypermaml._misc.atomic import write_atomic

Cluster = Literal["local", "slurm"]
_POLL = {"local": 0.2, "slurm": 5.0}  # s between two looks
_SEEN = {"local": 0.0, "slurm": 60.0}  # s until each machine sees what another one wrote
_LONGEST = 7 * 24 * 60  # min, that submitit gives a job unless one says otherwise


class JobArray:
    """Jobs that train, in the place of the processes of a `Crew`.

    What was handed to the scheduler is kept in `jobs.json`. Jobs outlive the process that submitted them, and another
    one waits for those that are still there.
    """

    def __init__(
        self,
        command: Sequence[str],
        jobs: int,
        *,
        cluster: Cluster,
        folder: Path,
        finished: Callable[[str], bool],
        options: Mapping[str, str],
        show: Callable[[str], None] = lambda _: None,
    ):
        """Begin.

        Args:
            command: trains the training run whose name its environment has (`hypermaml._compare.job.JOB`).
            jobs: at a time, at least 1.
            cluster: `slurm`, or `local` for this machine.
            folder: for what submitit keeps, and the output of jobs; both sides see it.
            finished: whether the training run of a name is finished.
            options: of the scheduler, by the names that submitit gives them without `slurm_`.
            show: called with a sentence on what was submitted.
        """
        self._command, self._jobs, self._cluster, self._options = tuple(command), jobs, cluster, options
        self._folder, self._finished, self._show = folder, finished, show
        self._executor: Any = None

    def __enter__(self) -> JobArray:
        return self

    def __exit__(self, *exception: object) -> None:
        """Leave the jobs alone."""

    def start(self, jobs: int) -> None:
        """Find the scheduler.

        Raises:
            ValueError: it is not here, or has no such option.
        """
        if self._cluster == "slurm" and shutil.which("srun") is None:
            raise ValueError(
                "--submit slurm: the program srun is not found; run the command on a machine of the cluster, or take "
                "--submit local"
            )
        logging.getLogger("submitit").setLevel(logging.ERROR)
        limit = {"slurm_array_parallelism": self._jobs} if self._cluster == "slurm" else {}
        options = {f"slurm_{name}": int(value) if value.isdecimal() else value for name, value in self._options.items()}
        try:
            self._executor = submitit.AutoExecutor(self._folder, cluster=self._cluster)
            self._executor.update_parameters(name="hypermaml", **{"timeout_min": _LONGEST, **limit, **options})
        except (RuntimeError, NameError, ValueError, TypeError) as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise ValueError(f"--submit {self._cluster}: {reason}") from None

    def train(self, trainings: Sequence[TrainingRun], report: Callable[[Progress], None]) -> None:
        """Run these training runs, in their order.

        Args:
            trainings: training runs whose facts are recorded.
            report: called with the progress of each.

        Raises:
            WorkerEnded: a job has ended before its training run. The others go on; no new one is submitted.
        """
        under_way = {name: job for name, job in self._known().items() if any(each.name == name for each in trainings)}
        if under_way:
            self._show(f"{len(under_way)} of the jobs that were submitted before are still there: waiting for them.")
        left = [each for each in trainings if each.name not in under_way]
        for each in [each for each in left if self._finished(each.name)]:  # by a job of before, in the meantime
            left.remove(each)
            report(Progress(each.name, each.iterations, each.iterations, "finished"))
        if left and self._cluster == "slurm":
            self._submit(left, under_way)
            left = []
        by_name, ended = {each.name: each for each in trainings}, dict[str, float]()
        while left or under_way:
            room = self._jobs - len(under_way)
            if left and room > 0:
                self._submit(left[:room], under_way)
                del left[:room]
            for name, job in list(under_way.items()):
                if not job.done():
                    continue
                if not self._finished(name):
                    if time.monotonic() - ended.setdefault(name, time.monotonic()) < _SEEN[self._cluster]:
                        continue
                    raise WorkerEnded(self._reason(name, job))
                del under_way[name]
                report(Progress(name, by_name[name].iterations, by_name[name].iterations, "finished"))
            time.sleep(_POLL[self._cluster] if under_way else 0)
        shutil.rmtree(self._folder)

    def _submit(self, trainings: Sequence[TrainingRun], under_way: dict[str, Any]) -> None:
        with self._executor.batch():
            jobs = [self._executor.submit(TrainingJob(self._command, each.name)) for each in trainings]
        under_way |= {each.name: job for each, job in zip(trainings, jobs, strict=True)}
        known = {name: [self._cluster, job.job_id] for name, job in under_way.items()}
        write_atomic(self._folder / "jobs.json", json.dumps(known, indent=1) + "\n")
        self._show(f"Submitted {', '.join(f'{each.name} as {under_way[each.name].job_id}' for each in trainings)}.")

    def _known(self) -> dict[str, Any]:
        """Return the jobs of an earlier process that are still there, by the names of their training runs."""
        found = {}
        with suppress(FileNotFoundError, ValueError):
            for name, (cluster, identity) in json.loads((self._folder / "jobs.json").read_text()).items():
                if cluster == "slurm":
                    job: Any = submitit.SlurmJob(self._folder, identity)
                    alive = not job.done(force_check=True)
                else:
                    job, alive = _Orphan(self._folder, identity), _Orphan.alive(identity)
                if alive and not self._finished(name):
                    found[name] = job
        return found

    def _reason(self, name: str, job: Any) -> str:
        """Return why a job ended, as far as its output tells."""
        output, last = job.paths.stderr, ""
        with suppress(OSError):
            lines = output.read_text(errors="backslashreplace").splitlines()
            sentences = [line for line in lines if line.startswith("hypermaml: ")]
            last = f": {sentences[-1].removeprefix('hypermaml: ')}" if sentences else ""
        return f"job {job.job_id} of {name} ended before its training run{last} (see {output}); --resume goes on"


class _Orphan(LocalJob):
    """A job on this machine whose process another process has started."""

    def done(self, force_check: bool = False) -> bool:
        return not self.alive(self.job_id)

    @staticmethod
    def alive(identity: str) -> bool:
        """Return whether the process of a job is there, and is a job."""
        with suppress(OSError):
            os.kill(int(identity), 0)
            return b"submitit" in Path(f"/proc/{identity}/cmdline").read_bytes()
        return False
