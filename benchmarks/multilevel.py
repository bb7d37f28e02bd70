"""What the benchmarks of schools and of counties share: settings, mixed models, records."""

import json
import tempfile
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from few_rows import FewRows
from unseen_tasks import COLORS, IMAGES, OTHER, RESULTS, Study, Trial, draw, options, quick, record, summary, table

import hypermaml as hm
from hypermaml._core.evaluate import test_data
from hypermaml.families.table_references.mixed import Mixed, mixed
from hypermaml.families.table_references.rows import rows_of

LINEAR, DEEP = (), (40, 40)
EXACT, ONE = "exact empirical Bayes", "HyperMAML, one setting"
FAST: dict[str, Any] = {"outer_lr": 1e-2}  # of a linear learner
HELD: dict[str, Any] = {"generator": hm.LowRank(rank=1), "embedding_dropout": 0.5}
MORE_HELD: dict[str, Any] = {"generator": hm.LowRank(rank=1), "embedding_dropout": 0.7}


def generated(kind: type[hm.HyperMAMLAlgorithm2] | type[hm.Hypernet]) -> list[Trial]:
    """Return the trials of HyperMAML or a hypernetwork."""
    return [
        *(Trial(kind(inner_lr=rate, **FAST, **HELD), LINEAR, 400) for rate in (0.06, 0.12, 0.2)),
        Trial(kind(inner_lr=0.12, **FAST, **MORE_HELD), LINEAR, 400),
        *(Trial(kind(inner_lr=rate, **HELD), DEEP, 800) for rate in (0.03, 0.1)),
        *(Trial(kind(inner_lr=rate), DEEP, 300) for rate in (0.03, 0.1)),
    ]


TRIALS = {
    "HyperMAML": generated(hm.HyperMAMLAlgorithm2),
    "MAML": [
        *(Trial(hm.MAML(inner_lr=rate, **FAST), LINEAR, 400) for rate in (0.06, 0.12, 0.2, 0.3)),
        *(Trial(hm.MAML(inner_lr=rate), DEEP, 800) for rate in (0.02, 0.05, 0.1, 0.2)),
    ],
    "conditioned": [
        *(Trial(hm.Conditioned(inner_lr=rate, **FAST), LINEAR, 400) for rate in (0.01, 0.02, 0.04)),
        Trial(hm.Conditioned(inner_lr=0.02, embedding_dropout=0.3, **FAST), LINEAR, 400),
        *(Trial(hm.Conditioned(inner_lr=rate), DEEP, 400) for rate in (0.03, 0.1)),
        *(Trial(hm.Conditioned(inner_lr=rate, embedding_dropout=0.3), DEEP, 800) for rate in (0.03, 0.1)),
    ],
    "hypernet": generated(hm.Hypernet),
}
FIXED = {ONE: Trial(hm.HyperMAML(inner_lr=0.03), DEEP, 800)}


def published(
    formula: str, rows: Any, task: str, slopes: str | None = None, *, reml: bool = True
) -> tuple[float, float]:
    """Return the variance of intercepts and the residual variance of a mixed model, by statsmodels."""
    import statsmodels.formula.api as smf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = smf.mixedlm(formula, rows, groups=rows[task], re_formula=slopes)
        found = model.fit(method="powell", reml=reml)  # the default search stops too early where a variance is small
    return float(found.cov_re.iloc[0, 0]), float(found.scale)


def exact(x: list[np.ndarray], y: list[np.ndarray], descriptions: np.ndarray) -> Mixed:
    """Return the mixed model of all tasks, those of the test among them: its prediction is the ceiling."""
    longest = max(map(len, x))
    wide = np.array([np.pad(each, ((0, longest - len(each)), (0, 0))) for each in x])
    tall = np.array([np.pad(each, (0, longest - len(each))) for each in y])
    found = mixed(rows_of(wide, tall, np.arange(longest) < np.array([[len(each)] for each in y]), descriptions))
    assert found is not None
    return found


def ceiling(model: Mixed) -> Callable[[FewRows, int], dict[str, np.ndarray]]:
    """Return the errors of the exact predictor on the test tasks of a family."""

    def errors(family: FewRows, seed: int) -> dict[str, np.ndarray]:
        import jax

        tasks = family.members[2]
        support, query = test_data(family, tasks, key=jax.random.key(seed))
        described = np.asarray(family.descriptions)[np.asarray(tasks)]
        seen, asked = (rows_of(batch.x, batch.y, batch.mask, described) for batch in (support, query))
        wrong = np.where(asked.mask, (model(seen, asked) - asked.y) ** 2, 0.0)
        return {EXACT: wrong.sum(axis=1) / np.maximum(asked.mask.sum(axis=1), 1)}

    return errors


def run(document: str | None, study: Study, again: Mapping[str, float], noise: float, what: str, top: float) -> None:
    """Measure, write the records, and print a line of JSON."""
    asked = options(document)
    name, fast, study = study.name, asked.quick, replace(study, seeds=tuple(range(asked.seeds)))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) if fast else Path("runs") / name
        found = (quick(study) if fast else study).measure(folder)
        judged = summary(found, "HyperMAML")
        chosen = {} if fast else {key: repr(trial) for key, trial in study.choose(folder).items()}
    if not fast:
        text = "\n\n".join(
            [
                table(f"{what}, above {noise:.4g}", judged["errors"], noise, 2 if noise > 5 else 3),
                table("above HyperMAML, paired by seed", judged["above HyperMAML"], 0.0, 2 if noise > 5 else 3),
            ]
        )
        parts = {"published figures, made again": again, "chosen settings": chosen, "noise": noise, **judged}
        record(RESULTS / name, parts, text)
        above = summary(found, EXACT)[f"above {EXACT}"]
        draw(IMAGES / f"{name}.png", above, COLORS, "squared error above exact Bayes", 0.0, top)
    print(json.dumps({"again": again, "errors": judged["errors"]}))


def family(x: list[np.ndarray], y: list[np.ndarray], descriptions: np.ndarray, held: int, queries: int) -> Any:
    """Return a function from a seed and hidden widths to a family, whose targets are as they are given."""

    def of(seed: int, hidden: tuple[int, ...]) -> FewRows:
        targets = [each[:, None] for each in y]
        how = {"shots": 5, "held": held, "most": 10, "queries": queries, "split_seed": seed, "hidden": hidden}
        return FewRows(x, targets, descriptions=descriptions, **how)

    return of


__all__ = ["EXACT", "FIXED", "OTHER", "TRIALS", "ceiling", "exact", "family", "published", "run"]
