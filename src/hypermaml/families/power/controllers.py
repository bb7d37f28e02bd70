"""Controllers that learn nothing: a day driven by any of them, and a rule that knows the tariff."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hypermaml.families.power.battery import EFFICIENCY, STRENGTH, WEAR, Battery, Charge, Day, flow, requested

Controller = Callable[[Charge, Day], Float[Array, " action"]]


class Rule(eqx.Module):
    """Charges in the cheap hours and from surplus; covers the net load when a kWh costs more than one in the cell.

    What a kWh in the battery cost is the lowest price and the losses. It reads prices and net load of the quarter hour,
    as the tariff and the meter give them, and knows nothing of later ones.
    """

    def __call__(self, state: Charge, day: Day) -> Float[Array, " 1"]:
        net, price = day.net[state.time], day.price[state.time]
        kept = (jnp.min(day.price) / EFFICIENCY + 2 * WEAR) / EFFICIENCY
        cheap = price <= jnp.min(day.price)
        cover = jnp.where((net < 0) | (price > kept), -net, 0.0)
        return (jnp.where(cheap, day.power, cover) / (STRENGTH * day.power))[None]


def driven(
    environment: Battery, day: Day, controller: Controller
) -> tuple[tuple[Float[Array, " 96"], Float[Array, " 96"]], Float[Array, " 96"]]:
    """Run a day under a controller.

    Returns:
        Power into the battery in kW at the meter and its charge in kWh after each quarter hour; then the rewards in €.
    """

    def advance(state: Charge, _: Any) -> tuple[Charge, tuple[Array, Array, Array]]:
        action = controller(state, day)
        power = flow(state.energy, requested(action, day), day.net[state.time], day).power
        later, reward, _ = environment.step(state, action, day)
        return later, (power, later.energy, reward)

    start = environment.reset(day, key=jax.random.key(0))
    _, (power, energy, rewards) = jax.lax.scan(advance, start, None, length=environment.horizon)
    return (power, energy), rewards
