"""Tuning: the trials of each method on meta-validation, alike in number and budget for all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hypermaml._compare.sizes import check_sizes
from hypermaml._compare.training_run import Progress, TrainingRun
from hypermaml._compare.trial import TUNING_SEED, heading, score_of_grid, varied
from hypermaml._core.method import Method
from hypermaml._misc.atomic import write_atomic
from hypermaml._misc.configuration import written
from hypermaml._misc.read import read_json
from hypermaml.experiments.experiment import Budget, Descriptor, Experiment
from hypermaml.methods.config import MethodConfig
from hypermaml.run.environment import environment


def tune(
    experiment: Experiment,
    methods: Sequence[str],
    budget: Budget,
    out: Path,
    *,
    descriptor: Descriptor = "partial",
    own: Mapping[str, MethodConfig] = MappingProxyType({}),
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
        own: by name, the settings of methods of one's own, around which their trials are.
        report: called before each trial.

    Returns:
        What `out` holds: the budget, and for each method its trials, each with its rates and score, and the best one.

    Raises:
        ValueError: `out` holds something else, or trials of another budget, descriptor, metric or variant, or of
            another method of this name.
    """
    family = experiment.family(descriptor)
    check_sizes([], family, budget)
    head = heading(experiment, family, budget, descriptor)
    record = _read(out) if out.exists() else head | {"environment": environment(), "methods": {}}
    if "sampler" in record or any(record.get(name) != value for name, value in head.items()):
        raise ValueError(
            f"{out} holds trials of another budget, descriptor, metric, variant or sampler: choose another folder"
        )
    sign = 1.0 if family.higher_is_better else -1.0
    for name in methods:
        trained: dict[MethodConfig, Method | None] = {}
        around = {"settings": written(own[name])} if name in own else {}
        entry = record["methods"].setdefault(name, {"trials": [], "best": None, **around})
        if entry.get("settings") != around.get("settings"):
            raise ValueError(f"{out} holds trials of another method that is named {name}: choose another folder")
        grid = experiment.grid(name, own.get(name))
        for index, settings in enumerate(grid):
            if index < len(entry["trials"]):
                continue
            report(Progress(name, index, len(grid)))
            training = TrainingRun(name, settings, family, budget, TUNING_SEED)
            score = score_of_grid(training, trained)
            entry["trials"].append(varied(settings) | {"score": score})
            finite = [trial for trial in entry["trials"] if trial["score"] is not None]
            entry["best"] = max(finite, key=lambda trial: sign * trial["score"], default=None)
            write_atomic(out, json.dumps(record, indent=1) + "\n")
    return record


def _read(path: Path) -> dict[str, Any]:
    record = read_json(path, what="a record of trials")
    methods = record.get("methods")
    if not isinstance(methods, dict) or not all(_is_entry(entry) for entry in methods.values()):
        raise ValueError(f"{path} does not hold trials, but it must be a record of trials: choose another folder")
    return record


def _is_entry(entry: Any) -> bool:
    trials = entry.get("trials") if isinstance(entry, dict) else None
    return isinstance(trials, list) and all(isinstance(trial, dict) and "score" in trial for trial in trials)
