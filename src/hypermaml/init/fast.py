"""The slow weights of meta networks."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.initializer import AbstractInitializer
from hypermaml._core.trees import NonTrainable
from hypermaml.nn.mlp import MLP
from hypermaml.nn.wrappers import FastSlow


class Slow(AbstractInitializer):
    """The same slow weights for every task, with an empty memory.

    Attributes:
        base: what predicts; trained.
        keyed: what makes keys; trained.
        meta: makes fast weights of the base; trained.
        keyed_meta: makes fast weights of the keys' network; trained.
        empty: fast weights of the keys, keys and memory before adaptation.
    """

    base: Any
    keyed: Any
    meta: MLP
    keyed_meta: MLP
    empty: NonTrainable

    def __init__(self, base: Any, keyed: Any, *, examples: int, width: int, key: PRNGKeyArray):
        """Draw untrained ones.

        Args:
            base: an ordinary initialization of the learner.
            keyed: another one.
            examples: of a support set.
            width: hidden units of what transforms gradients.
            key: for these.
        """
        self.base, self.keyed = base, keyed
        self.meta, self.keyed_meta = (MLP((2, width, 1), key=each) for each in jax.random.split(key))
        nothing = jax.tree.map(jnp.zeros_like, keyed)
        memory = jax.tree.map(lambda leaf: jnp.zeros((examples, *leaf.shape), leaf.dtype), base)
        self.empty = NonTrainable((nothing, jnp.zeros((examples, keyed.head.weight.shape[1])), memory))

    def __call__(self, embedding: Float[Array, " embedding"]) -> FastSlow:
        return FastSlow(self.base, self.keyed, self.meta, self.keyed_meta, *self.empty())
