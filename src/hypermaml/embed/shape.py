"""The embedding of a shape that is told by points of its surface."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml.embed.embedder import AbstractEmbedder
from hypermaml.evidence import Evidence
from hypermaml.network import MLP
from hypermaml.trees import Fixed


class PointCloud(AbstractEmbedder):
    r"""$\rho(\max_k \phi(x_k))$, which does not depend on the order of the points, beside what else is told.

    Attributes:
        beside: of the rest of the evidence, a vector, which stands before the cloud's embedding.
        point: $\phi$, from a point to its features; trained.
        last: $\rho$, from the largest of each feature to the embedding; trained.
        scale: what points are divided by, in m.

    Reference:
        Qi et al. 2017, "PointNet" (arXiv 1612.00593), equation 1, without the transformations of its inputs.
    """

    beside: AbstractEmbedder
    point: MLP
    last: MLP
    scale: Fixed

    def __init__(
        self,
        beside: AbstractEmbedder,
        clouds: Float[Array, "task point 3"],
        *,
        width: int = 64,
        size: int,
        key: PRNGKeyArray,
    ):
        """An untrained encoder.

        Args:
            beside: embeds the rest of the evidence as a vector.
            clouds: of many meta-training tasks; points are divided by the root of their mean square.
            width: features of a point, at least 1.
            size: entries of the cloud's embedding, at least 1.
            key: for the layers.
        """
        point, last = jax.random.split(key)
        self.beside, self.scale = beside, Fixed(jnp.sqrt(jnp.mean(jnp.square(clouds))))
        self.point = MLP((3, width, width), key=point)
        self.last = MLP((width, width, size), key=last)

    def __call__(self, evidence: Evidence) -> Float[Array, " embedding"]:
        """The embedding.

        Raises:
            ValueError: the evidence holds no points.
        """
        if evidence.cloud is None:
            raise ValueError("the method was built for a cloud of points, and the task is described without one")
        features = jax.nn.relu(self.point.many(evidence.cloud / self.scale()))
        return jnp.concatenate([self.beside(evidence), self.last(jnp.max(features, axis=0))])
