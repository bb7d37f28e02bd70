"""An encoder of exploratory trajectories."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.embedder import AbstractEmbedder
from hypermaml._core.family import AbstractFamily
from hypermaml._core.reinforcement import AbstractReinforcementFamily
from hypermaml._core.task_info import TaskInfo
from hypermaml.embed.configuration import Trajectories
from hypermaml.embed.keys import Sized, set_keys
from hypermaml.nn.mlp import MLP
from hypermaml.rl.transitions import transitions


class RolloutEncoder(AbstractEmbedder):
    """The mean of what a network makes of each step's observation, action, reward and advantage, and two layers.

    The learner that a blank embedding gives explores; nothing trains it for that. The order of the steps is not read.

    Attributes:
        trajectories: that it asks for.
        size: entries of the embedding.
        reward: the natural logarithm of what a reward is multiplied by; trained.
        transition: from a time step to features; trained.
        last: from the mean of the features to the embedding; trained.

    Reference:
        Rakelly et al. 2019, "PEARL" (arXiv 1903.08254), section 4.1, for transitions as a set; here the encoder is not
        stochastic, and the inner loop adapts what it gives.
    """

    trajectories: int = eqx.field(static=True)
    size: int = eqx.field(static=True)
    reward: Float[Array, ""]
    transition: MLP
    last: MLP

    def __init__(self, observation: int, action: int, *, trajectories: int, width: int, size: int, key: PRNGKeyArray):
        """Draw an untrained encoder.

        Args:
            observation: entries of an observation.
            action: entries of an action.
            trajectories: to explore with, at least 1.
            width: features of a time step, at least 1.
            size: entries of the embedding, at least 1.
            key: for the networks.
        """
        transition, last = jax.random.split(key)
        self.trajectories, self.size = trajectories, size
        self.reward = jnp.zeros(())
        self.transition = MLP((observation + action + 2, width, width), key=transition)
        self.last = MLP((width, width, size), key=last)

    @property
    def explores(self) -> int:
        return self.trajectories

    def blank(self, task_info: TaskInfo) -> Float[Array, " embedding"]:
        return jnp.zeros(self.size)

    def __call__(self, task_info: TaskInfo) -> Float[Array, " embedding"]:
        steps, taken = transitions(task_info.explored, jnp.exp(self.reward))
        features = jax.nn.relu(self.transition.many(steps))
        return self.last(taken @ features / jnp.maximum(jnp.sum(taken), 1.0))


def build(config: Trajectories, family: AbstractFamily, *, key: PRNGKeyArray) -> Sized:
    """Return the untrained encoder of exploratory trajectories and the size of its embedding.

    Raises:
        ValueError: the family has no trajectories.
    """
    if not isinstance(family, AbstractReinforcementFamily):
        raise ValueError(f"embedder is Trajectories, but {type(family).__name__} has no trajectories to explore with")
    (own,) = set_keys(key, 1)
    embed = RolloutEncoder(
        family.observation_size,
        family.environment.action_size,
        trajectories=config.count,
        width=config.width,
        size=config.size,
        key=own,
    )
    return embed, config.size
