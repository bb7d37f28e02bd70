"""The generator g_φ: from an embedding to the initialization of a task's learner."""

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from hypermaml._core.initializer import AbstractInitializer
from hypermaml.nn.mlp import MLP


class AbstractChange(eqx.Module):
    """The addition of a generator, for one task, to the initialization that all tasks share; zero before training.

    An update of Adam at the outer rate moves each generated weight by at most about that rate through the last layers,
    as it moves MAML's θ: that is each kind's to see to, by its scale.
    """

    @abstractmethod
    def __call__(self, embedding: Float[Array, " embedding"]) -> PyTree[Array]:
        """Return the change of each leaf of the learner."""

    @property
    @abstractmethod
    def heads(self) -> PyTree[Array]:
        """Return the last layers, which make weights from features; what a decay of weights acts on."""


class Generator(AbstractInitializer):
    """HyperMAML's generator: θ = b + δ(e), with e the embedding of the task.

    b starts as an ordinary initialization of the learner and δ as zero ("bias-hyperinit"), so that the untrained
    generator gives every task what MAML would start from, whatever the kind of δ.

    Attributes:
        change: δ.
        bias: b, the learner that all tasks share.

    Reference:
        Beck et al. 2022, "Hypernetworks in meta-reinforcement learning" (arXiv 2210.11348), for the initialization.
    """

    change: AbstractChange
    bias: PyTree[Array]

    @property
    def heads(self) -> PyTree[Array]:
        return self.change.heads

    def __call__(self, embedding: Float[Array, " embedding"]) -> Any:
        """Return the learner of the task with this embedding."""
        return eqx.apply_updates(self.bias, self.change(embedding))


class Features(eqx.Module):
    """Hidden layers from a vector to features with a mean square of 1.

    An update of Adam moves each entry of the layer above by about the outer rate. Divided by the number of features,
    its output then moves by at most the rate, since the mean of the features' absolute values is at most 1: whatever
    the width is, and however far the hidden layers have been trained.

    Attributes:
        hidden: to the last hidden layer before it is rectified.

    Reference:
        Yang et al. 2022, "Tensor programs V" (arXiv 2203.03466), for the multiplier.
    """

    hidden: MLP

    def __init__(self, embedding: int, *, width: int, depth: int, key: PRNGKeyArray):
        """Draw untrained layers.

        Args:
            embedding: entries of the vector, at least 1.
            width: of each hidden layer, at least 1.
            depth: the number of hidden layers, at least 1.
            key: for the weights.

        Raises:
            ValueError: a size is below 1.
        """
        for name, value in {"embedding": embedding, "width": width, "depth": depth}.items():
            if value < 1:
                raise ValueError(f"the generator's {name} is {value}: it must be at least 1")
        self.hidden = MLP((embedding, *[width] * depth), key=key)

    def __call__(self, embedding: Float[Array, " embedding"]) -> Float[Array, " width"]:
        hidden = jax.nn.relu(self.hidden(embedding))
        return hidden * jax.lax.rsqrt(jnp.mean(jnp.square(hidden)) + 1e-6)
