"""What a training run is measured by: the scores after each inner step, and pictures of a few tasks."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np

from hypermaml._compare.record import DESCRIPTION, SCHEDULE, SUPPORT
from hypermaml._compare.training_run import TrainingRun
from hypermaml._core.evaluate import Adaptation, evaluate, other_descriptions, portraits
from hypermaml._core.method import Method
from hypermaml._core.schedule import without_schedule
from hypermaml._misc.atomic import write_atomic

PORTRAYED_TASKS = 2


def validate(training: TrainingRun, method: Method, tasks: Any) -> dict[str, float]:
    """Mean scores on meta-validation, after each inner step, as `METRIC/STEP`."""
    key = training.evaluation_key("meta-validation")
    scores = evaluate(without_schedule(method), training.family, tasks, steps=training.budget.steps, key=key).scores
    return {
        f"{metric}/{step}": float(value)
        for metric, values in scores.items()
        for step, value in enumerate(np.mean(np.asarray(values), axis=0))
    }


def measure(
    training: TrainingRun, method: Method, splits: Sequence[str] = (), *, described: Any = None
) -> dict[str, Adaptation]:
    """Return the adaptation to the tasks of each of these splits; without any, of each test split.

    Args:
        training: of the method.
        method: adapts.
        splits: whose tasks.
        described: see `evaluate`.
    """

    def on(split: str) -> Adaptation:
        key, tasks = training.evaluation_key(split), training.tasks(split)
        return evaluate(method, training.family, tasks, steps=training.budget.steps, key=key, described=described)

    return {split: on(split) for split in splits or training.family.test_splits}


def variants(training: TrainingRun, method: Method, unscheduled: Method) -> Iterator[tuple[str, dict[str, Adaptation]]]:
    """Yield each way of testing as `OPTION=VALUE`, first the main one without a name, with its adaptations.

    Args:
        training: of the method.
        method: with its test-time schedule.
        unscheduled: without it.
    """
    yield "", measure(training, method)
    yield f"{SCHEDULE}=off", measure(training, without_schedule(unscheduled))
    family = training.family
    described = other_descriptions(family, training.budget.test_tasks)
    if training.settings.reads_description and described is not None:
        yield f"{DESCRIPTION}=other", measure(training, method, described=described)
    for size in family.support_sizes:
        yield f"{SUPPORT}={size}", measure(training.with_support(size), method)


def score_rows(
    training: TrainingRun, adaptation: Adaptation, split: str, variant: str = "", *, failed: bool = False
) -> list[tuple]:
    """Return a row of `COLUMNS` for each task, inner step and metric; NaN where training failed."""
    rows = []
    for name, values in adaptation.scores.items():
        metric, _, action = name.partition("|")
        parts = ";".join(sorted(part for part in (variant, action) if part))
        for (task, step), value in np.ndenumerate(np.asarray(values)):
            rows.append((split, training.seed, task, step, metric, parts, "nan" if failed else f"{value:.9g}"))
    return rows


def portray(training: TrainingRun, adaptation: Adaptation, path: Path) -> None:
    """Write what the learners of the first tasks do before and after each step, where the family has a picture."""
    family, picture = training.family, training.family.picture
    if picture is None:
        return
    tasks, learners, support, query = jax.tree.map(
        lambda leaf: leaf[:PORTRAYED_TASKS],
        (training.tasks("meta-test"), adaptation.learners, adaptation.support, adaptation.query),
    )
    seen = portraits(family, picture, learners, tasks, query, training.portrait_key())
    arrays = picture.scene(family, tasks, support, query) | {picture.name: seen}
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **{name: np.asarray(array) for name, array in arrays.items()})
    write_atomic(path, buffer.getvalue())
