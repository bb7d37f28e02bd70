"""Time-of-use tariffs."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

STANDARD = 0.30  # €/kWh
CHEAP_HOURS, DEAR_HOURS = 6.0, 4.0
LOW, HIGH = (0.12, 0.22), (0.38, 0.55)  # €/kWh
EXPORT = (0.03, 0.10)  # €/kWh
DEMAND = (0.0, 0.40)  # €/kW of the day's highest import


class Tariff(eqx.Module):
    """Six cheap hours, four dear ones, and the standard price between them; the same each day.

    Attributes:
        cheap: the hour at which the cheap ones begin, in [0, 24).
        dear: the hour at which the dear ones begin, in [0, 24).
        low: price of imported energy in the cheap hours, in €/kWh.
        high: price of imported energy in the dear hours, in €/kWh.
        export: what exported energy earns, in €/kWh.
        demand: price of the day's highest import, in €/kW.
    """

    cheap: Float[Array, "*batch"]
    dear: Float[Array, "*batch"]
    low: Float[Array, "*batch"]
    high: Float[Array, "*batch"]
    export: Float[Array, "*batch"]
    demand: Float[Array, "*batch"]

    @classmethod
    def draw(cls, key: PRNGKeyArray) -> "Tariff":
        """Draw a tariff: windows begin at any full hour and do not overlap; prices are uniform between their bounds."""
        cheap_key, gap_key, *price_keys = jax.random.split(key, 6)
        cheap = jax.random.randint(cheap_key, (), 0, 24)
        gap = jax.random.randint(gap_key, (), 6, 24 - 4 + 1)  # hours from one beginning to the other
        bounds = zip(price_keys, (LOW, HIGH, EXPORT, DEMAND), strict=True)
        prices = [jax.random.uniform(key, minval=low, maxval=high) for key, (low, high) in bounds]
        return cls(cheap.astype(float), ((cheap + gap) % 24).astype(float), *prices)

    def price(self, hours: Float[Array, " step"]) -> Float[Array, " step"]:
        """Return the price of imported energy at times of the day, in €/kWh."""
        cheap = (hours - self.cheap) % 24 < CHEAP_HOURS
        dear = (hours - self.dear) % 24 < DEAR_HOURS
        return jnp.where(cheap, self.low, jnp.where(dear, self.high, STANDARD))

    def numbers(self) -> Float[Array, " 8"]:
        """Return the numbers of the tariff: sine and cosine of the middles of both windows, then the four prices."""
        middles = [self.cheap + CHEAP_HOURS / 2, self.dear + DEAR_HOURS / 2]
        angles = [2 * jnp.pi * middle / 24 for middle in middles]
        waves = [wave(angle) for angle in angles for wave in (jnp.sin, jnp.cos)]
        return jnp.stack([*waves, self.low, self.high, self.export, self.demand])
