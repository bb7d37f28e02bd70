"""Comparisons of trees of arrays."""

from typing import Any

import jax
import numpy as np
from jaxtyping import Array


def numbers(leaf: Any) -> np.ndarray:
    """Return a leaf as an array of NumPy; a random key as its numbers."""
    if isinstance(leaf, jax.Array) and jax.numpy.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        leaf = jax.random.key_data(leaf)
    return np.asarray(leaf)


def same(one: Any, other: Any) -> bool:
    """Return whether two trees have equal leaves."""
    ones, others = jax.tree.leaves(one), jax.tree.leaves(other)
    return len(ones) == len(others) and all(
        np.array_equal(numbers(a), numbers(b), equal_nan=numbers(a).dtype.kind == "f")
        for a, b in zip(ones, others, strict=True)
    )


def rows(stacked: Any) -> list[bytes]:
    """Return the contents of each entry along the first axis of all leaves."""
    leaves = [numbers(leaf) for leaf in jax.tree.leaves(stacked)]
    return [b"".join(leaf[index].tobytes() for leaf in leaves) for index in range(len(leaves[0]))] if leaves else []


def entry(stacked: Any, index: int) -> Any:
    """Return one entry along the first axis of each leaf."""
    return jax.tree.map(lambda leaf: leaf[index], stacked)


def leaf_names(tree: Any) -> list[str]:
    """Return how each leaf is reached, such as `.layers[0].weight`."""
    return [jax.tree_util.keystr(path) for path, _ in jax.tree.leaves_with_path(tree)]


def is_float(leaf: Any) -> bool:
    """Return whether a leaf holds floating-point numbers."""
    return isinstance(leaf, jax.Array | np.ndarray) and jax.numpy.issubdtype(leaf.dtype, jax.numpy.floating)


def perturbed(tree: Any, *, key: Array, size: float = 0.3) -> Any:
    """Return a tree with normal noise on its floating-point arrays, in proportion to their size.

    Layers that start at zero thereby take part.
    """
    leaves, structure = jax.tree.flatten(tree)
    keys = jax.random.split(key, max(len(leaves), 1))

    def moved(leaf: Any, key: Array) -> Any:
        if not is_float(leaf):
            return leaf
        scale = jax.numpy.maximum(jax.numpy.sqrt(jax.numpy.mean(jax.numpy.square(leaf))), 0.1)
        noise = jax.random.normal(key, leaf.shape, leaf.dtype)
        return leaf + (size * scale).astype(leaf.dtype) * noise

    return structure.unflatten([moved(leaf, key) for leaf, key in zip(leaves, keys, strict=True)])
