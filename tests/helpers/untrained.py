"""Methods as a run would give them, untrained."""

from typing import Any

import equinox as eqx
import jax
import numpy as np

import hypermaml as hm
from hypermaml.apply.trained import Trained

METHODS = {"maml": hm.MAML(inner_lr=0.05), "hypermaml": hm.HyperMAML(inner_lr=0.05, generator=hm.Dense(width=8))}


def untrained(family: Any, *names: str) -> dict[str, Trained]:
    """Return these methods on a family, by name, with noise: a new generator gives each task the same start."""
    built = {name: moved(METHODS[name].build(family, key=jax.random.key(3)).method) for name in names}
    return {name: Trained(METHODS[name], family, method, {}, 0, 0, np.zeros(0)) for name, method in built.items()}


def moved(method: Any) -> Any:
    """Return the method with noise on its trainable arrays."""
    trainable, rest = hm.split_trainable(method)
    leaves, structure = jax.tree.flatten(trainable)
    keys = jax.random.split(jax.random.key(4), len(leaves))
    noisy = [leaf + 0.1 * jax.random.normal(key, leaf.shape) for leaf, key in zip(leaves, keys, strict=True)]
    return eqx.combine(jax.tree.unflatten(structure, noisy), rest)
