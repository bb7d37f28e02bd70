"""Functions of one task for stacked tasks: all at once, or one after another; on one device or on several."""

from collections.abc import Callable
from typing import Any, ClassVar, Protocol

import jax
import jax.numpy as jnp

from hypermaml._core.execution import device_count, divided, replicated


class TakesTasks(Protocol):
    """The family, which says how its tasks are best taken."""

    one_task_at_a_time: ClassVar[bool]


def count_of(stacked: Any) -> int:
    """Return the number of stacked tasks."""
    return jax.tree.leaves(stacked)[0].shape[0]


def vmap_tasks(of_task: Callable[..., Any]) -> Callable[..., Any]:
    """Return `of_task` for stacked tasks, all at once, the outputs stacked; each device takes a part of the tasks.

    Where the devices do not divide the number of tasks, the first tasks are taken again by those that would idle. What
    they give is left out, so that it has the weight 0 in each mean and each gradient.
    """
    devices, of_tasks = device_count(), jax.vmap(of_task)
    if devices == 1:
        return of_tasks

    def of_parts(*stacked: Any) -> Any:
        count = count_of(stacked)
        return _first(divided(of_tasks(*divided(_filled(stacked, -(-count // devices) * devices)))), count)

    return of_parts


def one_at_a_time(family: TakesTasks) -> bool:
    """Whether to take task after task here: a processor's cache overflows, an accelerator would idle."""
    return family.one_task_at_a_time and jax.default_backend() == "cpu"


def in_turn(of_task: Callable[..., Any], *stacked: Any) -> Any:
    """`of_task` of one task after another, the outputs stacked; each device does so with its part of the tasks.

    Two tasks lie side by side in the loop's body, so that the small operations of one run beside the products of the
    other: on two cores a meta-gradient takes four fifths of the time, and more tasks side by side gain nothing more.
    """
    devices = device_count()
    if devices == 1:
        return jax.lax.scan(lambda _, task: (None, of_task(*task)), None, stacked, unroll=2)[1]
    count = count_of(stacked)
    turns = -(-count // devices)

    def by_turn(leaf: Any) -> Any:  # a device has neighbors, so that no array moves
        return jnp.moveaxis(leaf.reshape(devices, turns, *leaf.shape[1:]), 0, 1)

    def turn(_: None, tasks: Any) -> tuple[None, Any]:
        return None, divided(jax.vmap(of_task)(*divided(tasks)))

    parts = jax.tree.map(by_turn, divided(_filled(stacked, turns * devices)))
    outputs = jax.lax.scan(turn, None, parts, unroll=2)[1]
    outputs = jax.tree.map(lambda leaf: jnp.moveaxis(leaf, 1, 0).reshape(-1, *leaf.shape[2:]), outputs)
    return _first(divided(outputs), count)


def map_tasks(of_task: Callable[..., Any], family: TakesTasks, *stacked: Any) -> Any:
    """`of_task` of each task, one after another or all at once; the outputs stacked."""
    return in_turn(of_task, *stacked) if one_at_a_time(family) else vmap_tasks(of_task)(*stacked)


def _filled(stacked: Any, count: int) -> Any:
    """Return so many tasks, the first ones again after the last."""
    present = count_of(stacked)
    if count == present:
        return stacked
    return jax.tree.map(lambda leaf: leaf[jnp.arange(count) % present], stacked)


def _first(stacked: Any, count: int) -> Any:
    """Return the first tasks; where the devices do not divide them, whole on each device."""
    leaves = jax.tree.leaves(stacked)
    if not leaves or len(leaves[0]) == count:
        return stacked
    return replicated(jax.tree.map(lambda leaf: leaf[:count], stacked))
