"""Networks for learners and generators."""

from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

Activation = Callable[[Array], Array]
Films = tuple[tuple[Array, Array], ...]
EXAMPLES = "examples"
FEW = 64  # examples up to which one a row is faster


def each(network: Callable[[Any], Any], x: Any) -> Any:
    """The network's output at each of the examples in `x`; one that normalizes over examples sees all of them."""
    return jax.vmap(network, axis_name=EXAMPLES)(x)


class MLP(eqx.Module):
    """A multilayer perceptron with a linear output.

    Unlike those of `equinox.nn.MLP`, all its leaves are arrays: it passes through `scan`, `vmap` and a generator.

    Attributes:
        layers: weights uniform in ±1/sqrt(fan-in), as equinox and torch draw them.
        activation: of the hidden layers.
    """

    layers: tuple[eqx.nn.Linear, ...]
    activation: Activation = eqx.field(static=True)

    def __init__(self, sizes: Sequence[int], *, activation: Activation = jax.nn.relu, key: PRNGKeyArray):
        """Draws the weights.

        Args:
            sizes: of the input, of each hidden layer, and of the output; each at least 1.
            activation: of the hidden layers.
            key: for the weights.
        """
        if len(sizes) < 2 or min(sizes) < 1:
            raise ValueError(f"the layer sizes are {tuple(sizes)}: give an input and an output, each at least 1")
        self.activation = activation
        keys = jax.random.split(key, len(sizes) - 1)
        self.layers = tuple(eqx.nn.Linear(i, o, key=k) for i, o, k in zip(sizes[:-1], sizes[1:], keys, strict=True))

    @property
    def head(self) -> eqx.nn.Linear:
        """The last layer."""
        return self.layers[-1]

    @property
    def widths(self) -> tuple[int, ...]:
        """Of the hidden layers."""
        return tuple(len(layer.weight) for layer in self.layers[:-1])

    def features(self, x: Float[Array, " input"]) -> Float[Array, " feature"]:
        """What the last layer reads."""
        for layer in self.layers[:-1]:
            x = self.activation(x @ layer.weight.T + layer.bias)  # pyright: ignore[reportOperatorIssue]
        return x

    def augmented(self, fast: "MLP", x: Float[Array, " input"]) -> Float[Array, " feature"]:
        """What the last layer reads, where each hidden layer is the sum of its own and another network's outputs."""
        for own, other in zip(self.layers[:-1], fast.layers[:-1], strict=True):
            x = self.activation(own(x)) + self.activation(other(x))
        return x

    def __call__(self, x: Float[Array, " input"], films: Films = ()) -> Float[Array, " output"]:
        """The output; with `films`, the sums of hidden layer l become h · (1 + gain_l) + shift_l."""
        for index, layer in enumerate(self.layers):
            # In this order a `vmap` over examples leaves one a row, with no transposition between layers.
            x = x @ layer.weight.T + layer.bias  # pyright: ignore[reportOperatorIssue]
            if index < len(films):
                gain, shift = films[index]
                x = x * (1 + gain) + shift
            x = x if index == len(self.layers) - 1 else self.activation(x)
        return x

    def beside(self, x: Float[Array, " input"], context: Float[Array, " context"]) -> Float[Array, " output"]:
        """The output, where a context joins the input."""
        return self(jnp.concatenate([x, context]))

    def many(self, x: Float[Array, "example input"]) -> Float[Array, "example output"]:
        """The outputs of many inputs at once, equal to `vmap` of the call.

        Activations of many examples lie with one example a column, which for thousands of them on a CPU is a fifth
        faster. Those of few examples, as in a step of a rollout, lie with one example a row, whose vectors are filled.
        """
        count = x.shape[0]
        if isinstance(count, int) and count <= FEW:  # an exported program leaves it open
            return jax.vmap(self)(x)
        columns = x.T
        for index, layer in enumerate(self.layers):
            columns = layer.weight @ columns + layer.bias[:, None]  # pyright: ignore[reportOptionalSubscript]
            columns = columns if index == len(self.layers) - 1 else self.activation(columns)
        return columns.T
