"""Tasks of a Gymnasium environment whose parameters vary."""

from collections.abc import Mapping, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.family import numbers_of
from hypermaml._core.task_info import TaskInfo, as_numbers
from hypermaml.families.courses import CoursePicture
from hypermaml.families.hosted import AbstractHosted, mean_returns
from hypermaml.families.ranges import check_described, check_ranges, numbers_by_name
from hypermaml.nn.mlp import Activation
from hypermaml.rl.categorical import CategoricalPolicy
from hypermaml.rl.estimators import LVC, AbstractEstimator
from hypermaml.rl.policy import GaussianPolicy
from hypermaml.rl.rollout import Trajectories
from hypermaml.sim.gymnasium import Maker, gymnasium_of, name_of
from hypermaml.sim.gymnasium_rollout import OwnEnvironment, Rollouts, own_environment, rollout
from hypermaml.sim.instances import GymnasiumEnvironment
from hypermaml.sim.measure import measure


class GymnasiumFamily(AbstractHosted):
    """Tasks of one environment of Gymnasium, whose parameters are drawn uniformly from ranges.

    A parameter is an argument of the environment's constructor or, where there is no such argument, an attribute of
    `environment.unwrapped`; `ways` says which. Actions are numbers in a box, or one of finitely many. A policy reads
    observations that are standardized by their mean and deviation in trajectories of random actions. This scale is
    measured once and belongs to the family.

    All splits draw from the same ranges. A trajectory ends when the environment terminates, or after `horizon` steps.
    The horizon replaces the time limit of an environment that is made by its id. Nothing is added for the time after
    the end of a trajectory, for tasks have a finite horizon.

    Attributes:
        environment: what is stepped.
        vary: name, lowest and highest value of each parameter.
        described: the names of the parameters that a description holds.
    """

    environment: GymnasiumEnvironment = eqx.field(kw_only=True)
    vary: tuple[tuple[str, float, float], ...] = eqx.field(static=True, kw_only=True)
    described: tuple[str, ...] = eqx.field(static=True, kw_only=True)

    def __init__(
        self,
        environment: Maker,
        *,
        vary: Mapping[str, tuple[float, float]],
        described: Sequence[str] | None = None,
        shots: int = 20,
        queries: int | None = None,
        horizon: int | None = None,
        hidden: tuple[int, ...] = (64, 64),
        activation: Activation = jax.nn.tanh,
        discount: float = 0.99,
        gae_lambda: float = 0.95,
        estimator: AbstractEstimator = LVC(),  # noqa: B008 (frozen)
    ):
        """Make the environment, find out how its parameters are set, and measure the scale of observations.

        Args:
            environment: an id of Gymnasium, such as `"Pendulum-v1"`, or a function that returns an environment.
            vary: the lowest and the highest value of each parameter that varies, by its name.
            described: the parameters that a description holds; by default all that vary.
            shots: support trajectories K, at least 1.
            queries: query trajectories in meta-training, at least 1; as many as `shots` by default.
            horizon: steps of a trajectory, at least 1; by default the environment's own time limit.
            hidden: widths of the policy's hidden layers.
            activation: of the hidden layers.
            discount: γ, in [0, 1].
            gae_lambda: λ of the generalized advantages, in [0, 1].
            estimator: of the inner gradient.

        Raises:
            ModuleNotFoundError: Gymnasium is not installed; the sentence says how to install it.
            ValueError: the environment cannot be made, lacks a parameter, returns a number that is not finite, or is of
                a kind that a policy cannot read or act in; or a setting is out of its range.
        """
        self.check_installed()
        self.vary = check_ranges(vary, horizon)
        names = tuple(name for name, _, _ in self.vary)
        self.described = names if described is None else check_described(described, names)
        self.environment = measure(environment, {name: (low, high) for name, low, high in self.vary}, horizon)
        self.shots, self.queries = shots, shots if queries is None else queries
        self.hidden, self.activation = tuple(hidden), activation
        self.discount, self.gae_lambda, self.estimator = discount, gae_lambda, estimator

    def check_installed(self) -> None:
        gymnasium_of()

    @property
    def ways(self) -> dict[str, str]:
        """The way in which each parameter is set: `argument` of the constructor, or `attribute` of the environment."""
        return dict(zip(self.environment.names, self.environment.ways, strict=True))

    @property
    def _bounds(self) -> tuple[Float[np.ndarray, " parameter"], Float[np.ndarray, " parameter"]]:
        """The lowest and the highest value of each parameter."""
        return np.array([low for _, low, _ in self.vary]), np.array([high for _, _, high in self.vary])

    def sample(self, n: int, *, split: str, key: PRNGKeyArray) -> Float[Array, "task parameter"]:
        low, high = self._bounds
        return jax.random.uniform(self.split_key(split, key), (n, len(low))) * (high - low) + low

    def task_info(self, task: Float[Array, " parameter"], *, key: PRNGKeyArray) -> TaskInfo:
        """Return the described parameters, and as true parameters all of them; -1 and 1 are the ends of the range."""
        low, high = self._bounds
        standardized = (2 * task - low - high) / (high - low)
        kept = [self.environment.names.index(name) for name in self.described]
        return TaskInfo(standardized[np.array(kept, int)], standardized)

    def as_task_info(self, description: Any = None) -> TaskInfo:
        """Return what the user knows of a new task.

        Args:
            description: the described parameters in their own units, by name or in the order of `described`; `None` for
                the middle of each range.

        Raises:
            ValueError: one is missing, unknown or not finite.
        """
        low, high = self._bounds
        task = (low + high) / 2
        if description is not None:
            kept = [self.environment.names.index(name) for name in self.described]
            task[kept] = numbers_by_name(description, self.described)
        return self.task_info(jnp.asarray(task), key=jax.random.key(0))

    def learner(self, *, context: int = 0, key: PRNGKeyArray) -> GaussianPolicy | CategoricalPolicy:
        kind = CategoricalPolicy if self.environment.actions else GaussianPolicy
        size, actions = self.observation_size + context, self.environment.action_size
        return kind(size, actions, hidden=self.hidden, activation=self.activation, key=key)

    def rollouts(self, learners: Any, tasks: Any, *, size: int, key: PRNGKeyArray, sampled: bool = True) -> Rollouts:
        numbers = None if isinstance(tasks, OwnEnvironment) else numbers_of(tasks)
        return rollout(learners, self.environment, tasks, size=size, key=key, sampled=sampled, numbers=numbers)

    def scores_of(self, trajectories: Trajectories, record: Any) -> dict[str, Float[Array, " task"]]:
        return {"return": mean_returns(trajectories)}

    def as_task(self, environment: Any) -> OwnEnvironment:
        """Return an environment of the user as a task; its parameters stay as they are.

        Raises:
            ValueError: it is not an environment of Gymnasium, or observes or acts in another way than the family's.
        """
        return own_environment(self.environment, environment)

    def as_inputs(self, x: Any) -> Float[Array, "example observation"]:
        """Return one observation, or several along the first axis, as the policy reads them.

        Raises:
            ValueError: the shape of one does not fit, or an entry is not finite.
        """
        shape, given = self.environment.observation_shape, as_numbers("observations", x)
        if given.shape != shape and given.shape[1:] != shape:
            raise ValueError(
                f"the observations have the shape {given.shape}, but {name_of(self.environment.make)} has observations "
                f"of the shape {shape}"
            )
        if not np.isfinite(given).all():
            raise ValueError("an observation is not finite")
        return jnp.asarray(self.environment.standardized(given.reshape(-1, *shape)), float)

    def export_shape(self) -> tuple[int, ...]:
        return self.environment.observation_shape

    def export_predict(self, learner: Any, x: Float[Array, "example ..."]) -> Array:
        """Return the environment's action for each of its observations."""
        return self.environment.exported(self.predict(learner, self.environment.exported_observations(x)))

    def as_predictions(self, predicted: np.ndarray, x: Any) -> Any:
        """Return the environment's action for each observation; for one observation, one action."""
        actions = self.environment.native(predicted)
        if np.shape(x) == self.environment.observation_shape:
            return actions[0]
        return np.asarray(actions)

    @property
    def picture(self) -> CoursePicture:
        return CoursePicture()
