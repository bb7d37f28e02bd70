"""The generator g_φ: from an embedding to the initialization of a task's learner."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from hypermaml.init.initializer import AbstractInitializer
from hypermaml.network import MLP


class Generator(AbstractInitializer):
    r"""HyperMAML's generator: an MLP over the embedding with one linear head per leaf of the learner.

    $$ \theta = b + \frac{1}{n} W \, \mathrm{rms}(h(e)), \qquad \mathrm{rms}(h) = h / \sqrt{\mathrm{mean}(h^2)} $$

    with $n$ the width. The head's bias $b$ starts as an ordinary initialization of the learner and its weights $W$ as
    zero ("bias-hyperinit"), so that the untrained generator gives every task what MAML would start from.

    An update of Adam moves each entry of $W$ by about the outer rate. Without the factor $1/n$ and the normalization, θ
    would move by the rate times the sum of the hidden layer, which grows with its width and with training; with
    them θ moves by at most the rate through $W$ (the mean of |rms(h)| is at most 1) and by the rate through $b$, as
    MAML's θ does, whatever the width. That is the output multiplier of maximal-update parametrization.

    Attributes:
        hidden: embedding to hidden features of shape `(width,)`, rectified.
        weight: for each leaf of the learner an array of shape `(width, *leaf)`.
        bias: the learner whose arrays are the head's bias.

    Reference:
        Beck et al. 2022, "Hypernetworks in meta-reinforcement learning" (arXiv 2210.11348), for the initialization;
        Yang et al. 2022, "Tensor programs V" (arXiv 2203.03466), for the multiplier.
    """

    hidden: MLP
    weight: PyTree[Array]
    bias: PyTree[Array]

    def __init__(self, learner: Any, embedding: int, *, width: int = 100, depth: int = 2, key: PRNGKeyArray):
        """An untrained generator.

        Args:
            learner: an ordinary initialization of the learner; each of its leaves is generated.
            embedding: the number of entries of an embedding, at least 1.
            width: of each hidden layer, at least 1.
            depth: the number of hidden layers, at least 1.
            key: for the hidden layers.
        """
        for name, value in {"embedding": embedding, "width": width, "depth": depth}.items():
            if value < 1:
                raise ValueError(f"the generator's {name} is {value}: it must be at least 1")
        self.hidden = MLP((embedding, *[width] * depth), key=key)
        self.bias = learner
        self.weight = jax.tree.map(lambda leaf: jnp.zeros((width, *leaf.shape), leaf.dtype), learner)

    def features(self, embedding: Float[Array, " embedding"]) -> Float[Array, " width"]:
        """The last hidden layer, normalized to a mean square of 1."""
        hidden = jax.nn.relu(self.hidden(embedding))
        return hidden * jax.lax.rsqrt(jnp.mean(jnp.square(hidden)) + 1e-6)

    def __call__(self, embedding: Float[Array, " embedding"]) -> Any:
        """The learner of the task with this embedding."""
        features = self.features(embedding)
        return jax.tree.map(lambda b, w: b + jnp.tensordot(features, w, axes=1) / features.size, self.bias, self.weight)
