"""Rollouts of MuJoCo's simulations on the host."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Bool, Float, Int, PRNGKeyArray

from hypermaml.rl.host import AbstractHostRun, Draws, HostStep, host_rollout
from hypermaml.rl.policy import Gaussian
from hypermaml.rl.rollout import Trajectories
from hypermaml.sim.environment import AbstractSimulated
from hypermaml.sim.host import simulations


class StepRecord(eqx.Module):
    """Numbers of each step that a rollout records beside the trajectories; `(task, trajectory, ...)`, NumPy.

    Attributes:
        step_metric: the environment's `step_metric` of each step, not a number after the end.
        pose: generalized positions before each step; not a number after the end.
        broken: the step in which the physics ceased to be finite, which ended the trajectory before it; -1 for never.
    """

    step_metric: Float[np.ndarray, "task trajectory time"]
    pose: Float[np.ndarray, "task trajectory time nq"]
    broken: Int[np.ndarray, "task trajectory"]


class SimulatedRun(AbstractHostRun):
    """Simulations of one machine, which step on every core.

    Attributes:
        broken: of each, the step in which the physics ceased to be finite; -1 for never.
    """

    def __init__(self, environment: AbstractSimulated, tasks: Any, draws: Draws):
        """Reset the simulations.

        Args:
            environment: that is stepped.
            tasks: one for each simulation, NumPy.
            draws: the states at the start.
        """
        position, velocity = environment.start(tasks, draws)
        self._environment, self._tasks, self._time = environment, tasks, 0
        self._simulated = simulations(environment.machine, len(position))
        self._now = self._simulated.reset(position, velocity, models=environment.models(tasks))
        self.broken = np.full(len(position), -1)

    def observe(self) -> Float[np.ndarray, "n observation"]:
        return self._environment.observe(self._tasks, self._now)

    def step(self, action: Float[np.ndarray, "n action"], alive: Bool[np.ndarray, " n"]) -> HostStep:
        environment = self._environment
        before = self._now._replace(position=self._now.position.copy())  # the rest is overwritten; no reward reads it
        self._now = now = self._simulated.step(environment.drive(self._now, action), alive)
        # Sums, since a look at each number would cost several times more; of all first, which nearly always are sound.
        if not np.isfinite(now.position.sum() + now.velocity.sum()):
            sound = np.isfinite(now.position.sum(1) + now.velocity.sum(1))
            self.broken[alive & ~sound] = self._time
            alive = alive & sound
        self._time += 1
        with np.errstate(all="ignore"):  # where it is not sound
            reward = environment.reward(self._tasks, before, action, now)
            metric = environment.step_metric(self._tasks, before, now)
        # A copy: it may be the simulations' own.
        return HostStep(reward, alive, environment.ended(now), (metric.astype(np.float32), before.position))


def rollout(
    policies: Any,
    environment: AbstractSimulated,
    tasks: Any,
    *,
    size: int,
    key: PRNGKeyArray,
    sampled: bool = True,
    numbers: Sequence[int] | None = None,
) -> tuple[Trajectories, StepRecord]:
    """Run `size` trajectories of each task with a policy of its own; call it outside of any jit.

    `docs/design.md` says why one half of the simulations does not step while the policies of the other half act.

    Args:
        policies: observation to `Gaussian`, stacked over tasks.
        environment: that is stepped.
        tasks: of the environment, stacked.
        size: trajectories of a task.
        key: for start states and actions.
        sampled: draw the actions, or take the policies' means.
        numbers: of the tasks, see `host_rollout`.

    Returns:
        The trajectories, with the task as first axis and zeros after the end, and the numbers of each step.
    """
    trajectories, (step_metric, pose), run = host_rollout(
        policies,
        lambda each, draws: SimulatedRun(environment, each, draws),
        tasks,
        behaviour=Gaussian,
        horizon=environment.horizon,
        action_size=environment.action_size,
        size=size,
        key=key,
        sampled=sampled,
        numbers=numbers,
    )
    assert isinstance(run, SimulatedRun)
    return trajectories, StepRecord(step_metric, pose, run.broken.reshape(-1, size))
