"""Made-up days of load, PV and wind, so that tests and a first run need no data."""

from __future__ import annotations

import functools

import numpy as np
from jaxtyping import Float

from hypermaml.data.power.profiles import STEPS, Curves, Profiles

LATITUDE = np.radians(51.0)
NOON = 12.5  # h, local time
LOADS = (
    "home",
    "flats",
    "office",
    "shop",
    "school",
    "workshop",
    "bakery",
    "farm",
    "cold store",
    "hotel",
    "pub",
    "pool",
)
# Of each: hour and height of its two peaks, their width (h), the base, and the height of a weekend's peaks.
SHAPES = np.array(
    [
        (7.5, 0.6, 19.0, 1.0, 2.0, 0.20, 1.15),
        (8.0, 0.7, 20.5, 1.0, 2.5, 0.25, 1.10),
        (10.0, 1.0, 14.5, 0.9, 3.0, 0.15, 0.30),
        (11.0, 0.9, 17.0, 1.0, 3.5, 0.20, 0.70),
        (9.5, 1.0, 13.0, 0.7, 2.5, 0.10, 0.20),
        (8.5, 1.0, 15.0, 0.9, 2.0, 0.10, 0.35),
        (3.5, 1.0, 6.5, 0.6, 1.5, 0.15, 0.90),
        (6.0, 1.0, 17.5, 0.9, 1.5, 0.30, 1.00),
        (13.0, 0.3, 20.0, 0.2, 5.0, 0.60, 1.00),
        (7.5, 0.8, 19.0, 1.0, 2.0, 0.35, 1.10),
        (13.0, 0.3, 21.5, 1.0, 2.5, 0.15, 1.30),
        (10.0, 0.6, 18.0, 1.0, 4.0, 0.35, 1.20),
    ]
)
PLANTS = 4


@functools.lru_cache(maxsize=2)
def synthetic(days: int = 364, seed: int = 0) -> Profiles:
    """Twelve load, four PV and four wind profiles of the days from 2016-01-01 on.

    Loads are two daily peaks over a base, lower or higher at weekends and in summer, with noise of an hour. PV follows
    the height of the sun at 51° north and clouds that last hours and days; wind is a power curve of a slow random walk.

    Args:
        days: how many.
        seed: decides all noise.
    """
    noise = np.random.default_rng(seed)
    dates = np.datetime64("2016-01-01") + np.arange(days)
    names = [tuple(f"{kind} {n + 1}" for n in range(PLANTS)) for kind in ("roof", "turbine")]
    return Profiles(
        "the made-up days",
        dates,
        Curves(LOADS, _loads(dates, noise)),
        Curves(names[0], _suns(dates, noise)),
        Curves(names[1], _winds(days, noise)),
    )


def _loads(dates: np.ndarray, noise: np.random.Generator) -> Float[np.ndarray, "profile day 96"]:
    hours = np.arange(STEPS) / 4
    first, high, second, low, width, base, weekend = SHAPES.T[:, :, None, None]
    bumps = sum(
        height * np.exp(-0.5 * (_around(hours - hour) / width) ** 2) for hour, height in ((first, high), (second, low))
    )
    free = (dates.astype(int) + 3) % 7 >= 5  # 1970-01-01 was a Thursday
    level = np.where(free[None, :, None], weekend, 1.0) * (1 + 0.15 * _yearly(dates)[None, :, None])
    wobble = np.exp(0.15 * _slow(noise, (len(SHAPES), len(dates), STEPS), keep=0.75))
    values = (base + bumps * level) * wobble
    return values / values.max(axis=(1, 2), keepdims=True)


def _suns(dates: np.ndarray, noise: np.random.Generator) -> Float[np.ndarray, "profile day 96"]:
    day = dates.astype("datetime64[D]").astype(int) - dates.astype("datetime64[Y]").astype("datetime64[D]").astype(int)
    tilt = np.radians(-23.44) * np.cos(2 * np.pi * (day + 10) / 365.25)[:, None]
    angle = 2 * np.pi * (np.arange(STEPS) / 4 + 0.125 - NOON) / 24
    height = np.sin(LATITUDE) * np.sin(tilt) + np.cos(LATITUDE) * np.cos(tilt) * np.cos(angle)
    weather = _slow(noise, (1, 1, len(dates)), keep=0.6)[0, 0]
    clouds = 1.2 * weather[None, :, None] + 0.6 * _slow(noise, (PLANTS, len(dates), STEPS), keep=0.9)
    return np.maximum(height, 0) * (0.15 + 0.85 / (1 + np.exp(-1.5 * clouds - 0.5)))


def _winds(days: int, noise: np.random.Generator) -> Float[np.ndarray, "profile day 96"]:
    common, own = (_slow(noise, (1, count, days * STEPS), keep=0.995)[0] for count in (1, PLANTS))
    season = 0.25 * _yearly(np.datetime64("2016-01-01") + np.arange(days)).repeat(STEPS)
    speed = np.maximum(7 * np.exp(0.45 * (0.85 * common + 0.5 * own) + season * 0.5), 0)  # m/s
    return (np.clip((speed - 3) / 9, 0, 1) ** 2).reshape(PLANTS, days, STEPS)


def _slow(noise: np.random.Generator, shape: tuple[int, ...], *, keep: float) -> np.ndarray:
    """Normal noise of deviation 1 that keeps this share of itself from step to step along the last axis."""
    fresh = noise.standard_normal(shape)
    out = np.empty(shape)
    out[..., 0] = fresh[..., 0]
    for step in range(1, shape[-1]):
        out[..., step] = keep * out[..., step - 1] + np.sqrt(1 - keep**2) * fresh[..., step]
    return out


def _yearly(dates: np.ndarray) -> np.ndarray:
    """1 in the middle of January, -1 in the middle of July."""
    return np.cos(2 * np.pi * (dates.astype("datetime64[D]").astype(int) % 365.25 - 14) / 365.25)


def _around(hours: np.ndarray) -> np.ndarray:
    """Hours between two times of day, the short way round."""
    return (hours + 12) % 24 - 12
