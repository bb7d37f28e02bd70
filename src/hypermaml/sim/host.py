"""Simulations in MuJoCo's C library, on all cores of the host."""

from __future__ import annotations

import functools
import os

import numpy as np
from jaxtyping import Bool, Float

from hypermaml.sim.body import AbstractBody
from hypermaml.sim.model import compiled, mujoco_of
from hypermaml.sim.physics import Physics


class Simulations:
    """`n` simulations of one body, which step together.

    Args:
        body: what is simulated.
        n: how many, at least 1.
        threads: that step them; all of this process's cores by default.
    """

    def __init__(self, body: AbstractBody, n: int, *, threads: int | None = None):
        stages = mujoco_of(body).mjtStage
        from mujoco.batch import Batch

        self._current, self._nothing = stages.mjSTAGE_VEL, stages.mjSTAGE_NONE
        model = compiled(body)
        self._body, self._reach = body, model.actuator_ctrlrange[:, 1].copy()
        self._batch = Batch(model, n, threads or len(os.sched_getaffinity(0)), persistent=True)
        bind = self._batch.bind
        self._position, self._velocity, self._control = bind("qpos"), bind("qvel"), bind("ctrl")
        self._center, self._sensors = bind("subtree_com"), bind("sensordata")
        torso = model.body("torso").id
        self._torso = torso
        self._orientation = bind("xmat") if body.feels else np.zeros((n, torso + 1, 9))
        self._contact = bind("cfrc_ext") if body.feels else np.zeros((n, model.nbody, 6))

    def reset(self, position: Float[np.ndarray, "n nq"], velocity: Float[np.ndarray, "n nv"]) -> Physics:
        """Sets every simulation to a state at rest, but for its velocity; no forces of contacts are felt yet."""
        self._batch.reset(stage=self._nothing)
        self._position[:] = position
        self._velocity[:] = velocity
        self._batch.forward(stage=self._current)
        return self.read()._replace(contact=np.zeros_like(self._contact))

    def step(self, action: Float[np.ndarray, "n action"], moving: Bool[np.ndarray, " n"]) -> Physics:
        """Applies an action to the simulations that move; the others stay as they are."""
        self._control[:] = np.clip(action, -1.0, 1.0) * self._reach
        ids = None if moving.all() else np.flatnonzero(moving)
        if ids is None or len(ids):
            self._batch.step(ids, nstep=self._body.substeps, stage=self._current)
        return self.read()

    def read(self) -> Physics:
        """The present physics; arrays that the next step overwrites."""
        return Physics(
            self._position,
            self._velocity,
            self._center[:, self._torso],
            self._sensors[:, :3],
            self._orientation[:, self._torso],
            self._contact,
        )


@functools.lru_cache(maxsize=8)
def simulations(body: AbstractBody, n: int) -> Simulations:
    """Simulations that are used again: a rollout begins with their reset."""
    return Simulations(body, n)
