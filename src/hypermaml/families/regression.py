"""What the families of curves share: points, squared errors, networks."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from hypermaml._core.family import AbstractPicture, Metric
from hypermaml._core.supervised import AbstractSupervisedFamily
from hypermaml.nn.likelihood import Gaussian
from hypermaml.nn.mlp import MLP, each

INPUT = (-5.0, 5.0)
GRID = 100
BUMPS = 11


class Examples(eqx.Module):
    """Points of a curve, `x` and `y` of shape `(example,)`."""

    x: Float[Array, " example"]
    y: Float[Array, " example"]


def inputs(batch: Examples) -> Float[Array, "example 1"]:
    """Return the input of each example."""
    return batch.x[:, None]


def outputs(batch: Examples) -> Float[Array, "example 1"]:
    """The output of each example."""
    return batch.y[:, None]


def points(batch: Examples) -> Float[Array, "example 2"]:
    """Return each example as the pair of its input and its output."""
    return jnp.stack([batch.x, batch.y], axis=1)


def of_one_class(batch: Examples) -> Int[Array, " example"]:
    """Return zeros: curves have no classes."""
    return jnp.zeros(batch.x.shape, int)


class AbstractRegression(AbstractSupervisedFamily):
    """Curves from [-5, 5] to numbers, with normal noise on the outputs and squared error.

    A task is callable, from inputs to outputs without noise.

    Attributes:
        hidden: widths of the network's hidden layers.
        output_noise: standard deviation of the noise on every output, scores included, >= 0.
    """

    metrics: ClassVar[Mapping[str, Metric]] = {"mse": Metric()}
    inputs: ClassVar[Callable[[Any], Array]] = staticmethod(inputs)
    items: ClassVar[Callable[[Any], Any]] = staticmethod(points)
    labels: ClassVar[Callable[[Any], Array]] = staticmethod(of_one_class)

    hidden: eqx.AbstractVar[tuple[int, ...]]
    output_noise: eqx.AbstractVar[float]

    @property
    def likelihood(self) -> Gaussian:
        return Gaussian()

    @property
    def targets(self) -> Callable[[Any], Array]:
        return outputs

    def batch(self, learner: Any, task: Any, *, size: int, key: PRNGKeyArray) -> Examples:
        x = jax.random.uniform(key, (size,), minval=INPUT[0], maxval=INPUT[1])
        return self.noisy(Examples(x, task(x)), key)

    def noisy(self, examples: Examples, key: PRNGKeyArray) -> Examples:
        """Return the examples with noise on their outputs, which `key` draws; as they are where there is none."""
        if not self.output_noise:
            return examples
        noise = jax.random.normal(jax.random.fold_in(key, 1), examples.y.shape)
        return Examples(examples.x, examples.y + self.output_noise * noise)

    def predict(self, learner: MLP, x: Float[Array, " example"]) -> Float[Array, " example"]:
        """Return the learner's curve."""
        return each(learner, x[:, None])[:, 0]

    def export_shape(self) -> tuple[int, ...]:
        return (1,)

    def export_predict(self, learner: MLP, x: Float[Array, "example 1"]) -> Float[Array, "example 1"]:
        return each(learner, x)

    def as_batch(self, x: Any, y: Any) -> Examples:
        x, y = self.as_inputs(x), self.as_inputs(y)
        if len(x) != len(y):
            raise ValueError(f"there are {len(x)} inputs and {len(y)} outputs: give one output an input")
        return Examples(x, y)

    def as_inputs(self, x: Any) -> Float[Array, " example"]:
        values = np.asarray(x, float)
        if values.ndim not in (1, 2) or (values.ndim == 2 and values.shape[1] != 1):
            raise ValueError(f"the points have the shape {values.shape}, but it must be (examples, 1) or (examples,)")
        if not np.isfinite(values).all():
            raise ValueError("a point is not finite")
        return jnp.asarray(values.reshape(-1), float)

    def as_predictions(self, predicted: np.ndarray, x: Any) -> np.ndarray:
        return predicted.reshape(np.shape(x))

    def inner_loss(self, learner: MLP, batch: Examples) -> Float[Array, ""]:
        """Return the mean squared error on a batch."""
        return jnp.mean(jnp.square(self.predict(learner, batch.x) - batch.y))

    def outer_loss(self, learner: MLP, batch: Examples) -> Float[Array, ""]:
        return self.inner_loss(learner, batch)

    def test_set(self, task: Any, *, support_key: PRNGKeyArray, query_key: PRNGKeyArray) -> tuple[Examples, Examples]:
        """Return drawn support, and an even grid of 100 points over the inputs' range, its outputs with noise."""
        x = jnp.linspace(*INPUT, GRID)
        support = self.batch(None, task, size=self.shots, key=support_key)
        return support, self.noisy(Examples(x, task(x)), query_key)

    def score(self, learner: MLP, task: Any, query: Examples) -> dict[str, Float[Array, ""]]:
        """Return the mean squared error on the query."""
        return {"mse": self.inner_loss(learner, query)}

    def learner(self, *, context: int = 0, key: PRNGKeyArray) -> MLP:
        return MLP((1 + context, *self.hidden, 1), key=key)

    def item_encoder(self, width: int, *, key: PRNGKeyArray) -> MLP:
        return MLP((2, width, width), key=key)

    def signature(self, batch: Examples) -> Float[Array, " feature"]:
        """Return the mean over points of 11 × 11 normal bumps of deviation 1, at a distance of 1 over [-5, 5]²."""
        centers = jnp.linspace(*INPUT, BUMPS)
        nearness = [jax.nn.softmax(-0.5 * (v[:, None] - centers) ** 2, axis=1) for v in (batch.x, batch.y)]
        features = jnp.einsum("ea,eb->eab", *nearness).reshape(len(batch.x), -1)
        return jnp.mean(features / jnp.linalg.norm(features, axis=1, keepdims=True), axis=0)

    @property
    def picture(self) -> "CurvePicture":
        return CurvePicture()


class CurvePicture(AbstractPicture):
    """Shows the true curve, the support points, and the learner's curve on the grid."""

    name: ClassVar[str] = "predictions"

    def scene(self, family: AbstractRegression, tasks: Any, support: Examples, query: Examples) -> dict[str, Array]:
        x = jnp.linspace(*INPUT, GRID)
        return {
            "x": x,
            "y": jax.vmap(lambda task: task(x))(tasks),
            "support_x": support.x[:, 0],
            "support_y": support.y[:, 0],
        }

    def portrait(
        self, family: AbstractRegression, learner: MLP, task: Any, query: Examples, *, key: PRNGKeyArray
    ) -> Float[Array, " grid"]:
        return family.predict(learner, jnp.linspace(*INPUT, GRID))
