"""What the robot of a trained method does on one held-out task, before and after adaptation: for pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Literal

import jax
import numpy as np
from jaxtyping import Float

from hypermaml.compare.comparison import Comparison
from hypermaml.compare.evaluation import trained
from hypermaml.compare.unit import Progress
from hypermaml.evaluate import evaluate
from hypermaml.experiments.experiment import Descriptor
from hypermaml.family import Split
from hypermaml.run import checkpoint
from hypermaml.run.folder import RunFolder
from hypermaml.sim.figure import figure
from hypermaml.tasks.locomotion import PORTRAYED, AbstractLocomotion, Locomotion


@dataclass(frozen=True)
class Journey:
    """Trajectories of one task, NumPy; the first axis is 0 before the first and 1 after the last inner step.

    Attributes:
        goal: what the task is: a velocity to keep or a direction.
        task: the velocity in m/s; 1 forward, -1 backward.
        steps: inner steps N.
        seconds: that an action lasts.
        returns: of the task in the evaluation, a mean over its trajectories.
        speed: forward velocity of each step, in m/s; not a number after the end.
        ends: of the body's capsules before each step of the first trajectory, in m; see `hypermaml.sim.figure`.
        radii: of the capsules, in m.
    """

    goal: Literal["velocity", "direction"]
    task: float
    steps: int
    seconds: float
    returns: Float[np.ndarray, " stage"]
    speed: Float[np.ndarray, "stage trajectory time"]
    ends: Float[np.ndarray, "stage time capsule 2 3"]
    radii: Float[np.ndarray, " capsule"]


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
        comparison: what the run compares; of a family of continuous control.
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
        TypeError: the family has no robot.
        ValueError: there is no checkpoint yet.
    """
    unit = comparison.unit(method, descriptor, seed)
    family, steps = unit.family, steps or unit.budget.steps
    if not isinstance(family, AbstractLocomotion):
        raise TypeError(f"{comparison.experiment.name} has no robot to ride")
    host = Locomotion(**{field.name: getattr(family, field.name) for field in fields(family)})
    stored = checkpoint.latest(run.path / "units" / unit.name / "checkpoints")
    if stored is None and unit.settings.trained:
        raise ValueError(f"{method} with seed {seed} has no checkpoint in {run.path} yet: go on with the run")
    learned, diverged, iteration = trained(unit, run)
    told = f"is drawn at iteration {iteration:,} of {unit.iterations:,}: its newest checkpoint"
    told += ", since its training diverged" if diverged else ""
    message = told if diverged or iteration < unit.iterations else ""
    report(Progress(unit.name, unit.iterations, unit.iterations, "evaluating", message))
    tasks = unit.tasks(split)
    adaptation = evaluate(learned, family, tasks, steps=steps, key=unit.evaluation_key(split))
    here, body = slice(task, task + 1), family.environment.body

    def ride_after(step: int) -> tuple[np.ndarray, np.ndarray]:
        learner = jax.tree.map(lambda leaf: leaf[here, step], adaptation.learners)
        _, seen = host.rides(learner, tasks[here], size=PORTRAYED, key=unit.portrait_key())
        return seen.speed[0], seen.pose[0, 0]

    speed, pose = map(np.stack, zip(ride_after(0), ride_after(steps), strict=True))
    report(Progress(unit.name, unit.iterations, unit.iterations, "finished"))
    return Journey(
        goal=family.environment.goal,
        task=float(tasks[task]),
        steps=steps,
        seconds=body.substeps * body.timestep,
        returns=np.asarray(adaptation.scores[family.metric])[task, [0, steps]],
        speed=speed,
        **figure(body, pose)._asdict(),
    )
