"""Forecasting a site's net load a day ahead."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from hypermaml._core.family import AbstractPicture, Metric
from hypermaml._core.supervised import AbstractSupervisedFamily
from hypermaml._core.task_info import TaskInfo
from hypermaml.data.power.profiles import STEPS, Profiles
from hypermaml.families.descriptor import Descriptor
from hypermaml.families.power.battery import PEAK
from hypermaml.families.power.sites import HOURLY, Site, Sites, hourly
from hypermaml.families.power.splits import STREAMS
from hypermaml.nn.mlp import MLP, each

READ = 3 * HOURLY  # inputs: the hours of load, PV and wind
FITTED = 500  # meta-training sites of the linear model
RIDGE = 1e-3  # of the linear model, as a share of the mean square of its inputs
NOISE = 0.1  # deviation of a noisy descriptor's entries, in 100 kW; of the season's, as they are


class Outlook(eqx.Module):
    """Days of one site and the ones after them, in 100 kW.

    Attributes:
        curves: load, PV and wind of each day, its hourly means, `(example, 72)`.
        last: net load of each day by quarter hour.
        following: net load of the day after it by quarter hour.
    """

    curves: Float[Array, "example 72"]
    last: Float[Array, "example 96"]
    following: Float[Array, "example 96"]


def inputs(batch: Outlook) -> Float[Array, "example 72"]:
    """Return the inputs of the network."""
    return batch.curves


def changes(batch: Outlook) -> Float[Array, "example 168"]:
    """Return each example as the network's inputs and its right outputs: the change from one day to the next."""
    return jnp.concatenate([batch.curves, batch.following - batch.last], axis=1)


def of_one_class(batch: Outlook) -> Int[Array, " example"]:
    """Return class 0 for all: days have no classes."""
    return jnp.zeros(len(batch.last), int)


class PowerForecast(AbstractSupervisedFamily):
    """The net load of a site's next day, by quarter hour, from the day before; a task is a `Site`.

    An example is a day and the one after it. The network reads the day's load, PV and wind (hourly) and adds to its net
    load, so that a network of zeros predicts persistence. Support: `shots` days in a row. Query: the `queries`
    days after them, each from the day before it; the error is the mean square in (100 kW)².

    The description is the site's metadata, which are installed PV and wind (in 100 kW) and sine and cosine of the time
    of year, and its typical curves, the hourly means of load, PV and wind over the days of meta-training; `partial`,
    the metadata alone; `noisy`, all with normal noise of deviation 0.1. The oracle reads the hourly net load of the
    query days.

    Attributes:
        sites: draws tasks and looks up their days.
        typical: mean hour of each profile over the days of meta-training, by kind.
        seasons: sine and cosine of the time of year of each day.
        description: how tasks are described.
        shots: support days.
        queries: query days.
        hidden: widths of the network's hidden layers.
    """

    metrics: ClassVar[Mapping[str, Metric]] = {"mse": Metric(unit="(100 kW)²", label="mean squared error")}
    inputs: ClassVar[Callable[[Any], Array]] = staticmethod(inputs)
    items: ClassVar[Callable[[Any], Any]] = staticmethod(changes)
    labels: ClassVar[Callable[[Any], Array]] = staticmethod(of_one_class)

    sites: Sites
    typical: dict[str, Float[Array, "profile 24"]]
    seasons: Float[Array, "day 2"]
    description: Descriptor = eqx.field(static=True)
    shots: int = eqx.field(static=True)
    queries: int = eqx.field(static=True)
    hidden: tuple[int, ...] = eqx.field(static=True)

    def __init__(
        self,
        profiles: Profiles,
        *,
        unseen_season: str = "winter",
        description: Descriptor = "full",
        shots: int = 5,
        queries: int = 5,
        hidden: tuple[int, ...] = (64, 64),
    ):
        """Divide the data into splits.

        Args:
            profiles: the data.
            unseen_season: that is held out.
            description: how tasks are described.
            shots: support days.
            queries: query days.
            hidden: widths of the network's hidden layers.
        """
        days = shots + queries + 1
        self.sites = Sites(profiles, days=days, unseen_season=unseen_season)
        first = np.asarray(self.sites.regions["meta-train"].first)
        trained = np.unique(first[:, None] + np.arange(days))
        self.typical = {
            kind: hourly(jnp.asarray(curves.values[:, trained].mean(axis=1), float))
            for kind, curves in profiles.kinds.items()
        }
        angle = 2 * np.pi * (profiles.dates.astype(int) % 365.25) / 365.25
        self.seasons = jnp.asarray(np.stack([np.sin(angle), np.cos(angle)], axis=1), float)
        self.description, self.shots, self.queries, self.hidden = description, shots, queries, hidden

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

    def outlook(self, task: Site, first: int, count: int) -> Outlook:
        """Return `count` days in a row from the `first`-th of the site on, and the ones after them."""
        powers = jax.vmap(lambda day: self.sites.powers(task, day))(first + jnp.arange(count + 1)) / PEAK
        net = powers[:, 0] - powers[:, 1] - powers[:, 2]
        return Outlook(hourly(powers[:-1]).reshape(count, READ), net[:-1], net[1:])

    def identities(self, tasks: Site) -> list[str]:
        return self.sites.identities(tasks)

    def task_info(self, task: Site, *, key: PRNGKeyArray) -> TaskInfo:
        plants = task.plants / PEAK
        sizes = jnp.concatenate([jnp.ones(1), plants])
        curves = [self.typical[kind][task.profiles[place]] for place, kind in enumerate(self.sites.curves)]
        metadata = jnp.concatenate([plants, self.seasons[task.first]])
        whole = jnp.concatenate([metadata, (sizes[:, None] * jnp.stack(curves)).ravel()])
        description = {"partial": metadata, "none": whole[:0]}.get(self.description, whole)
        if self.description == "noisy":
            description += NOISE * jax.random.normal(key, description.shape)
        query = self.outlook(task, self.shots, self.queries)
        return TaskInfo(description, hourly(query.following).ravel())

    def batch(self, learner: Any, task: Site, *, size: int, key: PRNGKeyArray) -> Outlook:
        """Return the site's first `size` days: those of the support set come first."""
        return self.outlook(task, 0, size)

    def predict(self, learner: MLP, batch: Outlook) -> Float[Array, "example 96"]:
        """Return the learner's forecast of the net load, in 100 kW."""
        return batch.last + each(learner, batch.curves)

    def inner_loss(self, learner: MLP, batch: Outlook) -> Float[Array, ""]:
        """Return the mean squared error on a batch, in (100 kW)²."""
        return jnp.mean(jnp.square(self.predict(learner, batch) - batch.following))

    def outer_loss(self, learner: MLP, batch: Outlook) -> Float[Array, ""]:
        return self.inner_loss(learner, batch)

    def score(self, learner: MLP, task: Site, query: Outlook) -> dict[str, Float[Array, ""]]:
        return {"mse": self.inner_loss(learner, query)}

    def learner(self, *, context: int = 0, key: PRNGKeyArray) -> MLP:
        return MLP((READ + context, *self.hidden, STEPS), key=key)

    def item_encoder(self, width: int, *, key: PRNGKeyArray) -> MLP:
        return MLP((READ + STEPS, width, width), key=key)

    def signature(self, batch: Outlook) -> Float[Array, " feature"]:
        """Return the mean over days of their curves, each of length 1."""
        lengths = jnp.linalg.norm(batch.curves, axis=1, keepdims=True)
        return jnp.mean(batch.curves / jnp.maximum(lengths, 1e-6), axis=0)

    def references(self, tasks: Site, support: Any, query: Outlook) -> dict[str, Float[np.ndarray, " task"]]:
        """Return the errors of persistence, tomorrow as today, and of a linear model of days of meta-training."""
        change = query.following - query.last
        read = jnp.concatenate([query.curves, jnp.ones((*query.curves.shape[:2], 1))], axis=-1)
        errors = {"persistence": change, "linear model": change - read @ self._linear_model()}
        return {name: np.asarray(jnp.mean(jnp.square(error), axis=(1, 2))) for name, error in errors.items()}

    def _linear_model(self) -> Float[Array, "73 96"]:
        """Fit the change from one day to the next by ridge regression on the network's inputs and a constant."""
        drawn = self.sample(FITTED, split="meta-train", key=jax.random.key(0))
        seen = jax.vmap(lambda task: self.outlook(task, 0, self.shots + self.queries))(drawn)
        rows = np.asarray(seen.curves, float).reshape(-1, READ)
        rows = np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
        targets = np.asarray(seen.following - seen.last, float).reshape(-1, STEPS)
        ridge = RIDGE * np.mean(rows**2) * len(rows) * np.eye(READ + 1)
        return jnp.asarray(np.linalg.solve(rows.T @ rows + ridge, rows.T @ targets), float)

    @property
    def picture(self) -> "ForecastPicture":
        return ForecastPicture()


class ForecastPicture(AbstractPicture):
    """Shows the net load of the first query day and of the day before it, and the learner's forecast, in 100 kW."""

    name: ClassVar[str] = "forecasts"

    def scene(self, family: PowerForecast, tasks: Site, support: Outlook, query: Outlook) -> dict[str, Array]:
        return {"net_load": query.following[:, 0], "day_before": query.last[:, 0]}

    def portrait(
        self, family: PowerForecast, learner: MLP, task: Site, query: Outlook, *, key: PRNGKeyArray
    ) -> Float[Array, " 96"]:
        return family.predict(learner, query)[0]
