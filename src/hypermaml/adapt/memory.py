"""Meta networks' adaptation: gradients become fast weights in a memory."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hypermaml._core.adapter import AbstractAdapter, InnerLoss, StepInfo
from hypermaml._core.trees import global_norm
from hypermaml.nn.mlp import each
from hypermaml.nn.wrappers import FastSlow


class FastWeights(AbstractAdapter):
    """Fills the memory of a `FastSlow` learner from its support set, in one step; further steps change nothing.

    The fast weights of the keys' network come from the gradient of its own predictions' loss on the whole support; each
    example's fast weights of the base, from the gradient of the base's loss on it; its key, from the keys' network with
    its fast weights. All weights that the outer loop trains are slow and stay.

    Attributes:
        inputs: what the learner reads of each example of a support set.

    Reference:
        Munkhdalai and Yu 2017, "Meta networks" (arXiv 1703.00837), algorithm 1. There the keys' gradients pass a
        recurrent network one after another; here it is their mean that is transformed.
    """

    inputs: Callable[[Any], Array] = eqx.field(static=True)

    def init(self, learner: FastSlow) -> FastSlow:
        return learner

    def step(self, state: FastSlow, batch: Any, inner_loss: InnerLoss) -> tuple[FastSlow, StepInfo]:
        slope = jax.value_and_grad(inner_loss)
        keyed_fast = transformed(state.keyed_meta, slope(state.keyed, batch)[1])
        examples = jax.tree.map(lambda leaf: leaf[:, None], batch)
        losses, gradients = jax.vmap(slope, in_axes=(None, 0))(state.base, examples)
        memory = jax.vmap(transformed, in_axes=(None, 0))(state.meta, gradients)
        filled = eqx.tree_at(lambda s: (s.keyed_fast, s.memory), state, (keyed_fast, memory))
        keys = each(filled.key, self.inputs(batch))
        return eqx.tree_at(lambda s: s.keys, filled, keys), StepInfo(jnp.mean(losses), global_norm(gradients))

    def learner(self, state: FastSlow) -> FastSlow:
        return state


def transformed(meta: Any, gradient: Any) -> Any:
    """Return the output of `meta` for each entry of a gradient, of the gradient's structure."""

    def of_leaf(leaf: Float[Array, "..."]) -> Float[Array, "..."]:
        pairs = jnp.stack([magnitude(leaf), direction(leaf)], axis=-1).reshape(-1, 2)
        return jax.vmap(meta)(pairs)[:, 0].reshape(leaf.shape)

    return jax.tree.map(of_leaf, gradient)


def magnitude(gradient: Float[Array, "..."], *, span: float = 7.0) -> Float[Array, "..."]:
    """Return ln|g| / span where |g| is at least exp(-span), else -1.

    Reference:
        Andrychowicz et al. 2016 (arXiv 1606.04474), appendix A.
    """
    return jnp.log(jnp.maximum(jnp.abs(gradient), jnp.exp(-span))) / span


def direction(gradient: Float[Array, "..."], *, span: float = 7.0) -> Float[Array, "..."]:
    """Return the sign of g where |g| is at least exp(-span), else exp(span) g."""
    return jnp.clip(jnp.exp(span) * gradient, -1.0, 1.0)
