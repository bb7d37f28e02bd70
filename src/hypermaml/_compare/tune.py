"""Tuning: the trials of each method on meta-validation, alike in number and budget for all."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from hypermaml._compare.sizes import check_sizes
from hypermaml._compare.training import train_whole
from hypermaml._compare.training_run import Progress, TrainingRun
from hypermaml._core.evaluate import evaluate
from hypermaml._core.method import Method
from hypermaml._core.schedule import choose_schedule
from hypermaml._core.trees import NonTrainable
from hypermaml._misc.atomic import write_atomic
from hypermaml._misc.read import read_json
from hypermaml.experiments.experiment import Budget, Descriptor, Experiment
from hypermaml.methods.config import MethodConfig
from hypermaml.run.environment import environment

TUNING_SEED = 1_000_000


def tune(
    experiment: Experiment,
    methods: Sequence[str],
    budget: Budget,
    out: Path,
    *,
    descriptor: Descriptor = "partial",
    report: Callable[[Progress], None] = lambda _: None,
) -> dict[str, Any]:
    """Run the trials of each method and writes them, with the choice, after each trial; goes on where `out` ends.

    A trial's score is the mean over tasks and inner steps 1..N of the family's metric on meta-validation, with the
    test-time schedule chosen as in a comparison; a trial that diverges has none. Trials whose training does not
    depend on the inner rate share it.

    Args:
        experiment: gives the family and the trials.
        methods: by name.
        budget: of one trial.
        out: a JSON file, its folder existing.
        descriptor: of the tasks.
        report: told of each trial.

    Returns:
        What `out` holds: the budget, and for each method its trials, each with its rates and score, and the best one.

    Raises:
        ValueError: `out` holds something else, or trials of another budget, descriptor, metric or variant.
    """
    family = experiment.family(descriptor)
    check_sizes([], family, budget)
    head = {
        "family": experiment.name,
        "variant": experiment.variant(),
        "descriptor": descriptor,
        "metric": family.metric,
        "seed": TUNING_SEED,
        "budget": asdict(budget),
    }
    record = _read(out) if out.exists() else head | {"environment": environment(), "methods": {}}
    if any(record.get(name) != value for name, value in head.items()):
        raise ValueError(f"{out} holds trials of another budget, descriptor, metric or variant: choose another file")
    sign = 1.0 if family.higher_is_better else -1.0
    for name in methods:
        trained: dict[MethodConfig, Method | None] = {}
        entry = record["methods"].setdefault(name, {"trials": [], "best": None})
        grid = experiment.grid(name)
        for index, settings in enumerate(grid):
            if index < len(entry["trials"]):
                continue
            report(Progress(name, index, len(grid)))
            training = TrainingRun(name, settings, family, budget, TUNING_SEED)
            score = _score(training, trained)
            entry["trials"].append(_varied(settings) | {"score": score})
            finite = [trial for trial in entry["trials"] if trial["score"] is not None]
            entry["best"] = max(finite, key=lambda trial: sign * trial["score"], default=None)
            write_atomic(out, json.dumps(record, indent=1) + "\n")
    return record


def _read(path: Path) -> dict[str, Any]:
    record = read_json(path, what="a record of trials")
    methods = record.get("methods")
    if not isinstance(methods, dict) or not all(_is_entry(entry) for entry in methods.values()):
        raise ValueError(f"{path} does not hold trials, but it must be a record of trials: choose another file")
    return record


def _is_entry(entry: Any) -> bool:
    trials = entry.get("trials") if isinstance(entry, dict) else None
    return isinstance(trials, list) and all(isinstance(trial, dict) and "score" in trial for trial in trials)


def _varied(settings: MethodConfig) -> dict[str, float]:
    outer = {"outer_lr": settings.outer_lr} if settings.has_outer_lr else {}
    field = settings.trial_field
    return outer | ({field: getattr(settings, field)} if field else {})


def _score(training: TrainingRun, trained: dict[MethodConfig, Method | None]) -> float | None:
    system = training.build()
    key = training.settings if system.objective.steps else replace(training.settings, inner_lr=1.0)
    if key not in trained:
        trained[key] = train_whole(training)
    method = trained[key]
    if method is None:
        return None
    if not system.objective.steps:
        method = eqx.tree_at(lambda m: m.adapt.rule.rate, method, NonTrainable(jnp.asarray(training.settings.inner_lr)))
    method = training.tested(method)
    tasks, steps = training.tasks("meta-validation"), training.budget.steps
    schedule_key, score_key = jax.random.split(training.evaluation_key("meta-validation"))
    method, _ = choose_schedule(method, training.family, tasks, steps=steps, key=schedule_key)
    scores = evaluate(method, training.family, tasks, steps=steps, key=score_key).scores
    score = float(np.mean(np.asarray(scores[training.family.metric])[:, 1:]))
    return score if math.isfinite(score) else None
