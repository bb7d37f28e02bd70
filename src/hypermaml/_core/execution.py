"""How training is computed, which changes nothing of its results but their rounding."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

import equinox as eqx
import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from hypermaml._misc.checks import check_count

T = TypeVar("T")
TASKS = "tasks"  # the one axis of the mesh
LARGE = 2**22  # entries from which on an array of the training state is divided among the devices


@dataclass(frozen=True)
class Share:
    """The tasks of a stack that one of several processes takes; the first ones again where they are not divided evenly.

    Attributes:
        first: the number of its first task.
        size: how many it takes.
        count: how many there are in all.
    """

    first: int
    size: int
    count: int

    @property
    def numbers(self) -> np.ndarray:
        """Return the number of each of its tasks in the whole stack."""
        return (self.first + np.arange(self.size)) % self.count


@dataclass(frozen=True)
class Execution:
    """How training is computed.

    Attributes:
        mesh: of the devices that tasks are divided among; `None` for one device.
        share: of this process in the tasks that are computed on its own devices alone; `None` where stacks are whole.
        tasks_at_once: the most tasks whose inner loops are kept in memory together; `None` for all.
        recompute: whether the outer gradient computes each inner step again instead of keeping what it needs of it.
        large: the entries from which on an array of the training state is divided among the devices.
    """

    mesh: Mesh | None = None
    share: Share | None = None
    tasks_at_once: int | None = None
    recompute: bool = False
    large: int = LARGE


# Compiled programs are kept by its value, as by that of every context of JAX.
_PRESENT: Any = jax.make_user_context(Execution())


def present() -> Execution:
    """Return how the code that runs now is computed."""
    return _PRESENT.value


@contextmanager
def computed(
    *, devices: int | Literal["all"] = 1, tasks_at_once: int | None = None, recompute: bool = False
) -> Iterator[None]:
    """Compute training and evaluation in a way, in what is called in the block.

    Args:
        devices: how many tasks are divided among, or all that JAX has, those of other processes too.
        tasks_at_once: the most tasks whose inner loops are kept in memory together, at least 1; `None` for all.
        recompute: whether the outer gradient computes each inner step again instead of keeping what it needs of it.

    Raises:
        ValueError: there are not so many devices, fewer than all where several processes compute together, or a number
            is out of its range.
    """
    here = jax.devices()
    count = len(here) if devices == "all" else check_count("devices", devices)
    if count > len(here):
        several = "1 device" if len(here) == 1 else f"{len(here)} devices"
        raise ValueError(f"devices is {count}, but JAX has {several} here: give at most {len(here)}, or all")
    if jax.process_count() > 1 and 1 < count < len(here):
        raise ValueError(
            f"devices is {count}, but {jax.process_count()} processes have {len(here)}: it must be 1 or all"
        )
    if tasks_at_once is not None:
        tasks_at_once = check_count("tasks_at_once", tasks_at_once)
    mesh = Mesh(np.array(here[:count]), (TASKS,)) if count > 1 else None
    with _PRESENT(Execution(mesh, None, tasks_at_once, recompute, LARGE)):
        yield


@contextmanager
def varied(**changed: Any) -> Iterator[None]:
    """Compute as now but for these attributes of `Execution`, in what is called in the block."""
    with _PRESENT(replace(present(), **changed)):
        yield


def device_count() -> int:
    """Return the number of devices that tasks are divided among."""
    mesh = present().mesh
    return 1 if mesh is None else mesh.size


def divided(tree: T) -> T:
    """Return arrays whose first axis, of a multiple of the number of devices, is divided among the devices."""
    return _constrained(tree, PartitionSpec(TASKS))


def replicated(tree: T) -> T:
    """Return the tree with its arrays whole on each device."""
    return _constrained(tree, PartitionSpec())


def laid_out(tree: T) -> T:
    """Return the training state of a compiled program with its large arrays divided among the devices.

    An array of at least `Execution.large` entries is divided along its longest axis that the devices divide. Every
    other array is whole on each device.
    """
    mesh = present().mesh
    if mesh is None:
        return tree

    def place(leaf: Any) -> Any:
        return jax.lax.with_sharding_constraint(leaf, _layout(mesh, leaf.shape)) if eqx.is_array(leaf) else leaf

    return jax.tree.map(place, tree)


def spread(tree: T) -> T:
    """Return a training state whose large arrays lie as `laid_out` divides them, so that no device holds them whole.

    Several processes call it with the same values.
    """
    mesh = present().mesh
    if mesh is None:
        return tree

    def place(leaf: Any) -> Any:
        if not isinstance(leaf, jax.Array) or not leaf.is_fully_addressable:
            return leaf
        layout = _layout(mesh, leaf.shape)
        if layout.is_fully_replicated or leaf.sharding.is_equivalent_to(layout, leaf.ndim):
            return leaf
        held = np.asarray(leaf)
        return jax.make_array_from_callback(leaf.shape, layout, lambda index: held[index])

    return jax.tree.map(place, tree)


def in_parts(leaf: Any) -> bool:
    """Return whether an array is divided among devices."""
    return isinstance(leaf, jax.Array) and not leaf.is_fully_replicated


def together() -> bool:
    """Return whether several processes compute together here, each with a part of the tasks."""
    mesh = present().mesh
    return mesh is not None and mesh.is_multi_process


def readable(tree: T) -> T:
    """Return the tree of a compiled program as each process can read it: whole on each device if there are several."""
    return replicated(tree) if together() else tree


def divided_axis(shape: tuple[int, ...], devices: int) -> int | None:
    """Return the axis along which an array of the training state is divided; `None` where each device has it whole."""
    axes = [axis for axis, size in enumerate(shape) if size % devices == 0]
    if math.prod(shape) < present().large or not axes:
        return None
    return max(axes, key=lambda axis: shape[axis])


def _layout(mesh: Mesh, shape: tuple[int, ...]) -> NamedSharding:
    axis = divided_axis(shape, mesh.size)
    return NamedSharding(mesh, PartitionSpec() if axis is None else PartitionSpec(*[None] * axis, TASKS))


def _constrained(tree: T, spec: PartitionSpec) -> T:
    mesh = present().mesh
    if mesh is None:
        return tree
    arrays, rest = eqx.partition(tree, eqx.is_array)
    return eqx.combine(jax.lax.with_sharding_constraint(arrays, NamedSharding(mesh, spec)), rest)
