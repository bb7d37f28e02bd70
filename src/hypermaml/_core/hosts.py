"""What several processes that compute together hand each other, besides what a compiled program exchanges.

A simulator steps outside of any compiled program. Each process then takes a share of the tasks, on devices of its own,
and only what the outer gradient needs is put together. In one process all of this changes nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import equinox as eqx
import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from hypermaml._core.execution import TASKS, Share, in_parts, present, readable, together, varied

T = TypeVar("T")


def leads() -> bool:
    """Return whether this is the process that writes the files: the first one, or the only one."""
    return not together() or jax.process_index() == 0


def agreed(flag: bool) -> bool:
    """Return whether the flag is set in any process; each must call it."""
    return bool(multihost_utils.process_allgather(np.asarray(flag)).any()) if together() else flag


def of_first(tree: T) -> T:
    """Return the tree as the first process has it; each must call it with arrays of the same shapes."""
    if not together():
        return tree
    leaves, structure = jax.tree.flatten(tree)
    arrays = [index for index, leaf in enumerate(leaves) if isinstance(leaf, jax.Array | np.ndarray)]
    handed = multihost_utils.broadcast_one_to_all([np.asarray(leaves[index]) for index in arrays])
    for index, leaf in zip(arrays, handed, strict=True):
        leaves[index] = _own(leaf) if isinstance(leaves[index], jax.Array) else np.asarray(leaf)
    return jax.tree.unflatten(structure, leaves)


def whole(tree: T) -> T:
    """Return a training state that this process alone can read; where there are several, each must call it.

    What is divided among the devices of several processes comes to each of them as an array of NumPy, one array after
    another, so that no device holds more than one of them whole.
    """
    if not together():
        return tree
    return jax.tree.map(
        lambda leaf: np.asarray(multihost_utils.process_allgather(leaf, tiled=True)) if in_parts(leaf) else leaf, tree
    )


def here(tree: T) -> T:
    """Return a training state with its arrays on the device of this process alone; each must call it."""
    return _owned(tree) if together() else tree


def gathered(tree: T) -> T:
    """Return the tree with its arrays on the default device, as those of a single device are; each must call it."""
    return tree if present().mesh is None else _owned(tree)


@contextmanager
def apart(count: int) -> Iterator[Share | None]:
    """Compute on the devices of this process alone in the block, and take its share of so many tasks.

    Yields:
        The share; `None` in a single process, which takes all.
    """
    if not together():
        yield None
        return
    own = jax.local_devices()
    size = -(-count // (jax.process_count() * len(own))) * len(own)
    share = Share(jax.process_index() * size, size, count)
    with varied(mesh=Mesh(np.array(own), (TASKS,)) if len(own) > 1 else None, share=share):
        yield share


def taken(stacked: T, share: Share | None) -> T:
    """Return the tasks of a share."""
    return stacked if share is None else jax.tree.map(lambda leaf: leaf[share.numbers], stacked)


def put_together(stacked: T, share: Share | None) -> T:
    """Return all tasks in their order, divided among all devices, from the share that each process has."""
    if share is None:
        return stacked
    mesh = present().mesh
    assert mesh is not None
    sharding = NamedSharding(mesh, PartitionSpec(TASKS))

    def whole(leaf: Any) -> Any:
        return jax.make_array_from_process_local_data(sharding, np.asarray(leaf)) if _is_array(leaf) else leaf

    stacked = jax.tree.map(whole, stacked)
    return stacked if share.size * jax.process_count() == share.count else _first(stacked, share.count)


@eqx.filter_jit
def _first(stacked: Any, count: int) -> Any:
    return readable(jax.tree.map(lambda leaf: leaf[:count], stacked))


def from_all(stacked: T, share: Share | None) -> T:
    """Return all tasks in their order, from the share that each process has; each must call it."""
    if share is None:
        return stacked
    arrays, structure = jax.tree.flatten(stacked)
    found = multihost_utils.process_allgather([np.asarray(leaf) for leaf in arrays], tiled=True)
    return jax.tree.unflatten(structure, [jax.numpy.asarray(np.asarray(leaf)[: share.count]) for leaf in found])


def _is_array(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array | np.ndarray)


def _owned(tree: T) -> T:
    """Return the tree with each array of JAX as one that is whole here; each process must call it."""
    return jax.tree.map(lambda leaf, read: _own(read) if isinstance(leaf, jax.Array) else leaf, tree, whole(tree))


def _own(leaf: Any) -> Any:
    """Return an array that is whole here, on the default device and free to move."""
    if isinstance(leaf, jax.Array) and jax.numpy.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        return leaf
    return jax.numpy.asarray(np.asarray(leaf))
