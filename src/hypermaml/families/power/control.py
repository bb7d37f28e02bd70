"""Battery dispatch: a policy adapts on a site's earlier days and is used on the next one."""

from collections.abc import Mapping
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.family import OPTIMUM, AbstractPicture, Metric, keys_for
from hypermaml._core.mapping import vmap_tasks
from hypermaml._core.reinforcement import AbstractReinforcementFamily, Experience
from hypermaml._core.task_info import TaskInfo
from hypermaml.families.descriptor import Descriptor
from hypermaml.families.power.battery import PEAK, Battery, Day
from hypermaml.families.power.controllers import Rule, driven
from hypermaml.families.power.forecast_error import described
from hypermaml.families.power.optimum import optimum
from hypermaml.families.power.sites import Site, Sites, hourly
from hypermaml.families.power.splits import STREAMS
from hypermaml.nn.mlp import Activation
from hypermaml.rl.recurrent import in_sequence, remembers
from hypermaml.rl.rollout import Trajectories, rollout


class Power(AbstractReinforcementFamily):
    """A site's battery, dispatched through the next day; a task is a `Site`, and its return is the saving of it, in €.

    Support: the site's earlier days, all but its last. They are recorded and the battery is simulated, so that a day
    can be run more than once: `shots` trajectories are spread evenly over the days. Query, score and picture: the last
    day, of which adaptation sees nothing. The tariff and the sizes stay the same through all of them.

    The description is the forecast of load, PV and wind of that last day, 24 hourly means each in 100 kW (`full`); of
    load alone (`partial`); or with `noisier` times the error (`noisy`). The policy does not observe it, and the
    description does not hold the tariff: it has to be found from rewards. `forecast_error` states the error.

    Attributes:
        sites: draws tasks and looks up their days.
        description: how tasks are described.
        shots: support trajectories, a multiple of the earlier days.
        error: of the forecast of load, as a share of it, >= 0; of PV and wind twice that.
        noisier: by how much the error of a noisy description is larger.
        environment: the battery.
        discount: γ; 1, since a kWh counts as much in the evening as in the morning.

    Raises:
        ValueError: a value is out of its range.
    """

    metrics: ClassVar[Mapping[str, Metric]] = {"return": Metric(higher_is_better=True, unit="€", label="saving")}
    supports_are_queries: ClassVar[bool] = False  # those are earlier days, and the query is the next one
    noisier: ClassVar[float] = 3.0

    sites: Sites = eqx.field(kw_only=True)
    environment: Battery = Battery()
    discount: float = eqx.field(static=True, default=1.0)
    gae_lambda: float = eqx.field(static=True, default=0.95)
    hidden: tuple[int, ...] = eqx.field(static=True, default=(64, 64))
    activation: Activation = eqx.field(static=True, default=jnp.tanh)
    description: Descriptor = eqx.field(static=True, default="full")
    error: float = eqx.field(static=True, default=0.1)

    def __check_init__(self):
        if self.days < 1:
            raise ValueError(f"Power: sites have {self.sites.days} day, but they must have an earlier one beside it")
        if self.shots % self.days:
            raise ValueError(f"Power: shots is {self.shots}, but it must be a multiple of the {self.days} days")
        if not self.error >= 0:
            raise ValueError(f"Power: error is {self.error}, but it must be at least 0")

    @property
    def days(self) -> int:
        """Return the number of earlier days K."""
        return self.sites.days - 1

    @property
    def limited(self) -> bool:
        """Return that they do: profiles and days are recorded, whatever is drawn beside them."""
        return True

    @property
    def splits(self) -> tuple[str, ...]:
        return self.sites.splits

    def split_number(self, split: str) -> int:
        super().split_number(split)
        return STREAMS[split]

    def sample(self, n: int, *, split: str, key: PRNGKeyArray) -> Site:
        return self.sites.sample(n, split=split, key=self.split_key(split, key))

    def next_day(self, task: Site) -> Day:
        """Return the day after the earlier ones."""
        return self.sites.day(task, self.days)

    def identities(self, tasks: Site) -> list[str]:
        return self.sites.identities(tasks)

    def task_info(self, task: Site, *, key: PRNGKeyArray) -> TaskInfo:
        truth = hourly(self.sites.powers(task, self.days)) / PEAK
        error = self.error * (self.noisier if self.description == "noisy" else 1.0)
        sizes = jnp.stack([task.capacity, task.duration])
        return TaskInfo(
            described(truth, self.description, error=error, key=key),
            jnp.concatenate([truth.ravel(), task.tariff.numbers(), sizes]),
        )

    def trajectories(
        self, learner: Any, task: Site, *, size: int, key: PRNGKeyArray, sampled: bool = True
    ) -> Trajectories:
        """Run `size` trajectories of the next day."""
        return rollout(learner, self.environment, self.next_day(task), size=size, key=key, sampled=sampled)

    def earlier(self, learner: Any, task: Site, *, size: int, key: PRNGKeyArray) -> Trajectories:
        """Run `size` trajectories, spread evenly over the earlier days: day after day for a learner with a memory."""

        def one(learner: Any, index: Array, key: PRNGKeyArray) -> Trajectories:
            known = self.sites.day(task, index // (size // self.days))
            return rollout(learner, self.environment, known, size=1, key=key)

        if remembers(learner):
            return in_sequence(learner, one, size=size, key=key)

        def of_day(day: Array, key: PRNGKeyArray) -> Trajectories:
            known = self.sites.day(task, day)
            return rollout(learner, self.environment, known, size=size // self.days, key=key)

        seen = jax.vmap(of_day)(jnp.arange(self.days), jax.random.split(key, self.days))
        return jax.tree.map(lambda leaf: leaf.reshape(size, *leaf.shape[2:]), seen)

    def supports(self, learners: Any, tasks: Site, *, size: int, key: PRNGKeyArray) -> Experience:
        """Return experience of the earlier days of stacked tasks."""

        def of_task(learner: Any, task: Site, key: PRNGKeyArray) -> Experience:
            return self.experience(self.earlier(learner, task, size=size, key=key))

        return vmap_tasks(of_task)(learners, tasks, keys_for(tasks, key))

    def floor(self, task: Site) -> Float[Array, ""]:
        """Return the saving of an idle battery: nothing."""
        return jnp.zeros(())

    def references(self, tasks: Site, support: Any, query: Any) -> dict[str, Float[np.ndarray, " task"]]:
        """Return the savings of a rule that knows the tariff, and of perfect foresight, on the next day."""
        days = jax.vmap(self.next_day)(tasks)
        rule = jax.vmap(lambda day: jnp.sum(driven(self.environment, day, Rule())[1]))(days)
        return {"rule": np.asarray(rule), OPTIMUM: np.array([optimum(day).saving for day in one_by_one(days)])}

    @property
    def picture(self) -> "DispatchPicture":
        return DispatchPicture()


class DispatchPicture(AbstractPicture):
    """Shows the last day and its optimum, and what the policy's mean action makes of the battery.

    A portrait is the power into the battery in kW and its charge after each quarter hour in kWh.
    """

    name: ClassVar[str] = "dispatch"

    def scene(self, family: Power, tasks: Site, support: Any, query: Any) -> dict[str, Array]:
        days = jax.vmap(family.next_day)(tasks)
        best = [optimum(day) for day in one_by_one(days)]
        return {
            "load": days.load,
            "generation": jnp.stack([days.pv, days.wind], axis=1),
            "price": days.price,
            "capacity": days.capacity,
            "optimum": jnp.stack([jnp.stack([jnp.asarray(one.power), jnp.asarray(one.energy)]) for one in best]),
        }

    def portrait(
        self, family: Power, learner: Any, task: Site, query: Any, *, key: PRNGKeyArray
    ) -> Float[Array, "2 96"]:
        day, environment = family.next_day(task), family.environment
        states, _ = driven(environment, day, lambda state, day: learner(environment.observe(state, day)).mean)
        return jnp.stack(states)


def one_by_one(days: Day) -> list[Day]:
    """Return stacked days, each by itself and in NumPy."""
    days = jax.tree.map(np.asarray, days)
    return [jax.tree.map(lambda leaf, place=place: leaf[place], days) for place in range(len(days.capacity))]
