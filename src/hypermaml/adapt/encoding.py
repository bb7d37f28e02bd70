"""Amortized inference: an encoder of the data takes the place of inner steps."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.adapter import AbstractAdapter, InnerLoss, StepInfo
from hypermaml.nn.mlp import MLP, each
from hypermaml.nn.wrappers import Context


class Encoded(eqx.Module):
    """A learner with a context, and the sum of the features that the context was made of.

    Attributes:
        learner: reads the context.
        total: the sum of the features of all items so far.
        count: of these items.
    """

    learner: Context
    total: Float[Array, " feature"]
    count: Float[Array, ""]


class Encoder(AbstractAdapter):
    """Set the learner's context from all support data so far. No gradient of the support's loss is taken.

    The context is ρ(Σ φ(item) / count). Where each step has the same support set, later steps change nothing. In
    reinforcement learning each step adds the trajectories of the policy that reads the context so far.

    Attributes:
        items: gives the items of a batch, stacked, and 1 for each that counts.
        item: φ, from an item to `(feature,)`; trained.
        last: ρ, from the mean feature to the context; trained.
        width: entries of a feature.

    Reference:
        Garnelo et al. 2018, "Conditional neural processes" (arXiv 1807.01613), equations 1 to 3. Rakelly et al. 2019,
        "PEARL" (arXiv 1903.08254), section 4.1, for transitions as a set; here nothing is stochastic.
    """

    items: Callable[[Any], tuple[Any, Float[Array, " item"]]] = eqx.field(static=True)
    item: Any
    last: MLP
    width: int = eqx.field(static=True)

    def __init__(
        self,
        items: Callable[[Any], tuple[Any, Float[Array, " item"]]],
        item: Any,
        *,
        width: int,
        size: int,
        key: PRNGKeyArray,
    ):
        """Draw an untrained encoder.

        Args:
            items: gives the items of a batch, stacked, and 1 for each that counts.
            item: from an item to `(width,)`.
            width: features of an item, at least 1.
            size: entries of the context, at least 1.
            key: for the last layers.
        """
        self.items, self.item, self.width = items, item, width
        self.last = MLP((width, width, size), key=key)

    def init(self, learner: Context) -> Encoded:
        return Encoded(learner, jnp.zeros(self.width), jnp.zeros(()))

    def step(self, state: Encoded, batch: Any, inner_loss: InnerLoss) -> tuple[Encoded, StepInfo]:
        items, valid = self.items(batch)
        total = state.total + valid @ each(self.item, items)
        count = state.count + jnp.sum(valid)
        context = self.last(total / jnp.maximum(count, 1.0))
        learner = eqx.tree_at(lambda learner: learner.context, state.learner, context)
        return Encoded(learner, total, count), StepInfo(inner_loss(state.learner, batch), jnp.zeros(()))

    def learner(self, state: Encoded) -> Context:
        return state.learner
