"""Adam for the outer loop."""

import functools
import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array

from hypermaml._core.trees import bounded
from hypermaml.outer.configuration import Adam


@functools.cache
def transform_of(config: Adam) -> optax.GradientTransformation:
    """Return Adam with a rate of 1, with the bounds and the decay of the configuration.

    It is one object for all systems, since a compiled chunk is kept for as long as its transformation is the same. The
    decay does not pass Adam's moments (Loshchilov and Hutter 2019, "Decoupled weight decay regularization", arXiv
    1711.05101, algorithm 2).

    Args:
        config: the bounds and the decay.
    """
    bounds = (config.entry_clip, optax.clip), (config.array_clip, clip_arrays), (config.clip, optax.clip_by_global_norm)
    first = [clip(bound) for bound, clip in bounds if not math.isinf(bound)]
    if not config.head_decay:
        return optax.chain(*first, optax.adam(1.0)) if first else optax.adam(1.0)
    decayed = optax.add_decayed_weights(config.head_decay, mask=last_layers)
    return optax.chain(*first, optax.scale_by_adam(), decayed, optax.scale(-1.0))


def clip_arrays(most: float) -> optax.GradientTransformation:
    """Return the transformation that scales each array of a gradient down to a norm.

    Reference:
        https://github.com/google-deepmind/leo, `runner.py`, `_clip_gradients`, with a norm of 0.1 after entries of 0.1.
    """

    def clip(leaf: Array) -> Array:
        return leaf * bounded(jnp.linalg.norm(leaf.ravel()), jnp.asarray(most))

    return optax.stateless(lambda gradient, _: jax.tree.map(clip, gradient))


def last_layers(phi: Any) -> Any:
    """Return which leaves of φ are the last layers of a generator.

    Raises:
        ValueError: none is.
    """
    if not jax.tree.leaves(phi.init.heads):
        raise ValueError("head_decay is above 0, but the method has no generator whose last layers could decay")
    nothing = jax.tree.map(lambda _: False, phi)
    return eqx.tree_at(
        lambda method: method.init.heads, nothing, replace_fn=lambda node: jax.tree.map(lambda _: True, node)
    )
