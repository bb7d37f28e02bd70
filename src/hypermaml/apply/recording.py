"""What the machine of a trained method does on one held-out task, before and after adaptation: for pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import jax
import numpy as np
from jaxtyping import Bool, Float

from hypermaml._compare.comparison import Comparison
from hypermaml._compare.evaluation import trained
from hypermaml._compare.training_run import Progress
from hypermaml._core.evaluate import evaluate
from hypermaml._core.family import AbstractFamily, Split
from hypermaml.experiments.experiment import Descriptor
from hypermaml.families.hosted import PORTRAYED, AbstractHosted
from hypermaml.families.locomotion import DeviceLocomotion, Locomotion
from hypermaml.run import checkpoint
from hypermaml.run.folder import RunFolder
from hypermaml.sim.environment import AbstractSimulated
from hypermaml.sim.figure import figure


@dataclass(frozen=True)
class Journey:
    """Trajectories of one task, NumPy; the first axis is 0 before the first and 1 after the last inner step.

    Attributes:
        environment: the machine and what is to be done with it.
        task: what the task is; of the environment.
        steps: inner steps N.
        scores: of the task in the evaluation, means over its trajectories, by metric; shape `(stage,)`.
        metric: the one that ranks.
        gauge: what the environment reads of each step; not a number after the end.
        ends: of the machine's solids before each step of the first trajectory, in m; see `hypermaml.sim.figure`.
        radii: of the solids, in m.
        loose: which of the solids the machine handles.
    """

    environment: AbstractSimulated
    task: Any
    steps: int
    scores: dict[str, Float[np.ndarray, " stage"]]
    metric: str
    gauge: Float[np.ndarray, "stage trajectory time"]
    ends: Float[np.ndarray, "stage time solid end 3"]
    radii: Float[np.ndarray, " solid"]
    loose: Bool[np.ndarray, " solid"]

    @property
    def returns(self) -> Float[np.ndarray, " stage"]:
        """What ranks, before and after."""
        return self.scores[self.metric]

    @property
    def own(self) -> Float[np.ndarray, "stage time solid end 3"]:
        """The ends of the machine's own solids."""
        return self.ends[:, :, ~self.loose]

    @property
    def seconds(self) -> float:
        """That an action lasts."""
        return self.environment.seconds


def ride(
    comparison: Comparison,
    run: RunFolder,
    *,
    method: str,
    descriptor: Descriptor,
    seed: int,
    split: Split,
    task: int,
    steps: int | None = None,
    report: Callable[[Progress], None] = lambda _: None,
) -> Journey:
    """Adapts the newest checkpoint of a training run as its evaluation does, and rides one of the tasks.

    Args:
        comparison: what the run compares; of a family that MuJoCo steps.
        run: its folder; nothing is written.
        method: of the training run.
        descriptor: of the training run.
        seed: of the training run; it decides the tasks.
        split: whose tasks.
        task: its index.
        steps: inner steps N; as many as in training by default.
        report: told what is done.

    Raises:
        CheckpointError: the checkpoint is damaged or foreign.
        TypeError: the family has no machine.
        ValueError: there is no checkpoint yet.
    """
    training_run = comparison.training_run(method, descriptor, seed)
    family, steps = training_run.family, steps or training_run.budget.steps
    host = _on_host(family)
    if host is None:
        raise TypeError(f"{comparison.experiment.name} has no robot to ride")
    stored = checkpoint.latest(run.path / "training-runs" / training_run.name / "checkpoints")
    if stored is None and training_run.settings.trained:
        raise ValueError(f"{method} with seed {seed} has no checkpoint in {run.path} yet: go on with the run")
    learned, diverged, iteration = trained(training_run, run)
    told = f"is drawn at iteration {iteration:,} of {training_run.iterations:,}: its newest checkpoint"
    told += ", since its training diverged" if diverged else ""
    message = told if diverged or iteration < training_run.iterations else ""
    report(Progress(training_run.name, training_run.iterations, training_run.iterations, "evaluating", message))
    tasks = training_run.tasks(split)
    adaptation = evaluate(learned, family, tasks, steps=steps, key=training_run.evaluation_key(split))
    here = jax.tree.map(lambda leaf: leaf[task : task + 1], tasks)

    def ride_after(step: int) -> tuple[np.ndarray, np.ndarray]:
        learner = jax.tree.map(lambda leaf: leaf[task : task + 1, step], adaptation.learners)
        _, seen = host.rides(learner, here, size=PORTRAYED, key=training_run.portrait_key())
        return seen.gauge[0], seen.pose[0, 0]

    gauge, pose = map(np.stack, zip(ride_after(0), ride_after(steps), strict=True))
    report(Progress(training_run.name, training_run.iterations, training_run.iterations, "finished"))
    environment = host.environment
    (model,) = environment.models(here) or [None]
    return Journey(
        environment=environment,
        task=jax.tree.map(lambda leaf: np.asarray(leaf[0]), here),
        steps=steps,
        scores={name: np.asarray(values)[task, [0, steps]] for name, values in adaptation.scores.items()},
        metric=family.metric,
        gauge=gauge,
        **figure(environment.machine, pose, model=model)._asdict(),
    )


def _on_host(family: AbstractFamily) -> AbstractHosted | None:
    """The family as the host steps it, which tells more of a trajectory."""
    if isinstance(family, DeviceLocomotion):
        return Locomotion(**{field.name: getattr(family, field.name) for field in fields(family)})
    return family if isinstance(family, AbstractHosted) else None
