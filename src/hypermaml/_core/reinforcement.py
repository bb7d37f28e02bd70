"""Families of reinforcement learning: rollouts as batches, policy-gradient losses, returns as scores."""

from collections.abc import Mapping
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.family import AbstractFamily, Metric
from hypermaml._core.task_info import TaskInfo, as_numbers
from hypermaml.nn.mlp import Activation
from hypermaml.rl.advantage import discounted_returns, generalized_advantages, standardize
from hypermaml.rl.baseline import linear_baseline
from hypermaml.rl.categorical import Behaviour
from hypermaml.rl.estimators import LVC, AbstractEstimator, ratio_loss
from hypermaml.rl.policy import GaussianPolicy
from hypermaml.rl.recurrent import in_sequence, recurrent, remembers
from hypermaml.rl.rollout import Trajectories, rollout


class Experience(eqx.Module):
    """K trajectories of H steps, as the losses read them.

    Attributes:
        observations: before each action.
        actions: as drawn.
        behaviour: the distribution that each action was drawn from.
        log_prob: of each action under it.
        advantages: of each step, standardized over the valid steps.
        mask: 1 for the steps taken.
        rewards: of each step, 0 after the end; no loss reads them, an encoder of trajectories does.
    """

    observations: Float[Array, "trajectory time observation"]
    actions: Float[Array, "trajectory time action"]
    behaviour: Behaviour
    log_prob: Float[Array, "trajectory time"]
    advantages: Float[Array, "trajectory time"]
    mask: Float[Array, "trajectory time"]
    rewards: Float[Array, "trajectory time"]


class AbstractReinforcementFamily(AbstractFamily):
    """Tasks of one environment. The learner is a policy: observation to `Gaussian` or `Categorical`, `many` for many.

    A learner may carry a memory (`AbstractRecurrentPolicy`). The trajectories of a batch then follow one another, and
    each begins with the memory that the one before has left. Those of a test are side by side.

    A family gives its environment and `sample`, and `task_info` where its tasks have a description. The policy is an
    MLP unless `learner` makes another one.

    Attributes:
        environment: the dynamics; has `horizon`, `observation_size` and `action_size`.
        shots: support trajectories K.
        queries: query trajectories.
        estimator: of the inner gradient.
        discount: γ, in [0, 1].
        gae_lambda: λ of the generalized advantages, in [0, 1].
        hidden: widths of the policy's hidden layers.
        activation: of the hidden layers.

    Raises:
        ValueError: discount or λ is out of its range.
    """

    environment: eqx.AbstractVar[Any]
    shots: int = eqx.field(static=True, default=20)
    queries: int = eqx.field(static=True, default=20)
    estimator: AbstractEstimator = LVC()
    discount: float = eqx.field(static=True, default=0.99)
    gae_lambda: float = eqx.field(static=True, default=1.0)
    hidden: tuple[int, ...] = eqx.field(static=True, default=(100, 100))
    activation: Activation = eqx.field(static=True, default=jax.nn.relu)
    on_policy: ClassVar[bool] = True
    one_task_at_a_time: ClassVar[bool] = True
    losses_are_errors: ClassVar[bool] = False
    metrics: ClassVar[Mapping[str, Metric]] = {"return": Metric(higher_is_better=True)}

    def __check_init__(self):
        for name, value in {"discount": self.discount, "gae_lambda": self.gae_lambda}.items():
            if not 0 <= value <= 1:
                raise ValueError(f"{type(self).__name__}: {name} is {value}, but it must be in [0, 1]")

    @property
    def observation_size(self) -> int:
        """The number of entries of an observation."""
        return self.environment.observation_size

    def task_info(self, task: Any, *, key: PRNGKeyArray) -> TaskInfo:
        """Return no description, and as true parameters the numbers of the task."""
        return TaskInfo(jnp.zeros(0), jnp.concatenate([jnp.ravel(leaf) for leaf in jax.tree.leaves(task)]))

    def as_inputs(self, x: Any) -> Float[Array, "example observation"]:
        """Return one observation of the user, or several along the first axis, as the policy reads them.

        Raises:
            ValueError: the shape of one does not fit, or an entry is not finite.
        """
        x = as_numbers("observations", x)
        if x.ndim not in (1, 2) or x.shape[-1] != self.observation_size:
            raise ValueError(
                f"the observations have the shape {x.shape}, but it must be ({self.observation_size},), or "
                f"(number, {self.observation_size}) for several"
            )
        if not np.isfinite(x).all():
            raise ValueError("an observation is not finite")
        return jnp.asarray(x.reshape(-1, self.observation_size), float)

    def export_shape(self) -> tuple[int, ...]:
        return (self.observation_size,)

    def predict(self, learner: Any, x: Float[Array, "example observation"]) -> Array:
        """Return the most likely action at each observation, as the policy draws it: the mean of a Gaussian."""
        return learner.many(x).mode

    def as_predictions(self, predicted: np.ndarray, x: Any) -> np.ndarray:
        """Return the action for each observation; for one observation, one action."""
        return predicted[0] if np.ndim(x) == 1 else predicted

    def environment_steps(self, size: int) -> int:
        return size * self.environment.horizon

    def learner(self, *, context: int = 0, key: PRNGKeyArray) -> Any:
        return GaussianPolicy(
            self.observation_size + context,
            self.environment.action_size,
            hidden=self.hidden,
            activation=self.activation,
            key=key,
        )

    def trajectories(
        self, learner: Any, task: Any, *, size: int, key: PRNGKeyArray, sampled: bool = True
    ) -> Trajectories:
        """Return `size` trajectories of the learner side by side, with sampled actions or with the means."""
        return rollout(learner, self.environment, task, size=size, key=key, sampled=sampled)

    def batch(self, learner: Any, task: Any, *, size: int, key: PRNGKeyArray) -> Experience:
        """Return `size` trajectories: one after another for a learner with a memory, side by side for any other."""
        if not remembers(learner):
            return self.experience(self.trajectories(learner, task, size=size, key=key))

        def one(learner: Any, index: Any, key: PRNGKeyArray) -> Trajectories:
            return self.trajectories(learner, task, size=1, key=key)

        return self.experience(in_sequence(learner, one, size=size, key=key))

    def test_query(self, learner: Any, task: Any, *, key: PRNGKeyArray) -> tuple[Trajectories, Trajectories]:
        """Return `queries` sampled trajectories, and one of the policy's mean actions."""
        sampled = self.trajectories(learner, task, size=self.queries, key=key)
        return sampled, self.trajectories(learner, task, size=1, key=key, sampled=False)

    def score(self, learner: Any, task: Any, query: tuple[Trajectories, Trajectories]) -> dict[str, Float[Array, ""]]:
        """Return the mean undiscounted return of the sampled trajectories, and of those with mean actions."""
        sampled, mean = query
        return {"return": jnp.mean(sampled.returns()), "return|policy=mean": jnp.mean(mean.returns())}

    def experience(self, trajectories: Trajectories) -> Experience:
        """Return trajectories of one learner with advantages over a linear baseline that is fitted to them."""
        rewards, mask = trajectories.rewards, trajectories.mask
        returns = discounted_returns(rewards, mask, discount=self.discount)
        values = linear_baseline(trajectories.observations, returns, mask)
        advantages = standardize(
            generalized_advantages(rewards, values, mask, discount=self.discount, gae_lambda=self.gae_lambda), mask
        )
        behaviour = trajectories.behaviour
        experience = Experience(
            trajectories.observations,
            trajectories.actions,
            behaviour,
            behaviour.log_prob(trajectories.actions),
            advantages,
            mask,
            rewards,
        )
        return jax.lax.stop_gradient(experience)

    def distribution(self, learner: Any, batch: Experience) -> Behaviour:
        """Return the policy's distribution at each observation of a batch."""
        return recurrent(learner).along(batch)

    def inner_loss(self, learner: Any, batch: Experience) -> Float[Array, ""]:
        log_prob = self.distribution(learner, batch).log_prob(batch.actions)
        return self.estimator(log_prob, batch.log_prob, batch.advantages, batch.mask)

    def outer_loss(self, learner: Any, batch: Experience) -> Float[Array, ""]:
        """Return minus the mean advantage of the valid steps, weighted by the ratio to the policy that drew them."""
        log_prob = self.distribution(learner, batch).log_prob(batch.actions)
        return ratio_loss(log_prob, batch.log_prob, batch.advantages, batch.mask)

    def thinned(self, batch: Experience, stride: int) -> Experience:
        """Return every `stride`-th time step of a batch, at least one; axes may precede the trajectories'."""
        axis = batch.mask.ndim - 1
        first = min(stride, batch.mask.shape[axis]) // 2
        return jax.tree.map(lambda leaf: jax.lax.slice_in_dim(leaf, first, None, stride, axis=axis), batch)

    def divergence(self, learner: Any, batch: Experience) -> Float[Array, ""]:
        """Return the mean KL from the policy that drew the batch to the learner, in nats per step."""
        per_step = batch.behaviour.divergence_to(self.distribution(learner, batch))
        return jnp.sum(per_step * batch.mask) / jnp.maximum(jnp.sum(batch.mask), 1.0)
