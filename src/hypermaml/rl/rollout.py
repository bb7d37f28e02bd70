"""Rollouts of a policy in an environment on the device."""

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from hypermaml.rl.categorical import Behaviour
from hypermaml.rl.recurrent import recurrent, repeated


class AbstractEnvironment(eqx.Module):
    """The dynamics of one task, written for one state: `reset`, `step`, and `observe` where a policy sees less.

    Attributes:
        horizon: steps of a trajectory that does not end early.
        observation_size: entries of an observation.
        action_size: entries of an action.
    """

    horizon: eqx.AbstractVar[int]
    observation_size: eqx.AbstractVar[int]
    action_size: eqx.AbstractVar[int]

    @abstractmethod
    def reset(self, task: Any, *, key: PRNGKeyArray) -> Any:
        """Return a start state."""

    def observe(self, state: Any, task: Any) -> Float[Array, " observation"]:
        """Return the observation of the policy; by default the state."""
        return state

    @abstractmethod
    def step(
        self, state: Any, action: Float[Array, " action"], task: Any
    ) -> tuple[Any, Float[Array, ""], Bool[Array, ""] | bool]:
        """Return the next state, the reward of the step, and whether the trajectory ends with it."""


class Trajectories(eqx.Module):
    """K trajectories of at most H steps.

    Attributes:
        observations: before each action.
        actions: as the policy drew them.
        rewards: of each step, 0 after the end.
        mask: 1 up to the step that ends a trajectory, 0 after it.
        behaviour: the distribution that each action was drawn from.
    """

    observations: Float[Array, "trajectory time observation"]
    actions: Float[Array, "trajectory time action"]
    rewards: Float[Array, "trajectory time"]
    mask: Float[Array, "trajectory time"]
    behaviour: Behaviour

    def returns(self) -> Float[Array, " trajectory"]:
        """Return the undiscounted return of each trajectory."""
        return jnp.sum(self.rewards, axis=-1)


def rollout(
    policy: Any, environment: AbstractEnvironment, task: Any, *, size: int, key: PRNGKeyArray, sampled: bool = True
) -> Trajectories:
    """Run `size` trajectories of a policy on one task, side by side; each begins with the memory that the policy has.

    Args:
        policy: observation to `Gaussian`, or an `AbstractRecurrentPolicy`.
        environment: the dynamics.
        task: of the environment.
        size: how many trajectories.
        key: for start states and actions.
        sampled: draw the actions, or take the policy's mean.
    """
    actor = recurrent(policy)
    reset_key, noise_key = jax.random.split(key)
    states = jax.vmap(lambda key: environment.reset(task, key=key))(jax.random.split(reset_key, size))
    noise = jax.random.normal(noise_key, (environment.horizon, size, environment.action_size)) * sampled

    def advance(carry: tuple[Any, Any, Array], noise: Array) -> tuple[tuple[Any, Any, Array], tuple]:
        states, memories, alive = carry
        observations = jax.vmap(lambda state: environment.observe(state, task))(states)
        behaviour: Any  # an environment on the device has a Gaussian
        behaviour, memories = actor.act(memories, observations)
        actions = behaviour.mean + jnp.exp(behaviour.log_std) * noise
        states, rewards, ended = jax.vmap(lambda s, a: environment.step(s, a, task))(states, actions)
        memories = actor.note(memories, actions, rewards)
        visited = (observations, actions, rewards * alive, alive, behaviour)
        return (states, memories, alive * (1.0 - ended)), visited

    _, visited = jax.lax.scan(advance, (states, repeated(actor.memory, size), jnp.ones(size)), noise)
    return Trajectories(*jax.tree.map(lambda leaf: jnp.swapaxes(leaf, 0, 1), visited))
