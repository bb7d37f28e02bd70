"""An encoder of point clouds."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml.embed.embedder import AbstractEmbedder
from hypermaml.evidence import Cloud, Evidence
from hypermaml.network import MLP
from hypermaml.trees import Fixed


class ShapeEncoder(AbstractEmbedder):
    """The greatest of each feature over the points, which does not depend on their order, and two linear layers.

    Attributes:
        cloud: which part of the evidence.
        mean: of each coordinate over the points of meta-training tasks.
        deviation: its standard deviation there; 1 where it does not vary.
        point: from a point to features; trained.
        last: from the greatest features to the embedding; trained.

    Reference:
        Qi et al. 2017, "PointNet" (arXiv 1612.00593), equation 1.
    """

    cloud: Callable[[Evidence], Cloud] = eqx.field(static=True)
    mean: Fixed
    deviation: Fixed
    point: MLP
    last: MLP

    def __init__(
        self, cloud: Callable[[Evidence], Cloud], evidence: Evidence, *, width: int, size: int, key: PRNGKeyArray
    ):
        """An untrained encoder.

        Args:
            cloud: which part of the evidence.
            evidence: of many meta-training tasks, stacked, to standardize with.
            width: features of a point, at least 1.
            size: entries of the embedding, at least 1.
            key: for the weights.
        """
        self.cloud = cloud
        seen = cloud(evidence)
        weight = seen.mask[..., None] / jnp.maximum(jnp.sum(seen.mask), 1.0)
        mean = jnp.sum(weight * seen.points, axis=(0, 1))
        square = jnp.sum(weight * (seen.points - mean) ** 2, axis=(0, 1))
        self.mean, self.deviation = Fixed(mean), Fixed(jnp.where(square > 0, jnp.sqrt(square), 1.0))
        point, last = jax.random.split(key)
        self.point = MLP((len(mean), width, width), key=point)
        self.last = MLP((width, width, size), key=last)

    def __call__(self, evidence: Evidence) -> Float[Array, " embedding"]:
        seen = self.cloud(evidence)
        features = jax.nn.relu(jax.vmap(self.point)((seen.points - self.mean()) / self.deviation()))
        # A rectified feature is at least 0, so that a place without a point never is the greatest.
        return self.last(jnp.max(features * seen.mask[:, None], axis=0))
