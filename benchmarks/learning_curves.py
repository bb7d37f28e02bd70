"""LCDB: the later part of a learning curve, on a data set that no training has seen, after its first anchors.

`python benchmarks/learning_curves.py [--seeds 10] [--quick]` reads the curves of 20 learners on 239 data sets from the
files of the package lcdb (`pip install lcdb`): those with at least eight anchors. A task is a curve: the mean error
rate of a learner at training sizes 16, 23, 32 and so on. Its description is the learner and meta-features of the data
set. The support set is the first 3 or 5 anchors, and the query set is all from the sixth on. Data sets are split, not
curves. Runs lie in `runs/learning-curves`, where the command goes on if it was cut. It writes
`benchmarks/results/learning-curves` and `docs/images/learning-curves.png` (`--quick` writes nothing). The last line is
one JSON object.
"""

import json
import tempfile
from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pandas as pd
from curve_fits import MODELS, extrapolated
from few_rows import FewRows
from sklearn.ensemble import HistGradientBoostingRegressor
from unseen_tasks import COLORS, IMAGES, RESULTS, Study, Trial, draw, options, quick, record, summary, table

import hypermaml as hm

LEAST = 8  # anchors of a curve that is used
REPEATS = 5  # of an anchor that is used
SHOTS, SIZES, STEPS, ITERATIONS = 5, (0, 3, 5), 5, 1200
LOGARITHMS = [
    "Dimensionality",
    "MajorityClassSize",
    "NumberOfClasses",
    "NumberOfFeatures",
    "NumberOfInstances",
    "NumberOfFeaturesAfterBinarization",
]
SHARES = [
    "ClassEntropy",
    "MinorityClassPercentage",
    "PercentageOfNumericFeatures",
    "PercentageOfBinaryFeatures",
    "PercentageOfMissingValues",
    "AutoCorrelation",
]
LAST, TREES = "last value", "boosted trees that read the first anchors"


def trials() -> dict[str, list[Trial]]:
    """Return four trials of each method."""

    def trial(kind: type[hm.MethodConfig], **how: Any) -> Trial:
        return Trial(kind(**({"inner_lr": 0.05, "inner_steps": STEPS} | how)), (40, 40), ITERATIONS)

    low, dense = hm.LowRank(rank=2), hm.Dense()
    generated: list[dict[str, Any]] = [
        {"generator": dense},
        {"generator": dense, "embedding_dropout": 0.2},
        {"generator": low, "embedding_dropout": 0.2},
    ]
    rates = [{"inner_lr": inner, "outer_lr": outer} for inner in (0.03, 0.05) for outer in (1e-3, 3e-3)]
    last = {"generator": low, "embedding_dropout": 0.2}
    return {
        "HyperMAML": [trial(hm.HyperMAMLAlgorithm2, **how) for how in (*generated, {**last, "inner_lr": 0.03})],
        "MAML": [trial(hm.MAML, **how) for how in rates],
        "conditioned": [trial(hm.Conditioned, **how) for how in rates],
        "hypernet": [trial(hm.Hypernet, **how) for how in (*generated, {**last, "outer_lr": 3e-3})],
    }


def curves() -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray, np.ndarray]:
    """Return the anchors and error rates of each curve, the numbers that describe it, and its data set."""
    spec = find_spec("lcdb")
    if spec is None or spec.origin is None:
        raise SystemExit("learning_curves needs lcdb: pip install lcdb")
    folder = Path(spec.origin).parent  # its code would need further packages, so that its files are read
    columns = ["openmlid", "learner", "size_train", "score_test"]
    rows: Any = pd.read_csv(folder / "database-accuracy.csv", usecols=columns)
    found: Any = rows.groupby(columns[:3])["score_test"].agg(["mean", "count"])
    found = found[found["count"] >= REPEATS].reset_index()
    long = found.groupby(["openmlid", "learner"])["mean"].transform("size") >= LEAST
    own: Any = list(found[long].sort_values("size_train").groupby(["openmlid", "learner"]))
    data_sets, names = np.array([key[0] for key, _ in own]), np.array([key[1] for key, _ in own])
    known: Any = pd.read_csv(folder / "datasets.csv").set_index("openmlid").reindex(data_sets)
    missing = known["NumberOfInstances"].isna().to_numpy(float)
    numbers: Any = pd.concat([np.log(known[LOGARITHMS]), known[SHARES]], axis=1).astype(float)
    numbers = ((numbers - numbers.mean()) / numbers.std()).fillna(0.0).to_numpy()
    learners = np.unique(names)
    described = np.column_stack([names[:, None] == learners, numbers, missing]).astype(float)
    anchors = [rows["size_train"].to_numpy(float) for _, rows in own]
    return anchors, [1 - rows["mean"].to_numpy(float) for _, rows in own], described, data_sets


def parts(data_sets: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Return the curves of each split: 70%, 10% and 20% of the data sets."""
    order = np.random.default_rng(seed).permutation(np.unique(data_sets))
    first, second = int(0.7 * len(order)), int(0.8 * len(order))
    split = {"meta-train": order[:first], "meta-validation": order[first:second], "meta-test": order[second:]}
    return {name: np.nonzero(np.isin(data_sets, own))[0] for name, own in split.items()}


def rows_of(family: FewRows, split: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a row for each query anchor of a split: its size, the seen errors and the description; its error."""
    tasks = family.members[split]
    support, query = jax.tree.map(
        np.asarray, family.test_sets(tasks, support_key=jax.random.key(0), query_key=jax.random.key(0))
    )
    longest, seen = query.x.shape[1], int(family.seen)
    known = np.concatenate([support.y[:, :seen, 0], np.asarray(family.descriptions)[np.asarray(tasks)]], axis=1)
    wide = np.concatenate([query.x, np.repeat(known[:, None], longest, axis=1)], axis=2)
    return wide, query.y[..., 0], query.mask > 0


def boosted(family: FewRows) -> np.ndarray:
    """Return the errors of boosted trees on the distance from the last seen anchor, the best of four settings."""
    (train, y, mask), (held, held_y, held_mask) = (rows_of(family, split) for split in (0, 1))
    last = int(family.seen)  # the column of the last seen error
    kind: Any = HistGradientBoostingRegressor
    fitted = [
        kind(max_iter=500, max_leaf_nodes=leaves, learning_rate=rate, early_stopping=True, random_state=0).fit(
            train[mask],
            (y - train[:, :, last])[mask],
            X_val=held[held_mask],
            y_val=(held_y - held[:, :, last])[held_mask],
        )
        for leaves in (8, 31)
        for rate in (0.03, 0.1)
    ]
    best = max(fitted, key=lambda model: model.score(held[held_mask], (held_y - held[:, :, last])[held_mask]))
    tested, tested_y, tested_mask = rows_of(family, 2)
    predicted = np.zeros(tested_mask.shape)
    predicted[tested_mask] = best.predict(tested[tested_mask])
    return squared(predicted + tested[:, :, last], tested_y, tested_mask)


def squared(predicted: np.ndarray, y: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return the mean squared error of each curve."""
    return np.where(mask, (predicted - y) ** 2, 0.0).sum(axis=1) / np.maximum(mask.sum(axis=1), 1)


def more(fits: dict[str, dict[str, list[float]]], unit: float, family: FewRows, seed: int) -> dict[str, np.ndarray]:
    """Return the errors of the last value, of fitted curves, and of boosted trees that read the first anchors."""
    seen = int(family.seen)
    if not seen:
        return {}
    tested, y, mask = rows_of(family, 2)
    found = {LAST: squared(tested[:, :, seen], y, mask), TREES: boosted(family)}
    tasks = np.asarray(family.members[2])
    return found | {name: np.array(fits[name][str(seen)])[tasks] / unit**2 for name in MODELS}


def by_data_set(found: dict[str, Any], data_sets: np.ndarray, seeds: Sequence[int]) -> dict[str, Any]:
    """Return errors with a list for each data set of each seed instead of one for each seed."""
    owners = [data_sets[parts(data_sets, seed)["meta-test"]] for seed in seeds]

    def parted(tasks: list[list[float]]) -> list[list[float]]:
        return [
            np.asarray(errors)[own == one].tolist()
            for errors, own in zip(tasks, owners, strict=True)
            for one in np.unique(own)
        ]

    return {name: {size: parted(tasks) for size, tasks in sizes.items()} for name, sizes in found.items()}


if __name__ == "__main__":
    asked = options(__doc__)
    fast = asked.quick
    anchors, errors, described, data_sets = curves()
    mean, unit = np.concatenate(errors).mean(), np.concatenate(errors).std()
    x = [np.log2(each)[:, None] / 3 - 3 for each in anchors]
    y = [(each[:, None] - mean) / unit for each in errors]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) if fast else Path("runs/learning-curves")
        fits = extrapolated(anchors, errors, SIZES[1:], SHOTS)

        def family(seed: int, hidden: tuple[int, ...]) -> FewRows:
            """Return the curves, split by a seed."""
            how = {"shots": SHOTS, "held": SHOTS, "queries": 8, "ordered": True, "hidden": hidden}
            return FewRows(x, y, descriptions=described, splits=parts(data_sets, seed), **how)

        default = {"HyperMAML, one setting": Trial(hm.HyperMAML(inner_lr=0.03))}
        study = Study("learning-curves", family, unit, SIZES, trials(), default, partial(more, fits, unit))
        study = Study(**(vars(study) | {"tuning": (100,), "seeds": tuple(range(asked.seeds)), "share": 0.25}))
        found = (quick(study) if fast else study).measure(folder)
        judged = summary(by_data_set(found, data_sets, study.seeds if not fast else (0,)), "HyperMAML")
        chosen = {} if fast else {key: repr(trial) for key, trial in study.choose(folder).items()}
    if not fast:
        scaled = {
            part: {
                name: {size: {k: 1e3 * v for k, v in cell.items()} for size, cell in cells.items()}
                for name, cells in rows.items()
            }
            for part, rows in judged.items()
        }
        text = "\n\n".join(
            [
                table("squared error of the error rate, times 1000", scaled["errors"], 0.0, 2),
                table("above HyperMAML, paired by data set", scaled["above HyperMAML"], 0.0, 2),
            ]
        )
        size = {"curves": len(x), "data sets": len(np.unique(data_sets))}
        record(
            RESULTS / "learning-curves",
            {**size, "chosen settings": chosen, **judged},
            text,
        )
        colors = COLORS | {LAST: "#999999", TREES: "#7a5c1e"} | dict(zip(MODELS, ("#c08497", "#a44a3f"), strict=True))
        draw(
            IMAGES / "learning-curves.png",
            scaled["errors"],
            colors,
            "squared error of the error rate × 1000",
            0.0,
            45.0,
        )
    print(json.dumps(judged["errors"]))
