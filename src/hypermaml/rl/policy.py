"""Gaussian policies."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml.nn.mlp import MLP, Activation


class Gaussian(eqx.Module):
    """A normal distribution over actions with independent coordinates.

    Attributes:
        mean: shape `(..., action)`.
        log_std: natural logarithm of the standard deviation, a shape that broadcasts with the mean's.
    """

    mean: Float[Array, "*batch action"]
    log_std: Float[Array, "*#batch action"]

    def log_prob(self, action: Float[Array, "*batch action"]) -> Float[Array, "*batch"]:
        """The log-density at `action`."""
        z = (action - self.mean) * jnp.exp(-self.log_std)
        return jnp.sum(-0.5 * jnp.square(z) - self.log_std - 0.5 * jnp.log(2 * jnp.pi), axis=-1)

    def divergence_to(self, other: Any) -> Float[Array, "*batch"]:
        """KL(self ‖ other), in nats."""
        ratio = jnp.exp(2 * (self.log_std - other.log_std))
        shift = jnp.square((self.mean - other.mean) * jnp.exp(-other.log_std))
        return jnp.sum(0.5 * (ratio + shift - 1) - self.log_std + other.log_std, axis=-1)

    def fisher(self, tangent: "Gaussian") -> "Gaussian":
        """The Fisher matrix of `(mean, log_std)` times a tangent: 1/σ² on the mean, 2 on log σ."""
        return Gaussian(tangent.mean * jnp.exp(-2 * self.log_std), 2 * tangent.log_std)

    @property
    def mode(self) -> Float[Array, "*batch action"]:
        """The most likely action, which is the mean."""
        return self.mean

    @staticmethod
    def host_noise(draws: Any, shape: tuple[int, ...]) -> np.ndarray:
        """Draw the noise of actions of this shape by `Draws`, NumPy."""
        return draws.standard_normal(shape, np.float32)

    @staticmethod
    def host_action(parameters: np.ndarray, noise: np.ndarray | None) -> np.ndarray:
        """Return actions by NumPy.

        Args:
            parameters: mean and log σ, shape `(2, ..., action)`.
            noise: of `host_noise`; `None` for the most likely action.
        """
        mean, log_std = parameters
        return mean if noise is None else mean + np.exp(log_std) * noise


class GaussianPolicy(eqx.Module):
    """An MLP for the mean and one log σ for all observations; both adapt.

    Attributes:
        network: observation to mean action.
        log_std: shape `(action,)`.
    """

    network: MLP
    log_std: Float[Array, " action"]

    def __init__(
        self,
        observation: int,
        action: int,
        *,
        hidden: tuple[int, ...],
        activation: Activation = jax.nn.relu,
        key: PRNGKeyArray,
    ):
        """Draws the weights.

        Args:
            observation: entries of an observation, with any context joined to it.
            action: entries of an action.
            hidden: widths of the hidden layers.
            activation: of the hidden layers.
            key: for the weights; σ starts as 1.
        """
        self.network = MLP((observation, *hidden, action), activation=activation, key=key)
        self.log_std = jnp.zeros(action)

    @property
    def head(self) -> tuple[Any, ...]:
        """The network's last layer, and log σ."""
        return self.network.head, self.log_std

    def __call__(self, observation: Float[Array, " observation"]) -> Gaussian:
        return Gaussian(self.network(observation), self.log_std)

    def beside(self, observation: Float[Array, " observation"], context: Float[Array, " context"]) -> Gaussian:
        """The distribution, where a context joins the observation."""
        return self(jnp.concatenate([observation, context]))

    def many(self, observations: Float[Array, "example observation"]) -> Gaussian:
        """The distributions at many observations."""
        mean = self.network.many(observations)
        return Gaussian(mean, jnp.broadcast_to(self.log_std, mean.shape))
