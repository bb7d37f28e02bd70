"""What the training runs of a comparison left in its run folder, read for reports."""

from __future__ import annotations

import csv
import io
import json
import math
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import jax
import numpy as np

from hypermaml._compare.comparison import Comparison
from hypermaml._compare.measurement import COLUMNS
from hypermaml._compare.training_run import TrainingRun
from hypermaml._core.evaluate import test_data
from hypermaml._core.family import Split
from hypermaml._misc.atomic import write_atomic
from hypermaml.experiments.experiment import Descriptor
from hypermaml.run.folder import RunFolder, RunFolderError
from hypermaml.run.metrics import read

FIELDS = ("family", "variant", "descriptor", "split", "method", "seed", "task", "inner_step", "metric", "value")


def gather(comparison: Comparison, run: RunFolder) -> None:
    """Writes `results.csv` from the results of all finished training runs, each descriptor a complete comparison."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(FIELDS)
    for descriptor, method, training in cells(comparison, run):
        writer.writerows(long_form(comparison, descriptor, method, rows_of(training, run)))
    write_atomic(run.path / "results.csv", table.getvalue())


def rows_of(training: TrainingRun, run: RunFolder) -> list[dict[str, str]]:
    """The rows of a finished training run's `results.csv`, proven to be whole.

    Raises:
        RunFolderError: a row is damaged or missing.
    """
    path = run.training_run(training.name) / "results.csv"
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        places = Counter((row["split"], row["metric"], row["variant"]) for row in rows)
        distinct = {tuple(row[name] for name in COLUMNS[:-1]) for row in rows}
        for row in rows:
            _ = int(row["seed"]), int(row["task"]), int(row["inner_step"]), float(row["value"])
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path, run, f"a row is no row of scores ({error})") from None
    wanted = training.budget.test_tasks * (training.budget.steps + 1)
    if not rows or set(places.values()) != {wanted} or len(distinct) < len(rows):
        raise _damaged(path, run, f"rows are missing or double, since each metric of each split has {wanted}")
    return rows


def _damaged(path: Path, run: RunFolder, how: str) -> RunFolderError:
    return RunFolderError(
        f"{path} is damaged: {how}; delete {path.parent / 'results.csv'} and {run.path / 'summary.json'}, and --resume "
        "measures this training run again."
    )


def long_form(
    comparison: Comparison, descriptor: Descriptor, method: str, rows: Iterable[Mapping[str, Any]]
) -> Iterator[tuple]:
    """A training run's rows with the columns `FIELDS` of a comparison."""
    base = comparison.experiment.variant()
    for row in rows:
        variant = ";".join(sorted(part for part in f"{base};{row['variant']}".split(";") if part))
        head = (comparison.experiment.name, variant, descriptor, row["split"], method)
        yield (*head, *(row[name] for name in FIELDS[len(head) :]))


def learning_curves(comparison: Comparison, run: RunFolder) -> list[dict[str, Any]]:
    """The curves of all finished training runs on meta-validation, a row for each iteration, inner step and metric.

    Where training diverged, the curve ends with NaN.
    """
    rows = []
    for descriptor, method, training in cells(comparison, run):
        lines = read(run.training_run(training.name))
        if lines and notes_of(training, run)["diverged"]:
            lost = {name: math.nan for name in lines[-1] if "/" in name}
            lines.append(lines[-1] | lost | {"iteration": training.iterations})
        for line in lines:
            head = {
                "descriptor": descriptor,
                "method": method,
                "seed": training.seed,
                "iteration": line["iteration"],
            }
            head["environment_steps"] = int(line.get("environment_steps", 0))
            for name, value in line.items():
                metric, _, step = name.partition("/")
                if step and "|" not in metric:
                    rows.append(head | {"inner_step": int(step), "metric": metric, "value": value})
    return rows


def traces(comparison: Comparison, run: RunFolder) -> dict[str, dict[str, np.ndarray]]:
    """The arrays of pictures by descriptor, where seed 0 took part."""
    pictures: dict[str, dict[str, np.ndarray]] = {}
    for descriptor, method, training in cells(comparison, run):
        path = run.training_run(training.name) / "traces.npz"
        if path.exists():
            try:
                with np.load(io.BytesIO(path.read_bytes())) as file:
                    arrays = dict(file)
            except (ValueError, OSError, BadZipFile, zlib.error) as error:
                raise _damaged(path, run, f"it holds no arrays ({error})") from None
            picture = training.family.picture
            assert picture is not None
            scene = pictures.setdefault(descriptor, {name: arrays[name] for name in arrays if name != picture.name})
            scene[f"{picture.name}/{method}"] = arrays[picture.name]
    return pictures


def floors(comparison: Comparison) -> dict[str, dict[tuple[int, int], float]]:
    """For each test split the scores of doing nothing, by seed and task; empty where the family knows none."""
    found: dict[str, dict[tuple[int, int], float]] = {}
    for seed, split, training in _tested(comparison):
        scores = jax.vmap(training.family.floor)(training.tasks(split))
        if scores is not None:
            found.setdefault(split, {}).update({(seed, task): float(score) for task, score in enumerate(scores)})
    return found


def references(comparison: Comparison) -> dict[str, dict[str, dict[tuple[int, int], float]]]:
    """For each test split and name the scores of what needs no meta-training, by seed and task."""
    found: dict[str, dict[str, dict[tuple[int, int], float]]] = {}
    for seed, split, training in _tested(comparison):
        family, tasks = training.family, training.tasks(split)
        named = family.references(tasks, *test_data(family, tasks, key=training.evaluation_key(split)))
        for name, scores in named.items():
            own = found.setdefault(split, {}).setdefault(name, {})
            own.update({(seed, task): float(score) for task, score in enumerate(scores)})
    return found


def _tested(comparison: Comparison) -> Iterator[tuple[int, Split, TrainingRun]]:
    """Each seed and test split, with a training run whose tasks are those of all methods."""
    for seed in comparison.seeds:
        training = comparison.training_run(next(iter(comparison.methods)), comparison.descriptors[0], seed)
        for split in training.family.test_splits:
            yield seed, split, training


def cells(comparison: Comparison, run: RunFolder) -> Iterator[tuple[Descriptor, str, TrainingRun]]:
    """Each descriptor, method and seed whose training run is finished."""
    for descriptor in comparison.descriptors:
        for method in comparison.names:
            for seed in comparison.seeds:
                training = comparison.training_run(method, descriptor, seed)
                if run.finished(training.name):
                    yield descriptor, method, training


def budgets(comparison: Comparison, run: RunFolder) -> dict[str, dict[str, Any]]:
    """What each method was given and what was chosen for it, over its finished trainings."""
    table: dict[str, dict[str, Any]] = {}
    for method, trainings in training_runs_by_method(comparison, run).items():
        settings, training = comparison.methods[method], trainings[0]
        notes = [notes_of(training, run) for training in trainings]
        spent = [
            line.get("environment_steps", 0) for training in trainings for line in read(run.training_run(training.name))
        ]
        schedules = Counter(
            f"rate × {note['schedule']['later_rate']:g}, clip {float(note['schedule']['later_clip']):g}"
            for note in notes
            if note["schedule"]
        )
        outer = f"{settings.outer.name}, {settings.outer_lr:g}" if settings.has_outer_lr else settings.outer.name
        clip = getattr(settings.outer, "clip", math.inf)
        outer += f", clip {clip:g}" if math.isfinite(clip) else ""
        table[method] = {
            "meta-iterations": training.iterations,
            "tasks": training.iterations * comparison.budget.meta_batch,
            "trained parameters": _several(note.get("parameters") for note in notes),
            "environment steps": int(max(spent, default=0)),
            "inner rate": settings.inner_lr,
            "inner clip": settings.inner_clip,
            "outer update": outer if settings.trained else "",
            "test-time schedule (training runs)": "; ".join(
                f"{schedule} ({n})" for schedule, n in schedules.most_common()
            ),
            "diverged": f"{sum(note['diverged'] is not None for note in notes)} of {len(notes)}",
        }
    return table


def _several(counts: Iterable[int | None]) -> str:
    """Each different number once, with commas; descriptions of different sizes have generators of different sizes."""
    return "; ".join(f"{count:,}" for count in sorted({count for count in counts if count is not None}))


def notes_of(training: TrainingRun, run: RunFolder) -> dict[str, Any]:
    """What a finished training run tells beside its scores: the test-time schedule, and where it diverged."""
    path = run.training_run(training.name) / "training-run.json"
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:
        raise _damaged(path, run, f"it is no JSON ({error})") from None


def training_runs_by_method(comparison: Comparison, run: RunFolder) -> dict[str, list[TrainingRun]]:
    """The finished training runs of each method, each once."""
    found: dict[str, dict[str, TrainingRun]] = {}
    for _, method, training in cells(comparison, run):
        found.setdefault(method, {})[training.name] = training
    return {method: list(trainings.values()) for method, trainings in found.items()}
