"""What a pytree of arrays holds: the arrays that are trained, those that are fixed, those that adapt."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Bool, Float, PyTree

T = TypeVar("T")


class NonTrainable(eqx.Module):
    """Arrays that are part of a method and yet not of φ: a given inner rate, the mean of the descriptors.

    They stay dynamic (another value needs no new compilation), take no gradient, and no outer update trains them.

    Attributes:
        value: an array or a tree of arrays. Calling the object returns it without a gradient.
    """

    value: PyTree[Array]

    def __init__(self, value: PyTree[ArrayLike]):
        self.value = jax.tree.map(jnp.asarray, value)

    def __call__(self) -> PyTree[Array]:
        return jax.lax.stop_gradient(self.value)


def is_non_trainable(node: Any) -> bool:
    """Whether the node is `NonTrainable`."""
    return isinstance(node, NonTrainable)


def read(node: Any) -> Any:
    """The value of `node` with each `NonTrainable` in it opened."""
    return jax.tree.map(lambda leaf: leaf() if is_non_trainable(leaf) else leaf, node, is_leaf=is_non_trainable)


def split_trainable(tree: T) -> tuple[T, T]:
    """Part a tree into φ, its trainable floating-point arrays, and everything else.

    Args:
        tree: a method or a part of one.

    Returns:
        `(phi, rest)`, each of the structure of `tree` with `None` where the other holds the leaf;
        `equinox.combine(phi, rest)` joins them again.
    """
    spec = jax.tree.map(
        lambda leaf: not is_non_trainable(leaf) and eqx.is_inexact_array(leaf), tree, is_leaf=is_non_trainable
    )
    return eqx.partition(tree, spec)


def split_selected(tree: T, where: Callable[[T], Any]) -> tuple[T, T]:
    """Parts `tree` into the floating-point arrays inside the nodes that `where` selects, and everything else.

    Args:
        tree: any pytree, for example a learner.
        where: maps the tree to one of its nodes or a tuple of nodes, as in `equinox.tree_at`.
    """
    leaves, structure = jax.tree.flatten(tree)
    numbers = structure.unflatten(range(len(leaves)))  # `equinox.tree_at` would stumble over an empty tuple
    chosen = set(jax.tree.leaves(where(numbers)))
    spec = [number in chosen and eqx.is_inexact_array(leaf) for number, leaf in enumerate(leaves)]
    return eqx.partition(tree, structure.unflatten(spec))


def switch(condition: Bool[Array, ""], off: T, on: T) -> T:
    """Return one of two trees, whose arrays alone may differ."""
    return jax.tree.map(lambda a, b: jnp.where(condition, b, a) if eqx.is_array(a) else a, off, on)


def stack(trees: Sequence[T]) -> T:
    """Return the trees as one, each array with a first axis over them.

    Args:
        trees: at least one.

    Raises:
        ValueError: they differ in more than the values of arrays.
    """
    arrays, rest = zip(*(eqx.partition(tree, eqx.is_array) for tree in trees), strict=True)
    shapes = [jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), each) for each in arrays]
    if not all(eqx.tree_equal((shapes[0], rest[0]), each) for each in zip(shapes[1:], rest[1:], strict=True)):
        raise ValueError("the trees differ in more than the values of their arrays")
    return eqx.combine(jax.tree.map(lambda *leaves: jnp.stack(leaves), *arrays), rest[0])


def unstack(tree: T, count: int) -> list[T]:
    """Return the trees that `stack` made one of.

    Args:
        tree: stacked.
        count: of the trees.
    """
    return [jax.tree.map(lambda leaf, n=n: leaf[n] if eqx.is_array(leaf) else leaf, tree) for n in range(count)]


def count(tree: Any) -> int:
    """How many numbers are trained in `tree`."""
    return sum(leaf.size for leaf in jax.tree.leaves(split_trainable(tree)[0]))


def global_norm(tree: PyTree[Array]) -> Float[Array, ""]:
    """The Euclidean norm of all leaves together; its gradient at zero is zero, not NaN. A leaf's NaN makes it NaN."""
    squares = sum((jnp.sum(jnp.square(leaf)) for leaf in jax.tree.leaves(tree)), start=jnp.zeros(()))
    zero = squares == 0
    return jnp.where(zero, 0.0, jnp.sqrt(jnp.where(zero, 1.0, squares)))


def bounded(norm: Float[Array, ""], clip: Float[Array, ""]) -> Float[Array, ""]:
    """The factor that brings a vector of this norm down to `clip`; its derivative stays finite at `clip = inf`."""
    exceeds = norm > clip
    return jnp.where(exceeds, jnp.where(exceeds, clip, 1.0) / jnp.where(exceeds, norm, 1.0), 1.0)
