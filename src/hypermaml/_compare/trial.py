"""One trial of tuning: a training run with other settings, and its score on meta-validation."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from hypermaml._compare.training import train_whole
from hypermaml._compare.training_run import TrainingRun
from hypermaml._core.evaluate import evaluate
from hypermaml._core.family import AbstractFamily
from hypermaml._core.method import Method
from hypermaml._core.schedule import choose_schedule
from hypermaml._core.trees import NonTrainable
from hypermaml.experiments.experiment import Budget, Descriptor, Experiment
from hypermaml.methods.config import MethodConfig

TUNING_SEED = 1_000_000


def heading(experiment: Experiment, family: AbstractFamily, budget: Budget, descriptor: Descriptor) -> dict[str, Any]:
    """Return what the trials of one record share, as JSON values."""
    return {
        "family": experiment.name,
        "variant": experiment.variant(),
        "descriptor": descriptor,
        "metric": family.metric,
        "seed": TUNING_SEED,
        "budget": asdict(budget),
    }


def varied(settings: MethodConfig) -> dict[str, float]:
    """Return the settings that the grid varies, by name."""
    outer = {"outer_lr": settings.outer_lr} if settings.has_outer_lr else {}
    field = settings.trial_field
    return outer | ({field: getattr(settings, field)} if field else {})


def score_of_grid(training: TrainingRun, trained: dict[MethodConfig, Method | None]) -> float | None:
    """Train and score a trial; `None` where it diverges.

    Args:
        training: the trial.
        trained: by settings, the methods of earlier trials, which is added to: trials whose training does not depend
            on the inner rate share it.
    """
    inner = bool(training.build().objective.steps)
    key = training.settings if inner else replace(training.settings, inner_lr=1.0)
    if key not in trained:
        trained[key] = train_whole(training)
    method = trained[key]
    if method is None:
        return None
    if not inner:
        method = eqx.tree_at(lambda m: m.adapt.rule.rate, method, NonTrainable(jnp.asarray(training.settings.inner_lr)))
    return score(training, method)


def score(training: TrainingRun, method: Method) -> float | None:
    """Return the mean over tasks and inner steps 1..N of the family's metric on meta-validation; `None` for no number.

    The test-time schedule is chosen as in a comparison.

    Args:
        training: the trial.
        method: as it was meta-trained.
    """
    method = training.tested(method)
    tasks, steps = training.tasks("meta-validation"), training.budget.steps
    schedule_key, score_key = jax.random.split(training.evaluation_key("meta-validation"))
    method, _ = choose_schedule(method, training.family, tasks, steps=steps, key=schedule_key)
    scores = evaluate(method, training.family, tasks, steps=steps, key=score_key).scores
    found = float(np.mean(np.asarray(scores[training.family.metric])[:, 1:]))
    return found if math.isfinite(found) else None
