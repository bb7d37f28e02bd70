"""What LEO's inner loop adapts: the codes first, then the last layer, each at rates of its own."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from hypermaml._core.trees import split_selected
from hypermaml.adapt.rule import During
from hypermaml.nn.wrappers import Code, Latent


def code_then_head(learner: Any) -> Any:
    """Select the codes and the network's last layer.

    Args:
        learner: with codes and a network.
    """
    return learner.code.value, learner.network.head


def code_then_head_rates(
    decode: Callable[[Code], Latent], network: Any, *, inner_lr: float, head_lr: float, size: int, steps: int
) -> Any:
    """Return the inner rates, to be trained.

    Args:
        decode: from a code to the learner.
        network: inside of the learner.
        inner_lr: of the codes, to start with.
        head_lr: of the last layer, to start with.
        size: entries of a code.
        steps: inner steps that adapt the codes; later ones adapt the last layer.
    """
    classes, columns = network.head.weight.shape
    blank = jnp.zeros((classes, size))
    learner = decode(Code(blank, blank, blank, jnp.zeros((classes, columns + 1))))
    rates = (
        During(jnp.full(size, inner_lr), 0, steps),
        jax.tree.map(lambda _: During(jnp.asarray(head_lr), steps, None), network.head),
    )
    return eqx.tree_at(code_then_head, split_selected(learner, code_then_head)[0], rates)
