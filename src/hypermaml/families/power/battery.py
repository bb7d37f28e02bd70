"""A day of a battery behind the meter of a site: physics, cost and observation."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from hypermaml.rl.rollout import AbstractEnvironment

HOURS = 0.25  # h, of a step
EFFICIENCY = 0.95  # of charging, and again of discharging
START = 0.5  # share of the capacity that is charged at midnight
WEAR = 0.02  # €/kWh into or out of the battery's cells
PEAK = 100.0  # kW, the highest load of every site
STRENGTH = 0.1  # of the battery's power that an action of 1 asks for


class Day(eqx.Module):
    """One day at a site, all but the battery's use. Curves are the means of 96 quarter hours.

    Attributes:
        load: in kW, >= 0.
        pv: generation in kW, >= 0.
        wind: generation in kW, >= 0.
        price: of imported energy, in €/kWh.
        export: price of exported energy, in €/kWh; at most the lowest price.
        demand: price of the day's highest import, in €/kW.
        capacity: of the battery, in kWh, > 0.
        power: the most that it is charged or discharged with, in kW at the meter, > 0.
    """

    load: Float[Array, "*batch 96"]
    pv: Float[Array, "*batch 96"]
    wind: Float[Array, "*batch 96"]
    price: Float[Array, "*batch 96"]
    export: Float[Array, "*batch"]
    demand: Float[Array, "*batch"]
    capacity: Float[Array, "*batch"]
    power: Float[Array, "*batch"]

    @property
    def net(self) -> Float[Array, "*batch 96"]:
        """Return load less generation, in kW."""
        return self.load - self.pv - self.wind

    @property
    def stored(self) -> Float[Array, "*batch"]:
        """Return the value of a kWh in the battery at the end of the day, in €: it replaces one at the lowest price."""
        return jnp.min(self.price, axis=-1) / EFFICIENCY


class Charge(eqx.Module):
    """The state of a day.

    Attributes:
        energy: in the battery, in kWh.
        time: quarter hours since midnight.
        peak: the highest import so far, in kW.
        idle_peak: the highest import so far if there were no battery, in kW.
    """

    energy: Float[Array, ""]
    time: Int[Array, ""]
    peak: Float[Array, ""]
    idle_peak: Float[Array, ""]


class Flow(eqx.Module):
    """A quarter hour of the battery, within all limits.

    Attributes:
        power: into (above 0) or out of the battery, in kW at the meter, within all limits.
        energy: in the battery afterwards, in kWh.
        grid: imported (above 0) or exported power, in kW.
    """

    power: Float[Array, ""]
    energy: Float[Array, ""]
    grid: Float[Array, ""]


def requested(action: Float[Array, " 1"], day: Day) -> Float[Array, ""]:
    """Return the power that an action requests, in kW at the meter."""
    return STRENGTH * action[0] * day.power


def flow(energy: Float[Array, ""], wanted: Float[Array, ""], net: Float[Array, ""], day: Day) -> Flow:
    """Compute a quarter hour of the battery.

    Args:
        energy: in it before, in kWh.
        wanted: power to charge (above 0) or discharge with, in kW at the meter.
        net: load less generation, in kW.
        day: gives the limits.
    """
    # A battery that is full or empty after this quarter hour takes or gives no more than that.
    most = jnp.minimum(day.power, (day.capacity - energy) / (EFFICIENCY * HOURS))
    least = jnp.minimum(day.power, energy * EFFICIENCY / HOURS)
    power = jnp.clip(wanted, -least, most)
    inward = jnp.where(power > 0, power * EFFICIENCY, power / EFFICIENCY)
    # Rounding may miss a full or an empty battery by its last digit.
    return Flow(power, jnp.clip(energy + inward * HOURS, 0.0, day.capacity), net + power)


class Battery(AbstractEnvironment):
    """A day with a battery, from midnight to midnight; it starts half full.

    An action of ±10 asks for the battery's full power, above 0 to charge, and none for more: a deviation of 1 is then a
    tenth of it. Charging and discharging lose 5% each. The cost of a quarter hour, in €, is

        price · imported - export · exported + wear · |change of charge| + demand · (rise of the day's highest import),

    with energies in kWh. In the last one, what the battery holds less than at the midnight before is paid at the lowest
    price. The reward is the cost of the same quarter hour without a battery, less that: the return is what the battery
    saves in the day, in €. The difference to minus the cost does not depend on actions; it takes the day's own cost out
    of the variance.

    The policy observes seven numbers: charge (-1 empty, 1 full), net load and highest import so far (in 100 kW), and
    sine and cosine of the time of day with periods of 24 and 12 hours. Neither prices nor sizes are among them.
    """

    horizon: int = eqx.field(static=True, default=96)
    observation_size: int = eqx.field(static=True, default=7)
    action_size: int = eqx.field(static=True, default=1)

    def reset(self, task: Day, *, key: PRNGKeyArray) -> Charge:
        return Charge(START * task.capacity, jnp.zeros((), int), jnp.zeros(()), jnp.zeros(()))

    def observe(self, state: Charge, task: Day) -> Float[Array, " 7"]:
        angle = 2 * jnp.pi * (state.time + 0.5) / self.horizon
        waves = [wave(periods * angle) for periods in (1, 2) for wave in (jnp.sin, jnp.cos)]
        charge = 2 * state.energy / task.capacity - 1
        return jnp.stack([charge, task.net[state.time] / PEAK, state.peak / PEAK, *waves])

    def step(
        self, state: Charge, action: Float[Array, " 1"], task: Day
    ) -> tuple[Charge, Float[Array, ""], Bool[Array, ""]]:
        net, price, last = task.net[state.time], task.price[state.time], state.time == self.horizon - 1
        done = flow(state.energy, requested(action, task), net, task)
        cost = bill(done.grid, state.peak, price, task) + WEAR * jnp.abs(done.energy - state.energy)
        idle = bill(net, state.idle_peak, price, task)
        kept = jnp.where(last, task.stored * (done.energy - START * task.capacity), 0.0)
        later = Charge(
            done.energy, state.time + 1, jnp.maximum(state.peak, done.grid), jnp.maximum(state.idle_peak, net)
        )
        return later, idle - cost + kept, jnp.zeros((), bool)


def bill(grid: Float[Array, ""], peak: Float[Array, ""], price: Float[Array, ""], day: Day) -> Float[Array, ""]:
    """Return the cost of a quarter hour's exchange with the grid, in €.

    Args:
        grid: imported (above 0) or exported power, in kW.
        peak: the highest import before, in kW, >= 0.
        price: of imported energy, in €/kWh.
        day: gives the price of exported energy and of the highest import.
    """
    energy = HOURS * (price * jnp.maximum(grid, 0.0) - day.export * jnp.maximum(-grid, 0.0))
    return energy + day.demand * jnp.maximum(grid - peak, 0.0)
