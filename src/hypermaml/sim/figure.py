"""The shape of a body in a pose, for pictures: no renderer and no OpenGL, only the C library's kinematics."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from hypermaml.sim.body import AbstractBody
from hypermaml.sim.model import compiled, mujoco_of


class Figure(NamedTuple):
    """A body in many poses, made of capsules; a sphere is a capsule without length. The floor is left out.

    Attributes:
        ends: the two centres of each capsule's caps in the world, in m; not a number where the pose is not finite.
        radii: of the capsules, in m.
    """

    ends: Float[np.ndarray, "*pose capsule 2 3"]
    radii: Float[np.ndarray, " capsule"]


def figure(body: AbstractBody, poses: Float[np.ndarray, "*pose nq"]) -> Figure:
    """The capsules of a body, in the order of its model: the torso first.

    Args:
        body: whose.
        poses: generalized positions.
    """
    mujoco, model = mujoco_of(body), compiled(body)
    kinds, data = mujoco.mjtGeom, mujoco.MjData(model)
    solid = np.flatnonzero(model.geom_type != kinds.mjGEOM_PLANE)
    half = np.where(model.geom_type == kinds.mjGEOM_CAPSULE, model.geom_size[:, 1], 0.0)[solid, None]
    flat = np.reshape(poses, (-1, model.nq))
    ends = np.full((len(flat), len(solid), 2, 3), np.nan)
    for pose, frame in zip(flat, ends, strict=True):
        if np.isfinite(pose).all():
            data.qpos[:] = pose
            mujoco.mj_kinematics(model, data)
            center, axis = data.geom_xpos[solid], data.geom_xmat[solid].reshape(-1, 3, 3)[:, :, 2]
            frame[:, 0], frame[:, 1] = center - half * axis, center + half * axis
    return Figure(ends.reshape(*np.shape(poses)[:-1], *ends.shape[1:]), model.geom_size[solid, 0].copy())
