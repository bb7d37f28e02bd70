"""Splits of sites: each day is of one split, and no training sees the profiles and the season that are held out."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Bool, Int

from hypermaml.data.power.profiles import SEASONS, Profiles

BLOCK = 14  # days that one split has in a row
BLOCKS: Sequence[str] = ("meta-train", "meta-train", "meta-train", "meta-validation", "meta-test")  # again and again
FEWEST = 4  # profiles of a kind, of which one is held out
REGIONS: Mapping[str, tuple[bool, bool]] = {  # whether profiles and season are unseen
    "unseen-profiles": (True, False),
    "unseen-season": (False, True),
    "unseen-profiles-and-season": (True, True),
}
STREAMS: Mapping[str, int] = {  # the number of each split's random stream
    "meta-train": 0,
    "meta-validation": 1,
    "meta-test": 2,
    "unseen-profiles": 4,
    "unseen-season": 5,
    "unseen-profiles-and-season": 6,
}
Indices = Int[np.ndarray, " index"] | Int[Array, " index"]


class Region(NamedTuple):
    """Profiles and days that the sites of a split are drawn from.

    Attributes:
        load: indices of load profiles.
        pv: of PV profiles.
        wind: of wind profiles.
        first: of the days that a site's days may begin with.
    """

    load: Indices
    pv: Indices
    wind: Indices
    first: Indices


def regions(profiles: Profiles, *, days: int, unseen_season: str) -> dict[str, Region]:
    """Return the region of each split.

    Every fourth profile of each kind is held out where there are four loads or more, and with it one season, if one is
    named. What is left goes to meta-train, meta-validation and meta-test in blocks of 14 days, three to one to one. All
    days of a site are of one block.

    Args:
        profiles: to be split.
        days: of a site, in a row.
        unseen_season: the one that is held out, or `none`.

    Raises:
        ValueError: there is no such season, or nothing is left for a split.
    """
    if unseen_season not in (*SEASONS, "none"):
        raise ValueError(f"unseen_season is '{unseen_season}', but it must be one of {', '.join(SEASONS)}, none")
    unseen = np.zeros(len(profiles.dates), bool)
    if unseen_season != "none":
        unseen = profiles.seasons() == SEASONS.index(unseen_season)
    length = max(BLOCK, days)
    block = (profiles.dates - profiles.dates[0]).astype(int) // length
    whole = np.flatnonzero(profiles.runs(days))
    marked = _marked(unseen, whole, days)
    seen, far = whole[marked == 0], whole[marked == days]
    inside = seen[block[seen] == block[seen + days - 1]]
    known, held = ({kind: _part(profiles, kind, held) for kind in profiles.kinds} for held in (False, True))
    owners = np.array(BLOCKS)[block[inside] % len(BLOCKS)]
    found: dict[str, Region] = {
        split: Region(**known, first=inside[owners == split]) for split in dict.fromkeys(BLOCKS)
    }
    for split, region in found.items():
        if not len(region.first):
            season = "" if unseen_season == "none" else f" outside of {unseen_season}"
            raise ValueError(
                f"{profiles.source}: no {days} days in a row are left for {split}; it takes the days of {length} in "
                f"each {length * len(BLOCKS)}, so give at least {length * len(BLOCKS)} whole days{season}, or choose "
                "another season or none to hold out"
            )
    for split, (of_profiles, of_season) in REGIONS.items():
        first = far if of_season else found["meta-test"].first
        own = held if of_profiles else known
        if len(first) and len(own["load"]):
            found[split] = Region(**own, first=first)
    return found


def _marked(mask: Bool[np.ndarray, " day"], first: Int[np.ndarray, " window"], days: int) -> Int[np.ndarray, " window"]:
    """Count the marked days from each first one on."""
    total = np.concatenate([[0], np.cumsum(mask)])
    return total[first + days] - total[first]


def _part(profiles: Profiles, kind: str, held: bool) -> Int[np.ndarray, " profile"]:
    """Return the profiles of a kind that are held out, or the others; where there are too few, all are the others."""
    count = len(profiles.kinds[kind].names)
    every = np.arange(count)
    if len(profiles.load.names) < FEWEST:
        return every[:0] if held else every
    if count < FEWEST:  # too few to part: the loads alone are unseen
        return every
    return every[(every % FEWEST == FEWEST - 1) == held]
