"""Learners: what a task's model is. Any callable pytree is one; this file holds the wrappers around a network."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float


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
