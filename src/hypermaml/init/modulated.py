"""Modulation: the same network for every task, whose features the embedding scales and shifts."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from hypermaml._core.initializer import AbstractInitializer
from hypermaml.nn.wrappers import FiLM


class Modulated(AbstractInitializer):
    """Gains and shifts linear in the embedding. Both start at 0 for every embedding, where the network is unchanged.

    Attributes:
        network: has `widths` and takes films; its arrays are trained.
        gains: for each hidden layer a matrix of shape `(feature, embedding + 1)`, the last column a constant.
        shifts: the same.

    Reference:
        Vuorio et al. 2019 (arXiv 1910.13616), section 4.2.
    """

    network: Any
    gains: tuple[Float[Array, "feature columns"], ...]
    shifts: tuple[Float[Array, "feature columns"], ...]

    def __init__(self, network: Any, embedding: int):
        """Draw an untrained one.

        Args:
            network: to be modulated.
            embedding: entries of the embedding.
        """
        self.network = network
        self.gains, self.shifts = (
            tuple(jnp.zeros((width, embedding + 1)) for width in network.widths) for _ in range(2)
        )

    def __call__(self, embedding: Float[Array, " embedding"]) -> FiLM:
        row = jnp.append(embedding, 1.0)
        return FiLM(self.network, tuple((g @ row, s @ row) for g, s in zip(self.gains, self.shifts, strict=True)))
