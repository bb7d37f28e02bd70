"""The outer loop."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from hypermaml._core.collect import collect
from hypermaml._core.execution import in_parts, laid_out, readable, replicated, spread
from hypermaml._core.family import AbstractFamily
from hypermaml._core.hosts import apart, here, put_together, taken
from hypermaml._core.meta_loss import Metrics
from hypermaml._core.method import Method
from hypermaml._core.system import System
from hypermaml._core.trees import split_trainable, stack, unstack
from hypermaml._misc.programs import free_programs

NEWEST = 0.02  # the least share of the newest loss in a running mean


class NonFinite(ValueError):
    """A loss or a gradient of meta-training is not finite."""


class TrainState(eqx.Module):
    """All that changes in meta-training.

    Attributes:
        method: holds φ.
        outer: the state of the outer update.
        iteration: meta-iterations done.
        losses: running means of the losses after each counted step, which a relative objective divides them by; `None`
            for any other objective. Before the first meta-iteration they are 1.
    """

    method: Method
    outer: Any
    iteration: Int[Array, ""]
    losses: Float[Array, " counted"] | None = None


def start(system: System) -> TrainState:
    """Return the state before the first meta-iteration."""
    outer = system.outer.init(system.method)
    losses = jnp.ones(len(system.objective.counted)) if system.objective.relative else None
    state = TrainState(system.outer.handing_over(outer, system.method), outer, jnp.asarray(0), losses)
    # A restored checkpoint has no weak types, and another type would compile the chunk again.
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, leaf.dtype) if eqx.is_array(leaf) else leaf, state)


def train(
    system: System,
    family: AbstractFamily,
    *,
    iterations: int,
    meta_batch: int,
    chunk: int,
    key: PRNGKeyArray,
    state: TrainState | None = None,
) -> Iterator[tuple[TrainState, Metrics]]:
    """Meta-trains, a chunk of iterations at a time, each chunk one call of a compiled function.

    What an iteration draws depends on `key` and its number alone, so that a run that is cut and goes on from a
    yielded state ends where an undisturbed run ends. What a schedule changes depends on the share of `iterations` that
    is done.

    Args:
        system: what to train.
        family: draws meta-training tasks.
        iterations: to reach, counted from the very start.
        meta_batch: tasks of an iteration.
        chunk: iterations between two yields, at least 1; the last chunk may be shorter.
        key: for tasks and data.
        state: to go on from; the start by default.

    Yields:
        The state, and the metrics of the chunk's iterations stacked.

    Raises:
        NonFinite: names the first iteration, task and inner step whose loss or gradient is not finite, or the
            iteration that ends a chunk with an update that is not.
    """
    state = spread(start(system) if state is None else state)
    chunk_of = chunk_on_host if family.on_host else chunk_on_device
    for done, length in _chunks(int(state.iteration), iterations, meta_batch, chunk):
        state, metrics = chunk_of(state, system, family, meta_batch, length, jnp.asarray(iterations), key)
        _check_chunk(state, metrics, done)
        yield state, metrics


def train_side_by_side(
    systems: Sequence[System],
    family: AbstractFamily,
    *,
    iterations: int,
    meta_batch: int,
    chunk: int,
    keys: Sequence[PRNGKeyArray],
    states: Sequence[TrainState],
) -> Iterator[list[tuple[TrainState, Metrics] | NonFinite]]:
    """Meta-trains systems that differ in their arrays alone, such as those of several seeds, as one compiled program.

    Each draws what it draws in `train`. Rounding differs. One whose loss stops being finite takes no part from there
    on, and the others go on.

    Args:
        systems: what to train.
        family: draws meta-training tasks on the device.
        iterations: to reach, counted from the very start.
        meta_batch: tasks of an iteration.
        chunk: iterations between two yields, at least 1; the last chunk may be shorter.
        keys: for tasks and data, one for each system.
        states: to go on from, one for each system, all after the same number of iterations.

    Yields:
        For each system its state and metrics, or why it takes no part.

    Raises:
        ValueError: the systems differ in more than arrays, or a number is out of its range.
    """
    count = len(systems)
    state, system, drawn = stack([*states]), stack([*systems]), jnp.stack([*keys])
    lost: dict[int, NonFinite] = {}
    for done, length in _chunks(int(states[0].iteration), iterations, meta_batch, chunk):
        state, metrics = chunk_side_by_side(state, system, family, meta_batch, length, jnp.asarray(iterations), drawn)
        reached = list(zip(unstack(state, count), unstack(metrics, count), strict=True))
        for index, each in enumerate(reached):
            try:
                _check_chunk(*each, done)
            except NonFinite as error:
                lost.setdefault(index, error)
        yield [lost.get(index, each) for index, each in enumerate(reached)]
        if len(lost) == count:
            return


def _chunks(done: int, iterations: int, meta_batch: int, chunk: int) -> Iterator[tuple[int, int]]:
    """Yield the first iteration and the length of each chunk.

    Raises:
        ValueError: a number is out of its range.
    """
    for name, value in {"meta_batch": meta_batch, "chunk": chunk}.items():
        if value < 1:
            raise ValueError(f"{name} is {value}: it must be at least 1")
    free_programs()  # of earlier training runs of this process
    while done < iterations:
        length = min(chunk - done % chunk, iterations - done)
        yield done, length
        done += length


def _check_chunk(state: TrainState, metrics: Metrics, first: int) -> None:
    """Raise `NonFinite` where a chunk that began at iteration `first` is not finite, or the update that ends it."""
    check_finite(metrics, first)
    # Within a chunk the next iteration's loss shows it.
    if not all(map(_finite, jax.tree.leaves(split_trainable(state.method)[0]))):
        last = first + len(metrics.finite) - 1
        raise NonFinite(f"meta-iteration {last}: the outer update is not finite; lower the outer rate")


def _finite(leaf: Array) -> bool:
    """Return whether each entry is finite; the devices look at their parts of what is divided among them."""
    return bool((jnp if in_parts(leaf) else np).isfinite(leaf).all())


def check_finite(metrics: Metrics, first: int) -> None:
    """Raises `NonFinite` for the first iteration in `metrics` that is not finite; they start at iteration `first`."""
    bad = np.argwhere(~np.asarray(metrics.finite))
    if len(bad):
        iteration, task, step = bad[0]
        last = metrics.finite.shape[-1] - 1
        where = "the outer loss or its step" if step == last else f"the inner loss or its gradient at step {step}"
        raise NonFinite(
            f"meta-iteration {first + iteration}, task {task}: {where} is not finite; "
            "lower the inner or the outer rate, or clip the inner gradient"
        )


@eqx.filter_jit
def draw_tasks(
    family: AbstractFamily, n: int, key: PRNGKeyArray, iteration: Int[Array, ""]
) -> tuple[Any, PRNGKeyArray]:
    """Return the tasks of an iteration, and the key of their data."""
    task_key, data_key = jax.random.split(jax.random.fold_in(key, iteration))
    return family.sample(n, split="meta-train", key=task_key), data_key


@eqx.filter_jit
def update_once(
    state: TrainState, system: System, family: AbstractFamily, data: Any, iterations: Int[Array, ""]
) -> tuple[TrainState, Metrics]:
    """Return the state after an iteration on its data, and what it measured."""
    # Left to itself, XLA would divide what large arrays generate too, with many exchanges in each inner step.
    now = eqx.tree_at(lambda s: s.method, system, replicated(state.method))
    now = system.schedule(now, state.iteration / iterations)
    objective, losses = now.objective, state.losses
    if losses is not None and family.losses_are_errors:
        objective = objective.relative_to(losses)
    outer, method, metrics = now.outer.update(state.outer, now.method, objective, family, data)
    # What the schedule set is of this iteration alone.
    method = eqx.combine(split_trainable(method)[0], split_trainable(state.method)[1])
    if losses is not None and metrics.losses is not None:
        # The mean of the first iterations, later a running one.
        share = jnp.maximum(1 / (state.iteration + 1), NEWEST)
        losses = losses + share * (metrics.losses - losses)
    reached = TrainState(now.outer.handing_over(outer, method), outer, state.iteration + 1, losses)
    return laid_out(reached), readable(metrics)


def chunk_on_host(
    state: TrainState,
    system: System,
    family: AbstractFamily,
    meta_batch: int,
    length: int,
    iterations: Int[Array, ""],
    key: PRNGKeyArray,
) -> tuple[TrainState, Metrics]:
    """Return the state after `length` iterations whose data a simulator on the host draws."""
    told = []
    for _ in range(length):
        method, iteration = here((state.method, state.iteration))
        tasks, data_key = draw_tasks(family, meta_batch, key, iteration)
        with apart(meta_batch) as share:
            data = collect(method, system.objective, family, taken(tasks, share), key=data_key)
        state, metrics = update_once(state, system, family, put_together(data, share), iterations)
        told.append(metrics)
    return state, jax.tree.map(lambda *leaves: jnp.stack(leaves), *here(told))


def _chunk(
    state: TrainState,
    system: System,
    family: AbstractFamily,
    meta_batch: int,
    length: int,
    iterations: Int[Array, ""],
    key: PRNGKeyArray,
) -> tuple[TrainState, Metrics]:
    """Return the state after `length` iterations whose data come from the device."""

    def gather(method: Method, drawn: tuple[Any, PRNGKeyArray]) -> Any:
        tasks, data_key = drawn
        return collect(method, system.objective, family, tasks, key=data_key)

    def iterate(state: TrainState, drawn: Any) -> tuple[TrainState, Metrics]:
        data = gather(replicated(state.method), drawn) if family.on_policy else drawn
        return update_once(state, system, family, data, iterations)

    drawn = jax.vmap(lambda index: draw_tasks(family, meta_batch, key, state.iteration + index))(jnp.arange(length))
    if not family.on_policy:
        # The data do not depend on the learner: all of the chunk's are drawn at once, which is faster than one by one.
        drawn = jax.vmap(lambda drawn: gather(system.method, drawn))(drawn)
    arrays, static = eqx.partition(laid_out(state), eqx.is_array)

    def body(arrays: Any, drawn: Any) -> tuple[Any, Metrics]:
        state, metrics = iterate(eqx.combine(arrays, static), drawn)
        return eqx.filter(state, eqx.is_array), metrics

    arrays, metrics = jax.lax.scan(body, arrays, drawn)
    return laid_out(eqx.combine(arrays, static)), readable(metrics)


chunk_on_device = eqx.filter_jit(_chunk)


@eqx.filter_jit
def chunk_side_by_side(
    state: TrainState,
    system: System,
    family: AbstractFamily,
    meta_batch: int,
    length: int,
    iterations: Int[Array, ""],
    keys: PRNGKeyArray,
) -> tuple[TrainState, Metrics]:
    """Return the states of stacked systems after `length` iterations, as one compiled program."""

    @partial(eqx.filter_vmap, in_axes=(eqx.if_array(0), eqx.if_array(0), 0))
    def of_each(state: TrainState, system: System, key: PRNGKeyArray) -> tuple[TrainState, Metrics]:
        return _chunk(state, system, family, meta_batch, length, iterations, key)

    return of_each(state, system, keys)
