"""The diagonal of the Fisher information of a network's weights."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml.nn.likelihood import AbstractLikelihood


def diagonal_fisher(
    network: Any,
    likelihood: AbstractLikelihood,
    inputs: Float[Array, "example ..."],
    *,
    samples: int,
    key: PRNGKeyArray,
    batch_mean: bool = False,
) -> Any:
    """Return the Fisher information of each weight; the network draws the labels.

    F_j = E (∂_j log p(y|x))², over inputs x and labels y from p(y|x).

    Args:
        network: from an input to an output.
        likelihood: of a label, given the output.
        inputs: x.
        samples: labels drawn for each input, at least 1.
        key: for the labels.
        batch_mean: square the mean gradient over all inputs, times their number, in the place of each gradient. It has
            the same expectation, since gradients at drawn labels have mean 0 and are independent; it varies more, and
            takes one gradient for each sample in the place of one for each input.

    Returns:
        The structure of the network's arrays.

    Reference:
        Kunstner et al. 2019 (arXiv 1905.12558), section 2, for labels of the model in the place of the given ones.
    """

    def score(x: Array, key: PRNGKeyArray) -> Any:
        label = likelihood.sample(network(x), key=key)
        return eqx.filter_grad(lambda network: likelihood.log_prob(network(x), label))(network)

    def of_sample(key: PRNGKeyArray) -> Any:
        scores = jax.vmap(score)(inputs, jax.random.split(key, len(inputs)))
        if batch_mean:
            return jax.tree.map(lambda leaf: len(inputs) * jnp.mean(leaf, axis=0) ** 2, scores)
        return jax.tree.map(lambda leaf: jnp.mean(leaf**2, axis=0), scores)

    drawn = jax.lax.map(of_sample, jax.random.split(key, samples))
    return jax.tree.map(lambda leaf: jnp.mean(leaf, axis=0), drawn)


def by_filter(fisher: Any) -> Float[Array, " filter"]:
    """Return the mean over the weights of each hidden unit or filter, layer after layer, but for the last layer."""
    return jnp.concatenate([jnp.mean(layer.weight, axis=1) for layer in fisher.layers[:-1]])
