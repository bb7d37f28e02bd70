"""Memory and time of a training run before it begins, and the number of tasks at once that a memory allows."""

from __future__ import annotations

from dataclasses import dataclass

import jax

from hypermaml._compare.training_run import TrainingRun
from hypermaml._core.cost import Cost, Probe
from hypermaml._core.execution import device_count, varied
from hypermaml._core.mapping import one_at_a_time
from hypermaml._core.trees import count
from hypermaml._misc.memory import available

TRIES = 4  # of a number of tasks at once


@dataclass(frozen=True)
class Plan:
    """What a training run will take.

    Attributes:
        trained: numbers that are meta-trained.
        learner: numbers of the model of a task.
        cost: of a meta-iteration; `None` where it does not fit.
        needed: bytes of an iteration as it was asked for.
        memory: bytes that it may take; `None` where this is not known.
        tasks_at_once: the most that fit in the memory; `None` where all do, or where a single one does not.
    """

    trained: int
    learner: int
    cost: Cost | None
    needed: int
    memory: int | None
    tasks_at_once: int | None


def plan(training: TrainingRun, *, memory: int | None = None) -> Plan:
    """Return what a training run will take; its programs are compiled, and a few iterations are run.

    Args:
        training: what would be trained.
        memory: bytes that an iteration may take on a device; what is free there by default.
    """
    budget, system = training.budget, training.build()
    chunk = min(budget.chunk, max(training.iterations, 1))
    probe = Probe(system, training.family, meta_batch=budget.meta_batch, chunk=chunk, key=training.training_key())
    memory = _free() if memory is None else memory
    needed, most, cost = probe.memory(), None, None
    fits = memory is None or needed <= memory
    if memory is not None and not fits and not one_at_a_time(training.family):
        most = tasks_that_fit(probe, budget.meta_batch, memory)
    if fits:
        cost = probe.cost()
    elif most is not None:
        with varied(tasks_at_once=most):
            cost = probe.cost()
    learner = sum(leaf.size for leaf in jax.tree.leaves(jax.eval_shape(_learner(training))))
    return Plan(count(system.method), learner, cost, needed, memory, most)


def tasks_that_fit(probe: Probe, meta_batch: int, memory: int) -> int | None:
    """Return the most tasks at once with which a program fits in a memory; `None` where one for each device does not.

    Two numbers of tasks give a straight line, and the number that it names is checked.

    Args:
        probe: of the program.
        meta_batch: tasks of an iteration.
        memory: bytes.
    """

    def held(tasks: int) -> int:
        with varied(tasks_at_once=tasks):
            return probe.memory()

    devices = device_count()
    few = max(meta_batch // 16 // devices, 1) * devices
    several = 2 * few
    one, two = held(few), held(several)
    each = max((two - one) / (several - few), 1.0)
    most = few + (memory - one) / each
    for _ in range(TRIES):
        tasks = int(min(most, meta_batch)) // devices * devices
        if tasks < devices:
            return None
        if held(tasks) <= memory:
            return tasks
        most = 0.9 * tasks
    return None


def _learner(training: TrainingRun):
    return lambda: training.family.learner(key=jax.random.key(0))


def _free() -> int | None:
    """Return the bytes that are free on a device; of a processor, those of the machine."""
    device = jax.devices()[0]
    if device.platform == "cpu":
        return available()
    found = device.memory_stats() or {}
    return found["bytes_limit"] - found["bytes_in_use"] if "bytes_limit" in found else None
