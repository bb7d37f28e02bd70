"""The profiles of simbench's installed package, which is found and read but not imported: it needs pandapower."""

from __future__ import annotations

import functools
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from hypermaml._misc.installation import install
from hypermaml.data.power.profiles import Curves, Profiles
from hypermaml.data.power.timetable import Timetable

DATA = Path("networks", "1-complete_data-mixed-all-0-sw")  # the base profiles are the same in all scenarios
LOADS = re.compile(r"(?:BL|G\d|H0|L\d|WB)-[A-Z]_pload")  # not heat pumps, vehicles, nor sums over whole networks
PLANTS = {"pv": re.compile(r"PV\d+"), "wind": re.compile(r"WP\d+")}
ZONE = "Europe/Berlin"


def simbench_folder() -> Path:
    """Where the package lies.

    Raises:
        ModuleNotFoundError: it is not installed; the sentence tells how to.
    """
    spec = find_spec("simbench")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(
            f"the profiles of simbench are not installed: {install('power')}, or, without the network "
            "calculation, pip install --no-deps simbench"
        )
    return Path(next(iter(spec.submodule_search_locations)))


@functools.lru_cache(maxsize=1)
def load_simbench(folder: Path | None = None) -> Profiles:
    """27 load, 8 PV and 12 wind profiles of Germany in 2016, as the quarter hours of 364 days.

    The two days on which clocks change are left out, and wind of slightly below 0 is 0.

    Args:
        folder: of the package; by default the installed one.

    Raises:
        ModuleNotFoundError: simbench is not installed.
        ValueError: its files are not what they were.

    Reference:
        Meinecke et al., SimBench: a benchmark dataset of electric power systems, Energies 13 (12), 2020,
        doi 10.3390/en13123290. The database is under the Open Database License 1.0.
    """
    data = (folder or simbench_folder()) / DATA
    dates, loads = _read(data / "LoadProfile.csv", LOADS)
    found = {kind: _read(data / "RESProfile.csv", pattern) for kind, pattern in PLANTS.items()}
    for own, _ in found.values():
        if not np.array_equal(own, dates):
            raise ValueError(f"{data}: loads and plants have different days")
    return Profiles("simbench", dates, loads, found["pv"][1], found["wind"][1])


def _read(path: Path, wanted: re.Pattern[str]) -> tuple[np.ndarray, Curves]:
    if not path.exists():
        raise ValueError(f"{path} is not there: this version of simbench has another layout than 1.6")
    with path.open(encoding="utf-8") as file:
        header = file.readline().strip().split(";")
    places = [place for place, name in enumerate(header) if wanted.fullmatch(name)]
    if header[0] != "time" or not places:
        raise ValueError(f"{path} has other columns than those of simbench 1.6")
    words = np.loadtxt(path, dtype="U16", delimiter=";", skiprows=1, usecols=0)
    values = np.loadtxt(path, delimiter=";", skiprows=1, usecols=places, ndmin=2)
    times = Timetable.read(str(path), range(2, len(words) + 2), words.tolist(), ZONE)
    dates, days = times.days(np.maximum(values.T, 0.0))
    return dates, Curves(tuple(header[place].removesuffix("_pload") for place in places), days)
