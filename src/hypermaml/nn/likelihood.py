"""What a network's output says about labels: distributions of a label, given the output."""

from abc import abstractmethod

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int, PRNGKeyArray

REFIT_STEPS, REFIT_RATE = 100, 0.1


class AbstractLikelihood(eqx.Module):
    """The distribution of one label, and the linear layer that fits labels best."""

    @abstractmethod
    def sample(self, output: Float[Array, " output"], *, key: PRNGKeyArray) -> Array:
        """A label."""

    @abstractmethod
    def log_prob(self, output: Float[Array, " output"], label: Array) -> Float[Array, ""]:
        """The natural logarithm of a label's probability or density, up to a constant."""

    @abstractmethod
    def refit(
        self, features: Float[Array, "example feature"], labels: Array, *, outputs: int, decay: float
    ) -> tuple[Float[Array, "output feature"], Float[Array, " output"]]:
        """Weights and bias of the layer with the least mean negative log-likelihood plus `decay` / 2 times its square.

        Args:
            features: that the layer reads.
            labels: of the examples, stacked.
            outputs: of the layer.
            decay: above 0.
        """


class Gaussian(AbstractLikelihood):
    """A normal distribution around the output, of deviation 1."""

    def sample(self, output: Float[Array, " output"], *, key: PRNGKeyArray) -> Float[Array, " output"]:
        return output + jax.random.normal(key, output.shape)

    def log_prob(self, output: Float[Array, " output"], label: Float[Array, " output"]) -> Float[Array, ""]:
        return -0.5 * jnp.sum(jnp.square(output - label))

    def refit(
        self,
        features: Float[Array, "example feature"],
        labels: Float[Array, "example output"],
        *,
        outputs: int,
        decay: float,
    ) -> tuple[Float[Array, "output feature"], Float[Array, " output"]]:
        rows = jnp.concatenate([features, jnp.ones((len(features), 1))], axis=1)
        square = rows.T @ rows / len(rows) + decay * jnp.eye(rows.shape[1])
        # An output of one number may have labels without an axis of their own, as a column of a table has.
        columns = labels.reshape(len(labels), outputs)
        solved = jnp.linalg.solve(square, rows.T @ columns / len(rows)).T
        return solved[:, :-1], solved[:, -1]


class Categorical(AbstractLikelihood):
    """Classes, with the output as unnormalized log-probabilities."""

    def sample(self, output: Float[Array, " output"], *, key: PRNGKeyArray) -> Int[Array, ""]:
        return jax.random.categorical(key, output)

    def log_prob(self, output: Float[Array, " output"], label: Int[Array, ""]) -> Float[Array, ""]:
        return -optax.softmax_cross_entropy_with_integer_labels(output, label)

    def refit(
        self, features: Float[Array, "example feature"], labels: Int[Array, " example"], *, outputs: int, decay: float
    ) -> tuple[Float[Array, "output feature"], Float[Array, " output"]]:
        """By a fixed number of steps of Adam from zeros: the loss is convex, and nothing is drawn."""

        def loss(layer: tuple[Array, Array]) -> Float[Array, ""]:
            weight, bias = layer
            mean = -jnp.mean(jax.vmap(self.log_prob)(features @ weight.T + bias, labels))
            return mean + 0.5 * decay * (jnp.sum(weight**2) + jnp.sum(bias**2))

        adam = optax.adam(REFIT_RATE)

        def step(carry: tuple, _: None) -> tuple[tuple, None]:
            layer, state = carry
            updates, state = adam.update(jax.grad(loss)(layer), state)
            return (optax.apply_updates(layer, updates), state), None

        layer = jnp.zeros((outputs, features.shape[1])), jnp.zeros(outputs)
        (layer, _), _ = jax.lax.scan(step, (layer, adam.init(layer)), length=REFIT_STEPS)
        return layer
