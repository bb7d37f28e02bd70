"""Shapes of a machine in a pose, for pictures: no renderer and no OpenGL, only the C library's kinematics."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from hypermaml.sim.machine import AbstractMachine
from hypermaml.sim.model import compiled, mujoco_of

ROUND = 16  # points of a circle
DRAWN = 3  # groups of geometries that are drawn, as in MuJoCo's own viewer


class Figure(NamedTuple):
    """A machine in many poses, made of solids. The floor is left out.

    Attributes:
        ends: points that span each solid, in the world and in m; not a number where the pose is not finite. The solid
            is their hull, widened by its radius. A body that runs has two a solid, the centres of a capsule's caps; a
            sphere is a capsule without length.
        radii: of the solids, in m.
        loose: whether a solid belongs to the object that the machine handles.
    """

    ends: Float[np.ndarray, "*pose solid end 3"]
    radii: Float[np.ndarray, " solid"]
    loose: Bool[np.ndarray, " solid"]


def figure(machine: AbstractMachine, poses: Float[np.ndarray, "*pose nq"], *, model: Any = None) -> Figure:
    """Return the solids of a machine, in the order of its model: a body's torso first.

    Args:
        machine: that has them.
        poses: generalized positions.
        model: the `MjModel`, where it is not the machine's own.
    """
    mujoco, model = mujoco_of(machine), compiled(machine) if model is None else model
    kinds, data = mujoco.mjtGeom, mujoco.MjData(model)
    solid = np.flatnonzero((model.geom_type != kinds.mjGEOM_PLANE) & (model.geom_group < DRAWN))
    spans = [_span(kinds, kinds(model.geom_type[each]), model.geom_size[each]) for each in solid]
    most = max(len(points) for points, _ in spans)
    local = np.stack([np.resize(points, (most, 3)) for points, _ in spans])
    flat = np.reshape(poses, (-1, model.nq))
    ends = np.full((len(flat), *local.shape), np.nan)
    for pose, frame in zip(flat, ends, strict=True):
        if np.isfinite(pose).all():
            data.qpos[:] = pose
            mujoco.mj_kinematics(model, data)
            turned = data.geom_xmat[solid].reshape(-1, 3, 3)
            frame[:] = data.geom_xpos[solid, None] + np.einsum("sij,sej->sei", turned, local)
    handled = model.body(machine.handled).id if machine.handled else -1
    radii = np.array([radius for _, radius in spans])
    return Figure(ends.reshape(*np.shape(poses)[:-1], *ends.shape[1:]), radii, model.geom_bodyid[solid] == handled)


def _span(kinds: Any, kind: Any, size: Float[np.ndarray, "3"]) -> tuple[Float[np.ndarray, "end 3"], float]:
    """Return points that span a geometry in its own frame, and by how much their hull is widened."""
    if kind in (kinds.mjGEOM_CAPSULE, kinds.mjGEOM_SPHERE):
        half = size[1] if kind == kinds.mjGEOM_CAPSULE else 0.0
        return np.array([[0.0, 0.0, -half], [0.0, 0.0, half]]), float(size[0])
    if kind == kinds.mjGEOM_BOX:
        signs = np.stack(np.meshgrid(*[[-1.0, 1.0]] * 3), axis=-1).reshape(-1, 3)
        return signs * size, 0.0
    angles = 2 * np.pi * np.arange(ROUND) / ROUND
    circle = np.stack([np.cos(angles), np.sin(angles), np.zeros(ROUND)], axis=-1)
    if kind == kinds.mjGEOM_CYLINDER:
        rings = [circle * size[0] + [0.0, 0.0, height] for height in (-size[1], size[1])]
        return np.concatenate(rings), 0.0
    ups = np.linspace(-1.0, 1.0, ROUND + 1)[:, None, None]  # an ellipsoid
    return (np.sqrt(1 - ups**2) * circle + ups * [0.0, 0.0, 1.0]).reshape(-1, 3) * size, 0.0
