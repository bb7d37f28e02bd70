"""Measure the cost of a meta-iteration: operations of its matrix products, compiled memory, and time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import equinox as eqx
import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr
from jaxtyping import Float

from hypermaml._core.collect import collect
from hypermaml._core.family import AbstractFamily
from hypermaml._core.system import System
from hypermaml._core.trees import count


class Iteration(NamedTuple):
    """A compiled meta-iteration.

    Attributes:
        trained: trained parameters.
        operations: of the matrix products of the outer update on collected data, and of collecting them where that
            takes rollouts; a multiplication with an addition counts as two.
        bytes: of memory at once (arguments, results and temporary buffers), as the compiler plans it.
        run: one meta-iteration from the start, tasks and data drawn anew.
    """

    trained: int
    operations: int
    bytes: int
    run: Callable[[], Any]


def products(jaxpr: Jaxpr) -> int:
    """Count the operations of the matrix products in a program; each pass of a loop counts."""
    total = 0
    for equation in jaxpr.eqns:
        parameters = equation.params
        if equation.primitive.name == "dot_general":
            ((contracted, _), _) = parameters["dimension_numbers"]
            left, out = (variable.aval.shape for variable in (equation.invars[0], equation.outvars[0]))  # pyright: ignore
            total += 2 * int(np.prod([left[axis] for axis in contracted])) * int(np.prod(out))
        inner = [value for value in parameters.values() if isinstance(value, Jaxpr | ClosedJaxpr)]
        inner += parameters.get("branches", ())
        times = parameters["length"] if equation.primitive.name == "scan" else 1
        total += times * sum(products(each.jaxpr if isinstance(each, ClosedJaxpr) else each) for each in inner)
    return total


def iteration_of(system: System, family: AbstractFamily, *, tasks: int) -> Iteration:
    """Compile a meta-iteration.

    Args:
        system: untrained.
        family: of the tasks; not simulated on the host.
        tasks: of the iteration.
    """
    key = jax.random.key(0)
    arrays, static = eqx.partition((system.method, system.outer.init(system.method)), eqx.is_array)

    def gather(arrays: Any, key: jax.Array) -> Any:
        method, _ = eqx.combine(arrays, static)
        drawn = family.sample(tasks, split="meta-train", key=key)
        return collect(method, system.objective, family, drawn, key=key)

    def update(arrays: Any, data: Any) -> Any:
        method, state = eqx.combine(arrays, static)
        return eqx.filter(system.outer.update(state, method, system.objective, family, data), eqx.is_array)

    compiled = jax.jit(lambda arrays, key: update(arrays, gather(arrays, key))).lower(arrays, key).compile()
    held: Any = compiled.memory_analysis()
    data = jax.eval_shape(gather, arrays, key)
    operations = products(jax.make_jaxpr(update)(arrays, data).jaxpr)
    if family.on_policy:
        operations += products(jax.make_jaxpr(gather)(arrays, key).jaxpr)
    return Iteration(
        count(system.method),
        operations,
        held.temp_size_in_bytes + held.argument_size_in_bytes + held.output_size_in_bytes,
        lambda: compiled(arrays, key),
    )


def interleaved(
    functions: Mapping[str, Callable[[], Any]], *, rounds: int, seconds: float = 0.0
) -> dict[str, Float[np.ndarray, " round"]]:
    """Return the seconds of a call of each function in each round, after one call that may compile.

    The functions alternate, so that other load of the machine slows all of them alike.

    Args:
        functions: by name; each call ends when its result is computed.
        rounds: number of rounds.
        seconds: the least duration of a function's calls in a round: a quick function is called several times, and the
            mean counts.
    """

    def measure(function: Callable[[], Any], calls: int) -> float:
        start = time.perf_counter()
        for _ in range(calls):
            jax.block_until_ready(function())
        return (time.perf_counter() - start) / calls

    calls = {}
    for name, function in functions.items():
        jax.block_until_ready(function())
        calls[name] = max(1, round(seconds / measure(function, 1))) if seconds else 1
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            times[name].append(measure(function, calls[name]))
    return {name: np.array(values) for name, values in times.items()}
