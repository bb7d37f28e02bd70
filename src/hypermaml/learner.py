"""Learners: what a task's model is. Any callable pytree is one; this file holds the wrappers around a network."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from hypermaml.network import Films


class FiLM(eqx.Module):
    """A network whose hidden layers are modulated feature by feature.

    Attributes:
        network: takes an input and the films.
        films: gain and shift of each hidden layer, of the shape of its features; 0 and 0 change nothing.

    Reference:
        Perez et al. 2018, "FiLM" (arXiv 1709.07871), equation 2.
    """

    network: Any
    films: Films

    @property
    def head(self) -> Any:
        """The network's head."""
        return self.network.head

    def __call__(self, x: Float[Array, " input"]) -> Any:
        """The modulated network's output."""
        return self.network(x, self.films)


class Context(eqx.Module):
    """A network that reads a context vector beside its input.

    Attributes:
        network: takes a vector of `input + context` entries.
        context: the task's vector, of shape `(context,)`; whether it adapts is the adapter's `where`.
    """

    network: Any
    context: Float[Array, " context"]

    @property
    def head(self) -> Any:
        """The network's head."""
        return self.network.head

    def __call__(self, x: Float[Array, " input"]) -> Any:
        """The network's output at `[x, context]`."""
        return self.network(jnp.concatenate([x, self.context]))

    def many(self, x: Float[Array, "example input"]) -> Any:
        """The network's outputs at many inputs."""
        return self.network.many(
            jnp.concatenate([x, jnp.broadcast_to(self.context, (len(x), self.context.size))], axis=1)
        )
