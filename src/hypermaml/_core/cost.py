"""The cost of a meta-iteration: arithmetic, memory, seconds; from its compiled program and a short probe."""

import time
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from hypermaml._core.collect import collect
from hypermaml._core.execution import Execution, present, spread
from hypermaml._core.family import AbstractFamily
from hypermaml._core.system import System
from hypermaml._core.train import chunk_on_device, draw_tasks, start, train, update_once
from hypermaml._misc.flops import count_flops

SHORT = 5.0  # seconds that a chunk may take to be measured


@dataclass(frozen=True)
class Cost:
    """The cost of a meta-iteration.

    Attributes:
        flops: floating-point operations; where a simulator runs on the host, those of the update alone.
        memory: bytes that the program of a chunk of iterations holds at once on a device; where a simulator runs on the
            host, that of an update.
        seconds: of an iteration, measured; not a number where it was not.
    """

    flops: float
    memory: int
    seconds: float


class Probe:
    """The programs of meta-training, for a look at their cost.

    Args:
        system: what would be trained.
        family: its tasks.
        meta_batch: tasks of an iteration.
        chunk: iterations of a call.
        key: for tasks and data.
    """

    def __init__(self, system: System, family: AbstractFamily, *, meta_batch: int, chunk: int, key: PRNGKeyArray):
        self.system, self.family, self.meta_batch, self.chunk, self.key = system, family, meta_batch, chunk, key
        self.state, self.total = start(system), jnp.asarray(chunk)
        self._data: Any = None
        self._programs: dict[tuple[int, Execution], Any] = {}

    def memory(self) -> int:
        """Return the bytes that the program holds at once on a device, as XLA has planned them."""
        return _held(self._compiled(self.chunk))

    def cost(self) -> Cost:
        """Return the cost of an iteration, with its seconds."""
        return Cost(self.flops(), *self._measured())

    def flops(self) -> float:
        """Return the floating-point operations of an iteration."""
        if self.family.on_host:
            traced = eqx.filter_make_jaxpr(update_once)(self.state, self.system, self.family, self._drawn(), self.total)
        else:
            traced = eqx.filter_make_jaxpr(chunk_on_device)(*self._arguments(1))
        return count_flops(traced[0])

    def _measured(self) -> tuple[int, float]:
        if self.family.on_host:
            chunks = train(
                self.system, self.family, iterations=10**9, meta_batch=self.meta_batch, chunk=1, key=self.key
            )
            next(chunks)  # compiles
            return self.memory(), min(_seconds(lambda: next(chunks)) for _ in range(2))
        program = self._compiled(self.chunk)
        one = self._compiled(1) if self.chunk > 1 else program
        _seconds(lambda: one(*self._arguments(1)))
        single = min(_seconds(lambda: one(*self._arguments(1))) for _ in range(3))
        if single * self.chunk > SHORT:
            return _held(program), single
        # In short iterations the call of a program counts: a whole chunk is measured, as training calls it.
        whole = min(_seconds(lambda: program(*self._arguments(self.chunk))) for _ in range(3))
        return _held(program), whole / self.chunk

    def _arguments(self, length: int) -> tuple[Any, ...]:
        return spread(self.state), self.system, self.family, self.meta_batch, length, self.total, self.key

    def _compiled(self, length: int) -> Any:
        which = length, present()
        if which not in self._programs:
            if self.family.on_host:
                data = self._drawn()
                lowered: Any = update_once.lower(spread(self.state), self.system, self.family, data, self.total)
            else:
                lowered = chunk_on_device.lower(*self._arguments(length))
            self._programs[which] = lowered.compile()
        return self._programs[which]

    def _drawn(self) -> Any:
        """Return the data of an iteration, for which a simulator on the host has to run."""
        if self._data is None:
            tasks, key = draw_tasks(self.family, self.meta_batch, self.key, self.state.iteration)
            self._data = collect(self.state.method, self.system.objective, self.family, tasks, key=key)
        return self._data


def _held(compiled: Any) -> int:
    found = compiled.compiled.memory_analysis()
    return (
        found.argument_size_in_bytes + found.output_size_in_bytes + found.temp_size_in_bytes - found.alias_size_in_bytes
    )


def _seconds(call: Any) -> float:
    begin = time.perf_counter()
    jax.block_until_ready(eqx.filter(call(), eqx.is_array))
    return time.perf_counter() - begin
