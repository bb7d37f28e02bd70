"""Battery dispatch: what is learned from a site's earlier days is used on the next one."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.family import OPTIMUM, Split, keys_for
from hypermaml._core.reinforcement import AbstractReinforcementFamily, Experience
from hypermaml._core.task_info import TaskInfo
from hypermaml.data.power.profiles import Profiles
from hypermaml.families.descriptor import Descriptor
from hypermaml.families.power.battery import OBSERVED, PEAK, Battery, Day
from hypermaml.families.power.controllers import Rule, driven
from hypermaml.families.power.forecast_error import curves_told
from hypermaml.families.power.optimum import optimum
from hypermaml.families.power.sites import Site, Sites, hourly
from hypermaml.nn.mlp import Activation
from hypermaml.rl.estimators import LVC, AbstractEstimator
from hypermaml.rl.rollout import Trajectories, rollout


class Power(AbstractReinforcementFamily):
    """A site's battery, dispatched through the next day; a task is a `Site`, and its return what that saves, in €.

    Support: the `days` earlier days. They are recorded and the battery is simulated, so that a day can be run more than
    once: `shots` trajectories are dealt evenly over the days. Query, score and picture: the day that follows them, of
    which adaptation sees nothing. The tariff and the sizes stay the same through all of them.

    The descriptor is the forecast of load, PV and wind of that next day, 24 hourly means each in 100 kW (`full`); of
    load alone (`partial`); or with `noisier` times the error (`noisy`). The policy does not observe it, and the
    descriptor does not hold the tariff: it has to be found from rewards. `forecast_error` tells what the error is.

    Attributes:
        sites: draws tasks and looks up their days.
        description: how tasks are described.
        days: earlier days K.
        shots: support trajectories, a multiple of `days`.
        queries: query trajectories.
        error: of the forecast of load, as a share of it, >= 0; of PV and wind twice that.
        noisier: by how much the error of a noisy descriptor is larger.
        environment: the battery.
        estimator: of the inner gradient.
        discount: γ; 1, since a kWh counts as much in the evening as in the morning.
        gae_lambda: λ of the generalized advantages.
        hidden: widths of the policy's hidden layers.
        activation: of the hidden layers.

    Raises:
        ValueError: a value is out of its range.
    """

    portrayed: ClassVar[str] = "dispatch"
    noisier: ClassVar[float] = 3.0

    sites: Sites
    description: Descriptor = eqx.field(static=True)
    days: int = eqx.field(static=True)
    shots: int = eqx.field(static=True)
    queries: int = eqx.field(static=True)
    error: float = eqx.field(static=True)
    environment: Battery
    estimator: AbstractEstimator
    discount: float = eqx.field(static=True)
    gae_lambda: float = eqx.field(static=True)
    hidden: tuple[int, ...] = eqx.field(static=True)
    activation: Activation = eqx.field(static=True)

    def __init__(
        self,
        profiles: Profiles,
        *,
        unseen_season: str = "winter",
        description: Descriptor = "full",
        days: int = 5,
        shots: int = 20,
        queries: int = 20,
        error: float = 0.1,
        estimator: AbstractEstimator | None = None,
        discount: float = 1.0,
        gae_lambda: float = 0.95,
        hidden: tuple[int, ...] = (64, 64),
        activation: Activation = jnp.tanh,
    ):
        """Parts the data into splits; the arguments are the attributes, and `unseen_season` is held out."""
        if days < 1 or shots % days:
            raise ValueError(f"Power: shots is {shots}, but it must be a multiple of the {days} days")
        if not error >= 0:
            raise ValueError(f"Power: error is {error}, but it must be at least 0")
        self.sites = Sites(profiles, days=days + 1, unseen_season=unseen_season)
        self.description, self.days, self.shots, self.queries, self.error = description, days, shots, queries, error
        self.environment, self.estimator = Battery(), LVC() if estimator is None else estimator
        self.discount, self.gae_lambda = discount, gae_lambda
        self.hidden, self.activation = hidden, activation

    @property
    def observation_size(self) -> int:
        return OBSERVED

    @property
    def test_splits(self) -> tuple[Split, ...]:
        return self.sites.splits[2:]

    def sample(self, n: int, *, split: Split, key: PRNGKeyArray) -> Site:
        return self.sites.sample(n, split=split, key=key)

    def draw(self, n: int, *, outside: bool, key: PRNGKeyArray) -> Site:
        return self.sample(n, split=self.test_splits[-1] if outside else "meta-train", key=key)

    def next_day(self, task: Site) -> Day:
        """The day after the earlier ones."""
        return self.sites.day(task, self.days)

    def task_info(self, task: Site, *, key: PRNGKeyArray) -> TaskInfo:
        truth = hourly(self.sites.powers(task, self.days)) / PEAK
        error = self.error * (self.noisier if self.description == "noisy" else 1.0)
        sizes = jnp.stack([task.capacity, task.duration])
        return TaskInfo(
            curves_told(truth, self.description, error=error, key=key),
            jnp.concatenate([truth.ravel(), task.tariff.numbers(), sizes]),
        )

    def trajectories(
        self, learner: Any, task: Site, *, size: int, key: PRNGKeyArray, sampled: bool = True
    ) -> Trajectories:
        """`size` trajectories of the next day."""
        return rollout(learner, self.environment, self.next_day(task), size=size, key=key, sampled=sampled)

    def earlier(self, learner: Any, task: Site, *, size: int, key: PRNGKeyArray) -> Trajectories:
        """`size` trajectories, dealt evenly over the earlier days."""

        def of_day(day: Array, key: PRNGKeyArray) -> Trajectories:
            known = self.sites.day(task, day)
            return rollout(learner, self.environment, known, size=size // self.days, key=key)

        seen = jax.vmap(of_day)(jnp.arange(self.days), jax.random.split(key, self.days))
        return jax.tree.map(lambda leaf: leaf.reshape(size, *leaf.shape[2:]), seen)

    def supports(self, learners: Any, tasks: Site, *, size: int, key: PRNGKeyArray) -> Experience:
        """Experience of the earlier days of stacked tasks."""

        def of_task(learner: Any, task: Site, key: PRNGKeyArray) -> Experience:
            return self.experience(self.earlier(learner, task, size=size, key=key))

        return jax.vmap(of_task)(learners, tasks, keys_for(tasks, key))

    def floor(self, task: Site) -> Float[Array, ""]:
        """What an idle battery saves: nothing."""
        return jnp.zeros(())

    def references(self, tasks: Site) -> dict[str, Float[np.ndarray, " task"]]:
        """The savings of a rule that knows the tariff, and of perfect foresight, on the next day."""
        days = jax.vmap(self.next_day)(tasks)
        rule = jax.vmap(lambda day: jnp.sum(driven(self.environment, day, Rule())[1]))(days)
        return {"rule": np.asarray(rule), OPTIMUM: np.array([optimum(day).saving for day in one_by_one(days)])}

    def scene(self, tasks: Site, support: Any) -> dict[str, Array]:
        days = jax.vmap(self.next_day)(tasks)
        best = [optimum(day) for day in one_by_one(days)]
        return {
            "load": days.load,
            "generation": jnp.stack([days.pv, days.wind], axis=1),
            "price": days.price,
            "capacity": days.capacity,
            "optimum": jnp.stack([jnp.stack([jnp.asarray(one.power), jnp.asarray(one.energy)]) for one in best]),
        }

    def portrait(self, learner: Any, task: Site, *, key: PRNGKeyArray) -> Float[Array, "2 96"]:
        """Power into the battery in kW and its charge after each quarter hour in kWh, by the policy's mean action."""
        day = self.next_day(task)
        states, _ = driven(self.environment, day, lambda state, day: learner(self.environment.observe(state, day)).mean)
        return jnp.stack(states)


def one_by_one(days: Day) -> list[Day]:
    """Stacked days, each by itself and in NumPy."""
    days = jax.tree.map(np.asarray, days)
    return [jax.tree.map(lambda leaf, place=place: leaf[place], days) for place in range(len(days.capacity))]
