"""Record what the machine of a trained method does on one held-out task, before and after adaptation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jaxtyping import Bool, Float

from hypermaml._compare.comparison import Comparison
from hypermaml._compare.evaluation import trained
from hypermaml._compare.training_run import Progress
from hypermaml._core.evaluate import evaluate
from hypermaml._core.reinforcement import AbstractReinforcementFamily
from hypermaml.experiments.experiment import Descriptor
from hypermaml.families.hosted import PORTRAYED
from hypermaml.families.simulated import host_rollouts
from hypermaml.run import checkpoint
from hypermaml.run.folder import RunFolder
from hypermaml.sim.environment import AbstractSimulated
from hypermaml.sim.figure import figure


@dataclass(frozen=True)
class Recording:
    """Trajectories of one task, NumPy; the first axis is 0 before the first and 1 after the last inner step.

    Attributes:
        environment: the machine and its rewards.
        task: of the environment.
        steps: inner steps N.
        scores: of the task in the evaluation, means over its trajectories, by metric; shape `(stage,)`.
        metric: the one that the family is rated by.
        step_metric: the environment's, of each step; not a number after the end.
        ends: of the machine's solids before each step of the first trajectory, in m; see `hypermaml.sim.figure`.
        radii: of the solids, in m.
        loose: which of the solids the machine handles.
    """

    environment: AbstractSimulated
    task: Any
    steps: int
    scores: dict[str, Float[np.ndarray, " stage"]]
    metric: str
    step_metric: Float[np.ndarray, "stage trajectory time"]
    ends: Float[np.ndarray, "stage time solid end 3"]
    radii: Float[np.ndarray, " solid"]
    loose: Bool[np.ndarray, " solid"]

    @property
    def returns(self) -> Float[np.ndarray, " stage"]:
        """Return the scores of the family's metric, before and after."""
        return self.scores[self.metric]

    @property
    def own(self) -> Float[np.ndarray, "stage time solid end 3"]:
        """Return the ends of the machine's own solids."""
        return self.ends[:, :, ~self.loose]

    @property
    def seconds(self) -> float:
        """Return the duration of an action, in s."""
        return self.environment.seconds


def record(
    comparison: Comparison,
    run: RunFolder,
    *,
    method: str,
    descriptor: Descriptor,
    seed: int,
    split: str,
    task: int,
    steps: int | None = None,
    report: Callable[[Progress], None] = lambda _: None,
) -> Recording:
    """Adapt the newest checkpoint of a training run as its evaluation does, and record rollouts on one of the tasks.

    Args:
        comparison: of the run; of a family that MuJoCo steps.
        run: its folder; nothing is written.
        method: of the training run.
        descriptor: of the training run.
        seed: of the training run; it decides the tasks.
        split: of the task.
        task: its index in the split.
        steps: inner steps N; as many as in training by default.
        report: called with the progress.

    Raises:
        CheckpointError: the checkpoint is damaged or foreign.
        TypeError: the family has no machine.
        ValueError: there is no checkpoint yet.
    """
    training_run = comparison.training_run(method, descriptor, seed)
    family, steps = training_run.family, steps or training_run.budget.steps
    if not (isinstance(family, AbstractReinforcementFamily) and isinstance(family.environment, AbstractSimulated)):
        raise TypeError(f"{comparison.experiment.name} has no robot to record")
    stored = checkpoint.latest(run.path / "training-runs" / training_run.name / "checkpoints")
    if stored is None and training_run.settings.trained:
        raise ValueError(f"{method} with seed {seed} has no checkpoint in {run.path} yet: go on with the run")
    learned, diverged, iteration, _ = trained(training_run, run)
    state = f"is drawn at iteration {iteration:,} of {training_run.iterations:,}: its newest checkpoint"
    state += ", since its training diverged" if diverged else ""
    message = state if diverged or iteration < training_run.iterations else ""
    report(Progress(training_run.name, training_run.iterations, training_run.iterations, "evaluating", message))
    tasks = training_run.tasks(split)
    adaptation = evaluate(learned, family, tasks, steps=steps, key=training_run.evaluation_key(split))
    here = jax.tree.map(lambda leaf: leaf[task : task + 1], tasks)

    environment = family.environment

    def record_after(step: int) -> tuple[np.ndarray, np.ndarray]:
        learner = jax.tree.map(lambda leaf: leaf[task : task + 1, step], adaptation.learners)
        _, steps_of = host_rollouts(environment, learner, here, size=PORTRAYED, key=training_run.portrait_key())
        return steps_of.step_metric[0], steps_of.pose[0, 0]

    step_metric, pose = map(np.stack, zip(record_after(0), record_after(steps), strict=True))
    report(Progress(training_run.name, training_run.iterations, training_run.iterations, "finished"))
    (model,) = environment.models(here) or [None]
    return Recording(
        environment=environment,
        task=jax.tree.map(lambda leaf: np.asarray(leaf[0]), here),
        steps=steps,
        scores={name: np.asarray(values)[task, [0, steps]] for name, values in adaptation.scores.items()},
        metric=family.metric,
        step_metric=step_metric,
        **figure(environment.machine, pose, model=model)._asdict(),
    )
