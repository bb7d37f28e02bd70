"""An encoder of point clouds."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.embedder import AbstractEmbedder
from hypermaml._core.task_info import Cloud, TaskInfo
from hypermaml._core.trees import NonTrainable
from hypermaml.nn.masked import masked_mean_and_deviation
from hypermaml.nn.mlp import MLP


class ShapeEncoder(AbstractEmbedder):
    """The greatest of each feature over the points, which does not depend on their order, and two linear layers.

    Attributes:
        cloud: which part of the task_info.
        mean: of each coordinate over the points of meta-training tasks.
        deviation: its standard deviation there; 1 where it does not vary.
        point: from a point to features; trained.
        last: from the greatest features to the embedding; trained.

    Reference:
        Qi et al. 2017, "PointNet" (arXiv 1612.00593), equation 1.
    """

    cloud: Callable[[TaskInfo], Cloud] = eqx.field(static=True)
    mean: NonTrainable
    deviation: NonTrainable
    point: MLP
    last: MLP

    def __init__(
        self, cloud: Callable[[TaskInfo], Cloud], task_info: TaskInfo, *, width: int, size: int, key: PRNGKeyArray
    ):
        """Draw an untrained encoder.

        Args:
            cloud: which part of the task_info.
            task_info: of many meta-training tasks, stacked, to standardize with.
            width: features of a point, at least 1.
            size: entries of the embedding, at least 1.
            key: for the weights.
        """
        self.cloud = cloud
        seen = cloud(task_info)
        mean, deviation = (
            of_all[0, 0] for of_all in masked_mean_and_deviation(seen.points, seen.mask[..., None], axis=(0, 1))
        )
        self.mean, self.deviation = NonTrainable(mean), NonTrainable(deviation)
        point, last = jax.random.split(key)
        self.point = MLP((len(mean), width, width), key=point)
        self.last = MLP((width, width, size), key=last)

    def __call__(self, task_info: TaskInfo) -> Float[Array, " embedding"]:
        seen = self.cloud(task_info)
        features = jax.nn.relu(jax.vmap(self.point)((seen.points - self.mean()) / self.deviation()))
        # A rectified feature is at least 0, so that a place without a point never is the greatest.
        return self.last(jnp.max(features * seen.mask[:, None], axis=0))
