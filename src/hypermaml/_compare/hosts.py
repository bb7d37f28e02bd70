"""One training run on several hosts, whose processes compute the same program and divide its tasks.

The first process has the run folder and decides what is trained; the others follow it, and write nothing. `Link` ends
all of them where one ends.
"""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from hypermaml._compare.comparison import Comparison
from hypermaml._compare.link import Link, end_now
from hypermaml._compare.training_run import Progress, TrainingRun
from hypermaml._compare.worker import train_into
from hypermaml._misc.digest import digest

ARRIVAL = 300  # seconds in which all processes must have come
_UNHEARD = 100  # seconds after which JAX itself ends the processes; `Link` is sooner


class NoHosts(ValueError):
    """The processes cannot be found."""


@contextmanager
def joined(comparison: Comparison, *, coordinator: str, processes: int, number: int, advice: str) -> Iterator[Link]:
    """Join the processes of `jax.distributed`, and hold a line to them while the block runs.

    Args:
        comparison: what is compared, the same in all.
        coordinator: `ADDRESS:PORT` of the first process; empty to ask the scheduler.
        processes: how many there are; 0 to ask the scheduler.
        number: of this one.
        advice: the command that goes on, which ends the sentence about another process.

    Raises:
        NoHosts: there is no scheduler, or JAX refuses. Where not all processes come, this one ends with a sentence.
        HostEnded: another process was started with other arguments.
    """
    import jax
    import numpy as np
    from jax.experimental import multihost_utils

    # Two programs at a time on a processor would exchange in another order in each process.
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    given = {"coordinator_address": coordinator, "num_processes": processes, "process_id": number}
    all_of_them = f"all of {processes} processes" if processes else "all processes of the job"
    late = threading.Timer(
        ARRIVAL, end_now, [f"not {all_of_them} have come in {ARRIVAL} s; start the same command in each"]
    )
    late.daemon = True
    late.start()
    try:
        # JAX ends the process by a signal where not all come: by then the timer has ended it.
        jax.distributed.initialize(
            **(given if processes else {}), initialization_timeout=2 * ARRIVAL, heartbeat_timeout_seconds=_UNHEARD
        )
    except Exception as error:  # JAX raises its own kinds
        if processes:
            raise NoHosts(f"JAX cannot join {processes} processes at {coordinator}: {error}") from error
        raise NoHosts(
            "no scheduler is found: use srun, mpirun or a job of Kubernetes, or give the number of hosts, the address "
            "of the coordinator and the number of this process"
        ) from error
    finally:
        late.cancel()
    link = Link(jax.process_index(), jax.process_count())
    link.advice = advice
    identity = digest(comparison.identity())
    port = link.listen() if link.number == 0 else 0
    told = np.array([port, int(link.token, 16) >> 32, int(link.token, 16) & 0xFFFFFFFF], np.uint32)
    port, *halves = (int(value) for value in np.asarray(multihost_utils.broadcast_one_to_all(told)))
    link.token = f"{halves[0] << 32 | halves[1]:016x}"
    if link.number == 0:
        link.accept(identity)
    else:
        link.follow(_address(coordinator), port, link.token, identity)
    try:
        yield link
        if link.number:
            link.finished.wait()  # the first process still writes the report
    except BaseException as error:
        sentence = str(error) or type(error).__name__
        if isinstance(error, KeyboardInterrupt):
            sentence = sentence.partition(";")[0]  # without the advice, which is for this process
        else:
            link.wait_for_end()  # the error may be what another process has left
        link.close(sentence)
        raise
    link.close()
    jax.distributed.shutdown()


class Lead:
    """The processes as a crew of `compare`: they train one training run after another, all of them each."""

    def __init__(self, link: Link, folder: Path, everywhere: Callable[[], AbstractContextManager[Any]]):
        """Begin.

        Args:
            link: to the others.
            folder: of the run.
            everywhere: in its block the devices of all processes compute.
        """
        self._link, self._folder, self._everywhere = link, folder, everywhere

    def start(self, jobs: int) -> None:
        """Do nothing: the others wait already."""

    def train(self, trainings: Sequence[TrainingRun], report: Callable[[Progress], None]) -> None:
        """Train these training runs, one after another."""

        def told(progress: Progress) -> None:
            self._link.advance()
            report(progress)

        for each in trainings:
            self._link.order(each.name)
            with self._everywhere():
                train_into(self._folder, each, told)
        self._link.order("")


def follow(link: Link, comparison: Comparison, everywhere: Callable[[], AbstractContextManager[Any]]) -> None:
    """Train with the first process what it orders, until there is no more.

    Args:
        link: to the first process.
        comparison: what is compared.
        everywhere: in its block the devices of all processes compute.

    Raises:
        Ended: this process was asked to end; the first one ends, too.
    """
    planned = {each.name: each for each in comparison.plan()}
    families = comparison.build_families()
    with tempfile.TemporaryDirectory(prefix="hypermaml-") as scratch:
        while name := link.orders.get():
            with everywhere():
                training = planned[name].with_family(families[planned[name].descriptor])
                train_into(Path(scratch), training, lambda _: link.advance())


def _address(coordinator: str) -> str:
    """Return the address of the first process's machine, which JAX knows where a scheduler has given it."""
    if not coordinator:
        from jax._src.distributed import global_state  # nothing public tells it

        coordinator = global_state.coordinator_address or socket.gethostname()
    return coordinator.rsplit(":", 1)[0].strip("[]")
