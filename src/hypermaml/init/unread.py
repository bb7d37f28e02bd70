"""A recurrent policy that has read nothing of its task."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.family import AbstractFamily
from hypermaml._core.initializer import AbstractInitializer
from hypermaml._core.reinforcement import AbstractReinforcementFamily
from hypermaml.init.learner import learner_for
from hypermaml.rl.gru import GRUPolicy, Memory


class Unread(AbstractInitializer):
    """The same recurrent policy for every task, with an empty memory.

    Attributes:
        cell: reads observation, last action, last reward and whether a trajectory ended; trained.
        policy: reads the observation joined by the state of the cell; trained.
        actions: entries of an action.
    """

    cell: eqx.nn.GRUCell
    policy: Any
    actions: int = eqx.field(static=True)

    def __call__(self, embedding: Float[Array, " embedding"]) -> GRUPolicy:
        nothing = jnp.zeros(())
        memory = Memory(jnp.zeros(self.cell.hidden_size), jnp.zeros(self.actions), nothing, nothing)
        return GRUPolicy(cell=self.cell, policy=self.policy, memory=memory)


def unread_for(family: AbstractFamily, width: int, *, key: PRNGKeyArray, cell_key: PRNGKeyArray) -> Unread:
    """Return the untrained recurrent policy of a family: its own policy, which reads the state of a cell.

    Args:
        family: whose observations and actions there are.
        width: entries of the state of the cell, at least 1.
        key: of the method.
        cell_key: for the cell.

    Raises:
        ValueError: the family has no trajectories.
    """
    if not isinstance(family, AbstractReinforcementFamily):
        raise ValueError(f"RL2 needs trajectories of a policy, but tasks of {type(family).__name__} have none")
    actions = family.environment.action_size
    cell = eqx.nn.GRUCell(family.observation_size + actions + 2, width, key=cell_key)
    return Unread(cell, learner_for(family, context=width, key=key), actions)
