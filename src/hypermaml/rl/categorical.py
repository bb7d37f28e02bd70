"""Policies over finitely many actions."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml.nn.mlp import MLP, Activation
from hypermaml.rl.policy import Gaussian


class Categorical(eqx.Module):
    """A distribution over finitely many actions; an action is a vector with 1 at its place and 0 elsewhere.

    Attributes:
        logits: shape `(..., action)`; they need not be normalized.
    """

    logits: Float[Array, "*batch action"]

    @property
    def log_probabilities(self) -> Float[Array, "*batch action"]:
        """The natural logarithm of each action's probability."""
        return jax.nn.log_softmax(self.logits)

    def log_prob(self, action: Float[Array, "*batch action"]) -> Float[Array, "*batch"]:
        """The log-probability of `action`."""
        return jnp.sum(action * self.log_probabilities, axis=-1)

    def divergence_to(self, other: Any) -> Float[Array, "*batch"]:
        """KL(self ‖ other), in nats."""
        own = self.log_probabilities
        return jnp.sum(jnp.exp(own) * (own - other.log_probabilities), axis=-1)

    def fisher(self, tangent: "Categorical") -> "Categorical":
        """The Fisher matrix of the logits times a tangent: diag(p) - p pᵀ."""
        p = jax.nn.softmax(self.logits)
        return Categorical(p * (tangent.logits - jnp.sum(p * tangent.logits, axis=-1, keepdims=True)))

    @property
    def mode(self) -> Float[Array, "*batch action"]:
        """The most likely action."""
        return jax.nn.one_hot(jnp.argmax(self.logits, axis=-1), self.logits.shape[-1])

    @staticmethod
    def host_noise(draws: Any, shape: tuple[int, ...]) -> np.ndarray:
        """Draw the noise of actions by `Draws`, NumPy: the largest of logits and Gumbel noise is the action."""
        return -np.log(draws.standard_exponential(shape, np.float32) + np.finfo(np.float32).tiny)

    @staticmethod
    def host_action(parameters: np.ndarray, noise: np.ndarray | None) -> np.ndarray:
        """Return actions by NumPy.

        Args:
            parameters: logits, shape `(1, ..., action)`.
            noise: of `host_noise`; `None` for the most likely action.
        """
        logits = parameters[0] if noise is None else parameters[0] + noise
        return np.eye(logits.shape[-1], dtype=np.float32)[logits.argmax(-1)]


Behaviour = Gaussian | Categorical  # what a policy gives


class CategoricalPolicy(eqx.Module):
    """An MLP for the logits of each action.

    Attributes:
        network: observation to logits.
    """

    network: MLP

    def __init__(
        self,
        observation: int,
        action: int,
        *,
        hidden: tuple[int, ...],
        activation: Activation = jax.nn.relu,
        key: PRNGKeyArray,
    ):
        """Draw the weights.

        Args:
            observation: entries of an observation, with any context joined to it.
            action: how many actions there are.
            hidden: widths of the hidden layers.
            activation: of the hidden layers.
            key: for the weights.
        """
        self.network = MLP((observation, *hidden, action), activation=activation, key=key)

    @property
    def head(self) -> Any:
        """The network's last layer."""
        return self.network.head

    def __call__(self, observation: Float[Array, " observation"]) -> Categorical:
        return Categorical(self.network(observation))

    def beside(self, observation: Float[Array, " observation"], context: Float[Array, " context"]) -> Categorical:
        """The distribution, where a context joins the observation."""
        return self(jnp.concatenate([observation, context]))

    def many(self, observations: Float[Array, "example observation"]) -> Categorical:
        """The distributions at many observations."""
        return Categorical(self.network.many(observations))
