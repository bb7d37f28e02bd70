"""Step simulations in MuJoCo's C library, on all cores of the host."""

from __future__ import annotations

import functools
import os
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from hypermaml.sim.machine import AbstractMachine
from hypermaml.sim.model import compiled, mujoco_of


class Simulations:
    """`n` simulations of one machine, which step together.

    Args:
        machine: that is simulated.
        n: how many, at least 1.
        threads: that step them; all of this process's cores by default.
    """

    def __init__(self, machine: AbstractMachine, n: int, *, threads: int | None = None):
        stages = mujoco_of(machine).mjtStage
        from mujoco.batch import Batch

        self._current, self._nothing = stages.mjSTAGE_ACC if machine.feels else stages.mjSTAGE_VEL, stages.mjSTAGE_NONE
        self._feels_at_start = machine.feels_at_start
        model = compiled(machine)
        self._substeps, self._reach = machine.substeps, model.actuator_ctrlrange[:, 1].copy()
        self._batch = Batch(model, n, threads or len(os.sched_getaffinity(0)), persistent=True)
        bind = self._batch.bind
        self._position, self._velocity, self._control = bind("qpos"), bind("qvel"), bind("ctrl")
        self.read = machine.watch(bind, model, n)

    def reset(
        self, position: Float[np.ndarray, "n nq"], velocity: Float[np.ndarray, "n nv"], *, models: Any = None
    ) -> Any:
        """Set every simulation to a state at rest, but for its velocity.

        Args:
            position: generalized positions.
            velocity: generalized velocities.
            models: an `MjModel` for each simulation, of the same sizes as the machine's; by default the machine's.
        """
        self._batch.set_models(models)
        self._batch.reset(stage=self._nothing)
        self._position[:] = position
        self._velocity[:] = velocity
        self._batch.forward(stage=self._current)
        now = self.read()
        return now if self._feels_at_start else now._replace(contact=np.zeros_like(now.contact))

    def step(self, action: Float[np.ndarray, "n action"], moving: Bool[np.ndarray, " n"]) -> Any:
        """Apply an action to the simulations that move; the others stay as they are.

        Returns:
            The present physics; arrays that the next step overwrites.
        """
        self._control[:] = np.clip(action, -1.0, 1.0) * self._reach
        ids = None if moving.all() else np.flatnonzero(moving)
        if ids is None or len(ids):
            self._batch.step(ids, nstep=self._substeps, stage=self._current)
        return self.read()


@functools.lru_cache(maxsize=8)
def simulations(machine: AbstractMachine, n: int) -> Simulations:
    """Return simulations that are used again: a rollout begins with their reset."""
    return Simulations(machine, n)
