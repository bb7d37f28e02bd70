"""Convolutional networks for learners of images."""

from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml.nn.mlp import EXAMPLES, Films

Normalization = Literal["batch", "none"]
SIDE, STRIDE = 3, 2


class ConvNet(eqx.Module):
    """Convolutions of 3 × 3 with a stride of 2, the mean over places, and a linear layer.

    With the normalization "batch", each feature has mean 0 and deviation 1 over the examples and places of the batch
    that is seen, in training and in tests alike: no running statistics are kept, so that in a test the query examples
    are normalized together (transductive). Such a network runs under `hypermaml.nn.mlp.each` alone.

    A convolution is a linear layer of the patches of 3 × 3 places around every second place, so that weights of a task
    meet all of its patches in one matrix product: with weights that differ between tasks, that is faster on a CPU.

    Attributes:
        layers: the convolutions as layers of patches, and last the head. A bias is added after the normalization.
        films: from a context to gains and shifts of each convolution; empty without a context.
        normalization: "batch" or "none".

    Reference:
        Finn et al. 2017 (arXiv 1703.03400), section 5.2.
    """

    layers: tuple[eqx.nn.Linear, ...]
    films: tuple[eqx.nn.Linear, ...]
    normalization: Normalization = eqx.field(static=True)

    def __init__(
        self,
        filters: int,
        outputs: int,
        *,
        normalization: Normalization,
        depth: int = 4,
        context: int = 0,
        key: PRNGKeyArray,
    ):
        """Draws the weights, uniform in ±1/sqrt(fan-in).

        Args:
            filters: features of each convolution, at least 1.
            outputs: at least 1.
            normalization: of the features.
            depth: convolutions, at least 1.
            context: entries of a context, which scales and shifts the features of each convolution; 0 for none.
            key: for the weights.
        """
        *keys, head = jax.random.split(key, depth + 1)
        inputs = (1, *[filters] * (depth - 1))
        convolutions = [eqx.nn.Linear(SIDE**2 * n, filters, key=k) for n, k in zip(inputs, keys, strict=True)]
        self.layers = (*convolutions, eqx.nn.Linear(filters, outputs, key=head))
        films = [eqx.nn.Linear(context, 2 * filters, use_bias=False, key=jax.random.fold_in(k, 1)) for k in keys]
        self.films = tuple(films) if context else ()
        self.normalization = normalization

    @property
    def head(self) -> eqx.nn.Linear:
        """The last layer."""
        return self.layers[-1]

    @property
    def widths(self) -> tuple[int, ...]:
        """Features of each convolution."""
        return tuple(len(layer.weight) for layer in self.layers[:-1])

    def convolved(self, layer: eqx.nn.Linear, x: Float[Array, "row column feature"]) -> Float[Array, "row column out"]:
        """The features of a layer before they are rectified."""
        x = patches(x) @ layer.weight.T
        return (normalized(x) if self.normalization == "batch" else x) + layer.bias  # pyright: ignore[reportOperatorIssue]

    def features(self, x: Float[Array, "row column 1"], films: Films = ()) -> Float[Array, " feature"]:
        """What the last layer reads."""
        for index, layer in enumerate(self.layers[:-1]):
            x = self.convolved(layer, x)
            if index < len(films):
                gain, shift = films[index]
                x = x * (1 + gain) + shift
            x = jax.nn.relu(x)
        return jnp.mean(x, axis=(0, 1))

    def augmented(self, fast: "ConvNet", x: Float[Array, "row column 1"]) -> Float[Array, " feature"]:
        """What the last layer reads, where each convolution is the sum of its own and another network's outputs."""
        for own, other in zip(self.layers[:-1], fast.layers[:-1], strict=True):
            x = jax.nn.relu(self.convolved(own, x)) + jax.nn.relu(self.convolved(other, x))
        return jnp.mean(x, axis=(0, 1))

    def beside(self, x: Float[Array, "row column 1"], context: Float[Array, " context"]) -> Float[Array, " output"]:
        """The output, where a context scales and shifts the features, as CAVIA's does (arXiv 1810.03642, section 4)."""
        gain_and_shift = [jnp.split(film(context), 2) for film in self.films]
        return self(x, tuple((gain, shift) for gain, shift in gain_and_shift))

    def __call__(self, x: Float[Array, "row column 1"], films: Films = ()) -> Float[Array, " output"]:
        """The output; with `films`, the features of convolution l become h · (1 + gain_l) + shift_l."""
        return self.head(self.features(x, films))


def patches(x: Float[Array, "row column feature"]) -> Float[Array, "row2 column2 patch"]:
    """What surrounds every second place: 3 × 3 places, zeros beyond the border."""
    rows, columns, features = (x.shape[0] + 1) // STRIDE, (x.shape[1] + 1) // STRIDE, x.shape[2]
    beyond = [(1, STRIDE * count + 1 - size) for count, size in zip((rows, columns), x.shape[:2], strict=True)]
    # By twos: a pair holds two of the three columns around a place as they lie, the next pair the third; then the same
    # with rows. The derivative of a slice with a stride would pad between all places, which takes 1.6 times as long.
    x = jnp.pad(x, (*beyond, (0, 0))).reshape(rows + 1, STRIDE, columns + 1, STRIDE * features)
    x = jnp.concatenate([x[:, :, :-1], x[:, :, 1:, :features]], axis=-1)
    return jnp.concatenate([x[:-1, 0], x[:-1, 1], x[1:, 0]], axis=-1)


def normalized(x: Float[Array, "row column feature"]) -> Float[Array, "row column feature"]:
    """Each feature with mean 0 and deviation 1 over places and examples."""
    mean = jax.lax.pmean(jnp.mean(x, axis=(0, 1)), EXAMPLES)
    variance = jax.lax.pmean(jnp.mean((x - mean) ** 2, axis=(0, 1)), EXAMPLES)
    return (x - mean) * jax.lax.rsqrt(variance + 1e-5)
