"""Sites of a user's folder, one CSV or Parquet file each."""

from __future__ import annotations

from functools import reduce
from pathlib import Path

import numpy as np

from hypermaml.data.power.profiles import KINDS, Curves, Profiles
from hypermaml.data.power.table import COLUMNS, read_table

ENDINGS = (".csv", ".parquet")


def load_sites(folder: Path, zone: str = "") -> Profiles:
    """The profiles of all sites in a folder, on the days that all of them have.

    Each file gives a load, a PV and a wind profile under its name. Power is told as a share of the highest value of its
    column: sites of any size then compare. A column of zeros is a site without that plant, and gives no profile.

    Args:
        folder: of files as `read_table` reads them; hidden files are left out.
        zone: of the days; see `Timetable.read`.

    Raises:
        ValueError: the folder is absent or holds no such file, a file is bad, a kind has no power at all, or there is
            no day that every site has.
    """
    if not folder.is_dir():
        raise ValueError(f"the folder {folder} does not exist; name one with a file for each site, such as site.csv")
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in ENDINGS and file.name[0] != ".")
    if not files:
        raise ValueError(
            f"{folder} holds no .csv or .parquet file; each site is one, with the columns {', '.join(COLUMNS)}"
        )
    sites = {file.stem if _once(file, files) else file.name: _days(file, zone) for file in files}
    dates = reduce(np.intersect1d, [own for own, _ in sites.values()])
    if not len(dates):
        raise ValueError(f"the {len(files)} sites of {folder} have no whole day in common")
    common = {name: values[:, np.isin(own, dates)] for name, (own, values) in sites.items()}
    return Profiles(str(folder), dates, *(_curves(folder, kind, common) for kind in KINDS))


def _days(file: Path, zone: str) -> tuple[np.ndarray, np.ndarray]:
    times, values = read_table(file, zone)
    dates, days = times.days(values)
    if not len(dates):
        raise ValueError(f"{file} holds no whole day: each has a gap of more than an hour")
    return dates, days


def _once(file: Path, files: list[Path]) -> bool:
    return [other.stem for other in files].count(file.stem) == 1


def _curves(folder: Path, kind: str, sites: dict[str, np.ndarray]) -> Curves:
    own = {name: values[KINDS.index(kind)] for name, values in sites.items()}
    used = {name: values / values.max() for name, values in own.items() if values.max() > 0}
    if not used and kind == "load":
        raise ValueError(f"{folder}: load is 0 in every row of every file")
    if not used:  # no plant of the kind anywhere: a profile of nothing
        used = {"none": np.zeros_like(next(iter(own.values())))}
    return Curves(tuple(used), np.stack(list(used.values())))
