"""LEO's decoder: a learner whose last layer a latent code adds to."""

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.initializer import AbstractInitializer
from hypermaml.nn.wrappers import Code, Latent


class Decoded(AbstractInitializer):
    """From the code of a task to its learner.

    Attributes:
        network: its arrays are trained; its last layer is where all tasks start from.
        decoder: trained.

    Reference:
        Rusu et al. 2019 (arXiv 1807.05960), section 2.3.2. The paper decodes the whole last layer on features that were
        trained beforehand and stay; here the rest of the network is trained with it, and the last layer has a part
        that is the same for all tasks.
    """

    network: Any
    decoder: Float[Array, "rows latent"]

    def __init__(self, network: Any, latent: int, *, key: PRNGKeyArray):
        """Draw an untrained one.

        Args:
            network: an ordinary initialization.
            latent: entries of a code.
            key: for the decoder.
        """
        self.network = network
        row = network.head.weight.shape[1] + 1
        self.decoder = jax.random.normal(key, (2 * row, latent)) / math.sqrt(row * latent)

    def __call__(self, embedding: Code) -> Latent:
        return Latent(self.network, self.decoder, embedding)


class LatentPenalty(eqx.Module):
    """The addition of LEO to the loss of a task.

    Attributes:
        divergence: weight β of the codes' KL from the standard normal distribution, >= 0.
        encoder: weight γ of the squared distance from the code to where adaptation moved it, which trains the encoder
            to save adaptation the way, >= 0.
        decay: weight of the mean square of network and decoder, >= 0.
        orthogonality: weight of the mean squared correlation between different rows of the decoder, >= 0.

    Reference:
        Rusu et al. 2019 (arXiv 1807.05960), equations 6 and 8 and appendix B.
    """

    divergence: float = eqx.field(static=True)
    encoder: float = eqx.field(static=True)
    decay: float = eqx.field(static=True)
    orthogonality: float = eqx.field(static=True)

    def __call__(self, start: Latent, reached: Latent) -> Float[Array, ""]:
        """Return the penalty of a task, from its learner before and after adaptation."""
        away = jnp.mean((jax.lax.stop_gradient(reached.code.value) - start.code.value) ** 2)
        leaves = [*jax.tree.leaves(start.network), start.decoder]
        square = sum((jnp.sum(leaf**2) for leaf in leaves), start=jnp.zeros(())) / sum(leaf.size for leaf in leaves)
        return (
            self.divergence * start.code.divergence()
            + self.encoder * away
            + self.decay * square
            + self.orthogonality * correlation(start.decoder)
        )


def correlation(matrix: Float[Array, "row column"]) -> Float[Array, ""]:
    """Return the mean squared cosine between different rows."""
    rows = matrix / jnp.maximum(jnp.linalg.norm(matrix, axis=1, keepdims=True), 1e-12)
    return jnp.mean((rows @ rows.T - jnp.eye(len(rows))) ** 2)
