"""On how many devices training is computed, which changes nothing of its results but their rounding."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, TypeVar

import equinox as eqx
import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from hypermaml._misc.checks import check_count

T = TypeVar("T")
TASKS = "tasks"  # the one axis of the mesh
# Compiled programs are kept by its value, as by that of every context of JAX.
_MESH: Any = jax.make_user_context(None)


@contextmanager
def on_devices(devices: int | Literal["all"]) -> Iterator[None]:
    """Divide the tasks of each step of training and evaluation among devices, in what is called in the block.

    Args:
        devices: how many, or all that JAX has here; with 1 everything is as without the block.

    Raises:
        ValueError: there are not so many devices, or it is not a number.
    """
    present = jax.devices()
    count = len(present) if devices == "all" else check_count("devices", devices)
    if count > len(present):
        here = "1 device" if len(present) == 1 else f"{len(present)} devices"
        raise ValueError(f"devices is {count}, but JAX has {here} here: give at most {len(present)}, or all")
    with _MESH(Mesh(np.array(present[:count]), (TASKS,)) if count > 1 else None):
        yield


def device_count() -> int:
    """Return the number of devices that tasks are divided among."""
    mesh = _MESH.value
    return 1 if mesh is None else mesh.size


def divided(tree: T) -> T:
    """Return arrays whose first axis, of a multiple of the number of devices, is divided among the devices."""
    return _constrained(tree, PartitionSpec(TASKS))


def replicated(tree: T) -> T:
    """Return the tree with its arrays whole on each device."""
    return _constrained(tree, PartitionSpec())


def gathered(tree: T) -> T:
    """Return the tree with its arrays on the default device, as those of a single device are."""
    if _MESH.value is None:
        return tree
    return jax.tree.map(lambda leaf: jax.numpy.asarray(np.asarray(leaf)) if eqx.is_array(leaf) else leaf, tree)


def _constrained(tree: T, spec: PartitionSpec) -> T:
    mesh = _MESH.value
    if mesh is None:
        return tree
    arrays, rest = eqx.partition(tree, eqx.is_array)
    return eqx.combine(jax.lax.with_sharding_constraint(arrays, NamedSharding(mesh, spec)), rest)
