"""Days of load, PV and wind by the quarter hour, whatever they come from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

STEPS = 96  # quarter hours of a day
KINDS = ("load", "pv", "wind")
SEASONS = ("winter", "spring", "summer", "autumn")


@dataclass(frozen=True)
class Curves:
    """The profiles of one kind.

    Attributes:
        names: of the profiles.
        values: mean power of each quarter hour as a share of the profile's peak (load) or of the installed capacity
            (PV, wind), >= 0, shape `(profile, day, 96)`.
    """

    names: tuple[str, ...]
    values: Float[np.ndarray, "profile day 96"]


@dataclass(frozen=True)
class Profiles:
    """Days of local time, from midnight to midnight, on which every profile is known.

    Attributes:
        source: what errors call the data.
        dates: of the days, ascending; days may be missing between two of them.
        load: consumption.
        pv: generation from the sun.
        wind: generation from wind.

    Raises:
        ValueError: there are no days, or a kind has no profile, another number of days, or a value that is no share.
    """

    source: str
    dates: np.ndarray
    load: Curves
    pv: Curves
    wind: Curves

    def __post_init__(self):
        if not len(self.dates):
            raise ValueError(f"{self.source} holds no whole day on which load, pv and wind of all profiles are known")
        for kind, curves in self.kinds.items():
            shape = (len(curves.names), len(self.dates), STEPS)
            if not curves.names or curves.values.shape != shape:
                raise ValueError(f"{self.source}: {kind} has the shape {curves.values.shape}, but it must be {shape}")
            if not (np.isfinite(curves.values).all() and (curves.values >= 0).all()):
                raise ValueError(f"{self.source}: {kind} must be finite and at least 0")

    @property
    def kinds(self) -> dict[str, Curves]:
        """The three kinds by name."""
        return {"load": self.load, "pv": self.pv, "wind": self.wind}

    def seasons(self) -> Int[np.ndarray, " day"]:
        """The meteorological season of each day, an index into `SEASONS`: winter is December to February."""
        months = self.dates.astype("datetime64[M]").astype(int) % 12  # 0 is January
        return (months + 1) % 12 // 3

    def runs(self, days: int) -> Bool[np.ndarray, " day"]:
        """Whether `days` days without a gap begin with each day."""
        count = len(self.dates)
        reach = np.arange(count) + days - 1
        ends = self.dates[np.minimum(reach, count - 1)]
        return (reach < count) & (ends - self.dates == np.timedelta64(days - 1, "D"))
