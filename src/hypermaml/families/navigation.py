"""2D navigation: a point that must walk to an unknown goal."""

from typing import Any, ClassVar, Literal, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from hypermaml._core.family import AbstractPicture
from hypermaml._core.reinforcement import AbstractReinforcementFamily
from hypermaml._core.task_info import TaskInfo, as_numbers
from hypermaml.families.description import describe
from hypermaml.families.descriptor import Descriptor
from hypermaml.rl.rollout import AbstractEnvironment

GOAL = 0.5
OUTSIDE_GOAL = 0.75
STEP = 0.1
REACHED = 0.01
PORTRAYED = 8

Reward = Literal["squared", "distance"]
Actions = Literal["scaled", "raw"]


class Plane(AbstractEnvironment):
    """A point on a plane. It starts at the origin; an action is a displacement of at most 0.1 along each axis.

    Attributes:
        reward: of a step, minus the distance to the goal after it, or (`squared`) minus the distance's square.
        actions: `scaled`, an action of ±1 is a displacement of ±0.1, so that σ = 1 is one full step;
            `raw`, the action is the displacement.
        horizon: steps of a trajectory; it ends before when both offsets from the goal are below 0.01.
    """

    reward: Reward = eqx.field(static=True, default="squared")
    actions: Actions = eqx.field(static=True, default="scaled")
    horizon: int = eqx.field(static=True, default=100)
    observation_size: int = eqx.field(static=True, default=2)
    action_size: int = eqx.field(static=True, default=2)

    def __check_init__(self):
        for name, known in {"reward": Reward, "actions": Actions}.items():
            if getattr(self, name) not in get_args(known):
                raise ValueError(
                    f"Plane: {name} is '{getattr(self, name)}', but it must be one of {', '.join(get_args(known))}"
                )
        if self.horizon < 1:
            raise ValueError(f"Plane: horizon is {self.horizon}, but it must be at least 1")

    def reset(self, task: Float[Array, "2"], *, key: PRNGKeyArray) -> Float[Array, "2"]:
        return jnp.zeros(2)

    def step(
        self, state: Float[Array, "2"], action: Float[Array, "2"], task: Float[Array, "2"]
    ) -> tuple[Float[Array, "2"], Float[Array, ""], Bool[Array, ""]]:
        displacement = action * STEP if self.actions == "scaled" else action
        state = state + jnp.clip(displacement, -STEP, STEP)
        offset = state - task
        square = jnp.sum(jnp.square(offset))
        reward = -square if self.reward == "squared" else -jnp.sqrt(square)
        return state, reward, jnp.all(jnp.abs(offset) < REACHED)


class Navigation(AbstractReinforcementFamily):
    """Goals uniform in the square [-0.5, 0.5]²; a task is its goal, of shape `(2,)`.

    Held out for extrapolation: goals between that square and the square [-0.75, 0.75]². The descriptor is the goal;
    partial, its first coordinate; noisy, both with normal noise of deviation `noise`.

    Attributes:
        environment: the plane, with its reward and its actions.
        description: how tasks are described.
        noise: standard deviation of a noisy description on each coordinate.

    Reference:
        Finn et al. 2017, arXiv 1703.03400, section 5.3.
    """

    environment: Plane = Plane()
    description: Descriptor = eqx.field(static=True, default="full")
    noise: float = eqx.field(static=True, default=0.2)

    def __check_init__(self):
        if not self.noise >= 0:
            raise ValueError(f"Navigation: noise is {self.noise}, but it must be at least 0")

    @property
    def splits(self) -> tuple[str, ...]:
        return (*super().splits, "extrapolation")

    def sample(self, n: int, *, split: str, key: PRNGKeyArray) -> Float[Array, "task 2"]:
        key = self.split_key(split, key)
        if split != "extrapolation":
            return jax.random.uniform(key, (n, 2), minval=-GOAL, maxval=GOAL)
        # Uniform over the ring: one coordinate beyond the inner square (both, with the corners' share of the area).
        where_key, far_key, near_key, sign_key, axis_key = jax.random.split(key, 5)
        ring, side = OUTSIDE_GOAL**2 - GOAL**2, OUTSIDE_GOAL - GOAL
        corner = jax.random.uniform(where_key, (n, 1)) < side**2 / ring
        near = jax.random.uniform(near_key, (n, 1), minval=-GOAL, maxval=GOAL)
        far = jax.random.uniform(far_key, (n, 2), minval=GOAL, maxval=OUTSIDE_GOAL) * jax.random.rademacher(
            sign_key, (n, 2)
        )
        goals = jnp.where(corner, far, jnp.concatenate([far[:, :1], near], axis=1))
        swap = jax.random.bernoulli(axis_key, shape=(n, 1))
        return jnp.where(swap, goals[:, ::-1], goals)

    def task_info(self, task: Float[Array, "2"], *, key: PRNGKeyArray) -> TaskInfo:
        descriptor = describe(task, self.description, kept=(0,), noise=jnp.full(2, self.noise), key=key)
        return TaskInfo(descriptor, task)

    def as_task(self, environment: Any) -> Float[Array, "2"]:
        """Return a goal of the user as a task: its two coordinates."""
        goal = as_numbers("the goal", environment)
        if goal.shape != (2,) or not np.isfinite(goal).all():
            raise ValueError(f"the goal is {goal.tolist()}, but it must be two finite numbers")
        return jnp.asarray(goal, float)

    def floor(self, task: Float[Array, "2"]) -> Float[Array, ""]:
        """Return the return of standing still at the origin."""
        square = jnp.sum(jnp.square(task))
        return -self.environment.horizon * (square if self.environment.reward == "squared" else jnp.sqrt(square))

    @property
    def picture(self) -> "PathPicture":
        return PathPicture()


class PathPicture(AbstractPicture):
    """Shows the goal, and the positions of sampled trajectories; not a number after the end."""

    name: ClassVar[str] = "paths"

    def scene(self, family: Navigation, tasks: Float[Array, "task 2"], support: Any, query: Any) -> dict[str, Array]:
        return {"goal": tasks}

    def portrait(
        self, family: Navigation, learner: Any, task: Float[Array, "2"], query: Any, *, key: PRNGKeyArray
    ) -> Float[Array, "trajectory time 2"]:
        seen = family.trajectories(learner, task, size=PORTRAYED, key=key)
        return jnp.where(seen.mask[..., None] > 0, seen.observations, jnp.nan)
