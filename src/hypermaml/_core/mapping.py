"""Functions of one task for stacked tasks: all at once, in chunks or one after another; on one device or several."""

from collections.abc import Callable
from typing import Any, ClassVar, Protocol

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hypermaml._core.execution import device_count, divided, present, replicated


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
        return _first(divided(of_tasks(*divided(_filled(stacked, _multiple(count, devices))))), count)

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
    outputs = jax.lax.scan(lambda _, part: (None, vmap_tasks(of_task)(*part)), None, parted(stacked, devices), unroll=2)
    return joined(outputs[1], count_of(stacked))


def map_tasks(of_task: Callable[..., Any], family: TakesTasks, *stacked: Any) -> Any:
    """`of_task` of each task, one after another or as many at once as may be; the outputs stacked."""
    return in_turn(of_task, *stacked) if one_at_a_time(family) else in_chunks(vmap_tasks(of_task), *stacked)


def in_chunks(of_chunk: Callable[..., Any], *stacked: Any) -> Any:
    """`of_chunk` of as many stacked tasks as may be taken at once, one chunk after another; the outputs joined.

    Between the chunks nothing is kept for a gradient, which computes each of them again.
    """
    count, most = count_of(stacked), at_once()
    if most is None or count <= most:
        return of_chunk(*stacked)
    again = jax.checkpoint(of_chunk, prevent_cse=False)
    return joined(jax.lax.scan(lambda _, chunk: (None, again(*chunk)), None, parted(stacked, most))[1], count)


def at_once() -> int | None:
    """Return the number of tasks that may be taken at once, a multiple of the devices; `None` for all."""
    most = present().tasks_at_once
    return None if most is None else _multiple(most, device_count())


def parted(stacked: Any, most: int) -> Any:
    """Return stacked tasks in chunks of equal size, as two axes: chunk and task. The last tasks may be the first again.

    A device takes tasks that are neighbors, so that no array moves between devices.

    Args:
        stacked: tasks.
        most: the most tasks of a chunk, a multiple of the devices.
    """
    count = count_of(stacked)
    chunks = -(-count // most)
    size = _multiple(-(-count // chunks), device_count())

    def by_chunk(leaf: Any) -> Any:
        return jnp.moveaxis(leaf.reshape(size, chunks, *leaf.shape[1:]), 0, 1)

    return jax.tree.map(by_chunk, divided(_filled(stacked, size * chunks)))


def weights_of(count: int, most: int) -> Float[Array, "chunk task"]:
    """Return the weight of each task of `parted` in the mean over all tasks; 0 for one that comes again."""
    chunks, size = parted(jnp.arange(count), most).shape
    return (jnp.arange(chunks)[:, None] + chunks * jnp.arange(size) < count) / count


def joined(parts: Any, count: int) -> Any:
    """Return the first tasks of the chunks that `parted` made, stacked in their order."""

    def whole(leaf: Any) -> Any:
        return jnp.moveaxis(leaf, 1, 0).reshape(-1, *leaf.shape[2:])

    return _first(divided(jax.tree.map(whole, parts)), count)


def _multiple(count: int, of: int) -> int:
    return -(-count // of) * of


def _filled(stacked: Any, count: int) -> Any:
    """Return so many tasks, the first ones again after the last."""
    here = count_of(stacked)
    if count == here:
        return stacked
    return jax.tree.map(lambda leaf: leaf[jnp.arange(count) % here], stacked)


def _first(stacked: Any, count: int) -> Any:
    """Return the first tasks; where the devices do not divide them, whole on each device."""
    leaves = jax.tree.leaves(stacked)
    if not leaves or len(leaves[0]) == count:
        return stacked
    return replicated(jax.tree.map(lambda leaf: leaf[:count], stacked))
