"""Scales of inputs and outputs, folded into the weights of a network."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from hypermaml.nn.mlp import MLP


def reads_raw(network: MLP, mean: Any, deviation: Any) -> MLP:
    """Return the network for inputs x, of one that reads (x - mean) / deviation.

    Args:
        network: of standardized inputs.
        mean: of the inputs, shape `(input,)`.
        deviation: of the inputs, shape `(input,)`, not 0.
    """
    first = network.layers[0]
    weight = np.asarray(first.weight, np.float64) / np.asarray(deviation, np.float64)
    bias = np.asarray(first.bias, np.float64) - weight @ np.asarray(mean, np.float64)
    return _with(network, 0, weight, bias)


def gives_raw(network: MLP, mean: Any, deviation: Any) -> MLP:
    """Return the network whose outputs are those of the given one, times the deviation, plus the mean."""
    last = network.layers[-1]
    weight, bias = (np.asarray(part, np.float64) * deviation for part in (last.weight, last.bias))
    return _with(network, -1, weight, bias + mean)


def _with(network: MLP, layer: int, weight: np.ndarray, bias: np.ndarray) -> MLP:
    kind = network.layers[layer].weight.dtype
    new = (jnp.asarray(weight, kind), jnp.asarray(bias, kind))
    return eqx.tree_at(lambda n: (n.layers[layer].weight, n.layers[layer].bias), network, new)
