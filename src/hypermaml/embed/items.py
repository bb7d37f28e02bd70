"""The items that an encoder of support data reads: examples, or the time steps of trajectories."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.family import AbstractFamily
from hypermaml._core.reinforcement import AbstractReinforcementFamily
from hypermaml.embed.keys import supervised
from hypermaml.nn.mlp import MLP
from hypermaml.rl.transitions import transitions

Items = Callable[[Any], tuple[Any, Float[Array, " item"]]]


class WeightedItems(eqx.Module):
    """Read a support set as items, and 1 for each that counts; an example that only fills up a set counts 0.

    Attributes:
        items: from a support set to one item an example, stacked.
    """

    items: Callable[[Any], Any] = eqx.field(static=True)

    def __call__(self, batch: Any) -> tuple[Any, Float[Array, " item"]]:
        items = self.items(batch)
        count = len(jax.tree.leaves(items)[0])
        return items, batch.mask if hasattr(batch, "mask") else jnp.ones(count)


def items_of(family: AbstractFamily, *, width: int, key: PRNGKeyArray) -> tuple[Items, Any]:
    """Return how the family's support data become items, and an untrained network from an item to features.

    Args:
        family: of examples, or of trajectories.
        width: of the features, at least 1.
        key: for the network.

    Raises:
        ValueError: its tasks have neither support sets nor trajectories.
    """
    if isinstance(family, AbstractReinforcementFamily):
        size = family.observation_size + family.environment.action_size + 2
        return transitions, MLP((size, width, width), key=key)
    examples = supervised(family)
    return WeightedItems(examples.items), examples.item_encoder(width, key=key)
