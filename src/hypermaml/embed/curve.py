"""An encoder of curves: convolutions over time."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.embedder import AbstractEmbedder
from hypermaml._core.task_info import Curves, TaskInfo
from hypermaml._core.trees import NonTrainable
from hypermaml.nn.masked import masked_mean_and_deviation
from hypermaml.nn.mlp import MLP

TAPS, STRIDE = 5, 2


class CurveEncoder(AbstractEmbedder):
    """Two convolutions over time, the mean over the times at which something was measured, and two linear layers.

    A convolution reads the standardized series and their masks, so that it can tell 0 from nothing. The value where
    nothing was measured, and how long such an end of a series is, changes nothing.

    Attributes:
        curves: which part of the task_info.
        mean: of each series over meta-training tasks, shape `(series, 1)`.
        deviation: its standard deviation there; 1 where it does not vary.
        layers: of windows of 5 times around every second one; trained.
        last: from the mean over time to the embedding; trained.
    """

    curves: Callable[[TaskInfo], Curves] = eqx.field(static=True)
    mean: NonTrainable
    deviation: NonTrainable
    layers: tuple[eqx.nn.Linear, ...]
    last: MLP

    def __init__(
        self,
        curves: Callable[[TaskInfo], Curves],
        task_info: TaskInfo,
        *,
        width: int,
        size: int,
        key: PRNGKeyArray,
    ):
        """Draw an untrained encoder.

        Args:
            curves: which part of the task_info.
            task_info: of many meta-training tasks, stacked, to standardize with.
            width: features of each convolution, at least 1.
            size: entries of the embedding, at least 1.
            key: for the weights.
        """
        self.curves = curves
        seen = curves(task_info)
        mean, deviation = (of_all[0] for of_all in masked_mean_and_deviation(seen.values, seen.mask, axis=(0, 2)))
        self.mean, self.deviation = NonTrainable(mean), NonTrainable(deviation)
        first, second, last = jax.random.split(key, 3)
        series = seen.values.shape[1]
        self.layers = (
            eqx.nn.Linear(TAPS * 2 * series, width, key=first),
            eqx.nn.Linear(TAPS * width, width, key=second),
        )
        self.last = MLP((width, width, size), key=last)

    def __call__(self, task_info: TaskInfo) -> Float[Array, " embedding"]:
        seen = self.curves(task_info)
        standardized = (seen.values - self.mean()) / self.deviation()
        x = jnp.concatenate([jnp.where(seen.mask > 0, standardized, 0.0), seen.mask]).T
        measured = jnp.max(seen.mask, axis=0)
        for layer in self.layers:
            # A window counts where one of the two times that it stands for was measured.
            measured = jnp.max(jnp.pad(measured, (0, len(measured) % STRIDE)).reshape(-1, STRIDE), axis=1)
            x = jax.nn.relu(windows(x) @ layer.weight.T + layer.bias) * measured[:, None]  # pyright: ignore[reportOperatorIssue]
        return self.last(jnp.sum(x, axis=0) / jnp.maximum(jnp.sum(measured), 1.0))


def windows(x: Float[Array, "time feature"]) -> Float[Array, "time2 window"]:
    """Return the 5 times around every second time, zeros beyond the ends."""
    count = (len(x) + 1) // STRIDE
    x = jnp.pad(x, ((TAPS // 2, TAPS), (0, 0)))
    return jnp.concatenate([x[start : start + STRIDE * count : STRIDE] for start in range(TAPS)], axis=1)
