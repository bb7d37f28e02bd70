"""Sites: their profiles, the sizes of plants and battery, tariff and days."""

from collections.abc import Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from hypermaml.data.power.profiles import KINDS, STEPS, Profiles
from hypermaml.families.power.battery import HOURS, PEAK, Day
from hypermaml.families.power.splits import STREAMS, Indices, Region, regions
from hypermaml.families.power.tariff import Tariff

SIZES = {"pv": (0.0, 200.0), "wind": (0.0, 100.0)}  # kW installed
CAPACITY = (100.0, 300.0)  # kWh
DURATION = (2.0, 4.0)  # h that the battery gives its full power
HOURLY = 24


class Site(eqx.Module):
    """One site in a season. Its highest load in the data is 100 kW, whatever it is in truth: costs then compare.

    Attributes:
        profiles: indices of the load, the PV and the wind profile.
        plants: installed PV and wind, in kW.
        first: index of the first of its days.
        capacity: of the battery, in kWh.
        duration: for which a full battery gives its full power, in h.
        tariff: what energy costs.
    """

    profiles: Int[Array, "*batch 3"]
    plants: Float[Array, "*batch 2"]
    first: Int[Array, "*batch"]
    capacity: Float[Array, "*batch"]
    duration: Float[Array, "*batch"]
    tariff: Tariff


class Sites(eqx.Module):
    """Draw the sites of each split, and look up their days.

    Profiles and days are those of the split, PV is uniform from 0 to 200 kW and wind from 0 to 100 kW, the battery from
    100 to 300 kWh with 2 to 4 hours of full power.

    Attributes:
        curves: of each kind, in shares of 100 kW or of the installed power.
        regions: of each split, its profiles and days.
        days: of a site, in a row.
        splits: their names, those of training first.
    """

    curves: dict[str, Float[Array, "profile day 96"]]
    regions: dict[str, Region]
    days: int = eqx.field(static=True)
    splits: tuple[str, ...] = eqx.field(static=True)

    def __init__(self, profiles: Profiles, *, days: int, unseen_season: str = "winter"):
        """Divide the data into splits.

        Args:
            profiles: the data.
            days: of a site, in a row.
            unseen_season: that is held out; see `regions`.
        """
        found: Mapping[str, Region] = regions(profiles, days=days, unseen_season=unseen_season)
        self.curves = {kind: jnp.asarray(curves.values, float) for kind, curves in profiles.kinds.items()}
        self.regions = {split: Region(*map(jnp.asarray, region)) for split, region in found.items()}
        self.days, self.splits = days, tuple(split for split in STREAMS if split in found)

    def sample(self, n: int, *, split: str, key: PRNGKeyArray) -> Site:
        """Draw `n` sites of a split, stacked."""
        region = self.regions[split]
        keys = jax.random.split(key, n)
        return jax.vmap(lambda key: _draw(region, key))(keys)

    def identities(self, sites: Site) -> list[str]:
        """Return the profiles and the first day of each of stacked sites: other sizes make no other days of them."""
        recorded = np.column_stack([np.asarray(sites.profiles), np.asarray(sites.first)])
        return [" ".join(map(str, row)) for row in recorded]

    def powers(self, site: Site, day: Int[Array, ""] | int) -> Float[Array, "3 96"]:
        """Return load, PV and wind of the site's `day`-th day, in kW by quarter hour."""
        sizes = jnp.concatenate([jnp.full(1, PEAK), site.plants])
        rows = [self.curves[kind][site.profiles[place], site.first + day] for place, kind in enumerate(KINDS)]
        return sizes[:, None] * jnp.stack(rows)

    def day(self, site: Site, day: Int[Array, ""] | int) -> Day:
        """Return the site's `day`-th day with its battery and its tariff."""
        load, pv, wind = self.powers(site, day)
        tariff = site.tariff
        price = tariff.price(HOURS * jnp.arange(STEPS))
        power = site.capacity / site.duration
        return Day(load, pv, wind, price, tariff.export, tariff.demand, site.capacity, power)


def hourly(powers: Float[Array, "*curves 96"]) -> Float[Array, "*curves 24"]:
    """Return the mean of each hour."""
    return powers.reshape(*powers.shape[:-1], HOURLY, -1).mean(axis=-1)


def _draw(region: Region, key: PRNGKeyArray) -> Site:
    profile_keys, plant_key, first_key, capacity_key, duration_key, tariff_key = _named(key)

    def one_of(options: Indices, key: PRNGKeyArray) -> Int[Array, ""]:
        return jnp.asarray(options)[jax.random.randint(key, (), 0, len(options))]

    def between(bounds: tuple[float, float], key: PRNGKeyArray) -> Float[Array, ""]:
        return jax.random.uniform(key, minval=bounds[0], maxval=bounds[1])

    least, most = map(jnp.asarray, zip(*SIZES.values(), strict=True))
    return Site(
        jnp.stack([one_of(options, key) for options, key in zip(region[:3], profile_keys, strict=True)]),
        jax.random.uniform(plant_key, (2,), minval=least, maxval=most),
        one_of(region.first, first_key),
        between(CAPACITY, capacity_key),
        between(DURATION, duration_key),
        Tariff.draw(tariff_key),
    )


def _named(key: PRNGKeyArray) -> tuple[PRNGKeyArray, ...]:
    """Return a key for each draw; the first holds three, for the profiles."""
    profile_key, *others = jax.random.split(key, 6)
    return (jax.random.split(profile_key, 3), *others)
