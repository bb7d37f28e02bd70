"""Grasping: a hand that must close around an object on the table, lift it and hold it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from hypermaml.sim.environment import AbstractSimulated
from hypermaml.sim.hand import OBJECT, PAD, WRIST, Hand
from hypermaml.sim.model import compile_spec, mujoco_of
from hypermaml.sim.physics import Grip
from hypermaml.sim.shape import KINDS, GraspObject

HAND = Hand()
START = 0.09  # m from the table to the jaws' lower end
SCATTER = np.array([0.005, 0.005, 0.005, 0.1])  # m and rad within which the wrist starts
LIFTED = 0.05  # m that an object must rise
HELD = 10  # actions that it must then stay there
NEAR, HIGH = 0.05, 0.08  # m of the approach's decay, and from where on higher is no better
APPROACH, CLOSURE, LIFT, EFFORT = 1.0, 0.5, 4.0, 0.003  # weights of the reward
TOUCH, SHUT = 0.1, 0.003  # N on either jaw, and m by which it has closed, from which on it holds
AUTHORITY = 0.2  # of full speed that an action of 1 adds to the reflex
FLOOR, LOW, TOP = 0.004, 0.012, 0.1  # m above the table: the end of the reflex's way down, where it closes, its way up
DOWN, STOP = 0.8, 0.02  # its speed on the way down, and m in which it stops at either end
EMPTY = 0.04  # m by which a jaw closes only where nothing is between them


@dataclass(frozen=True)
class Grasp(AbstractSimulated):
    """An object to grasp; a task is a `GraspObject`.

    The hand has a reflex: it goes down, closes when it is low, and goes up while its jaws hold something. Actions are
    added to it, with a fifth of full speed for an action of 1. Left alone it grasps an object that lies in the middle
    and fits; where, at which yaw, how low and how firmly is up to the policy. The gripper of Quillen et al.
    2018 closes by itself when it is low, too.

    Attributes:
        horizon: actions of a trajectory, of 0.04 s each.

    Reference:
        Quillen et al. 2018, "Deep reinforcement learning for vision-based robotic grasping" (arXiv 1802.10264).
    """

    horizon: int = 30

    def __post_init__(self):
        if self.horizon < 1:
            raise ValueError(f"Grasp: horizon is {self.horizon}, but it must be at least 1")

    @property
    def machine(self) -> Hand:
        return HAND

    def models(self, tasks: GraspObject) -> list[Any]:
        columns = (np.asarray(leaf).tolist() for leaf in (tasks.kind, tasks.size, tasks.mass, tasks.friction))
        return [_model(kind, tuple(size), mass, friction) for kind, size, mass, friction in zip(*columns, strict=True)]

    def start(self, tasks: GraspObject, generator: Any) -> tuple[Any, Any]:
        """Return the open hand above the table's middle, within `SCATTER`, and the object at rest at its position."""
        n = len(tasks.mass)
        position, velocity = np.zeros((n, 13)), np.zeros((n, self.machine.velocity_size))
        position[:, :WRIST] = generator.uniform(-1.0, 1.0, (n, WRIST)) * SCATTER
        position[:, 2] += START
        position[:, OBJECT] = np.concatenate([tasks.position, tasks.size[:, 2:]], axis=1)
        position[:, 9], position[:, 12] = np.cos(tasks.yaw / 2), np.sin(tasks.yaw / 2)
        return position, velocity

    def drive(self, now: Grip, action: Any) -> Any:
        """Return the action beside the reflex, which is at rest along x and y and in the yaw."""
        height, jaw = now.position[..., 2], now.position[..., 4]
        up, down = ((TOP - height) / STOP).clip(-1, 1), ((FLOOR - height) / STOP).clip(-DOWN, DOWN)
        # Jaws with something between them stay shut, though they may lose touch for a moment.
        shut = np.where((height < LOW) | ((jaw > SHUT) & (jaw < EMPTY)), 1.0, -1.0)
        still, rise = 0.0 * height, np.where(holding(now), up, down)
        return AUTHORITY * action + np.stack([still, still, rise, still, shut], axis=-1)

    def observe(self, task: GraspObject, now: Grip) -> Any:
        """Return lengths in units of 5 cm, velocities of 0.25 m/s, forces of 10 N up to 2 of them; all of order 1."""
        wrist, grasp_object = now.position[..., :5], now.position[..., OBJECT]
        parts = [
            np.array([20.0, 20.0, 20.0, 1.0, 20.0]) * wrist,
            now.velocity[..., :5] * np.array([4.0, 4.0, 4.0, 0.125, 4.0]),
            20.0 * (grasp_object[..., :2] - wrist[..., :2]),
            20.0 * self.step_metric(task, now, now)[..., None],
            4.0 * now.velocity[..., OBJECT],
            (0.1 * now.contact).clip(0, 2),
        ]
        return parts[0].__array_namespace__().concatenate(parts, axis=-1)

    def reward(self, task: GraspObject, before: Grip, action: Any, after: Grip) -> Any:
        """Return the reward of a step, `(...)`: approach, closure and lift, less the effort.

        Approach falls from 1 with the distance from between the jaws to the object's middle; closure is paid while
        both jaws hold it, and lift in proportion to the rise up to 8 cm while they do. The effort is that of the
        action as it was drawn, so that nothing drives it to where it is clipped and noise no longer counts.
        """
        gap = after.position[..., :3] + np.array([0.0, 0.0, PAD]) - after.position[..., OBJECT]
        near = APPROACH * (1 - np.tanh((gap**2).sum(-1) ** 0.5 / NEAR))
        held = holding(after)
        lift = LIFT * (self.step_metric(task, before, after) / HIGH).clip(0, 1)
        return near + held * (CLOSURE + lift) - EFFORT * (action**2).sum(-1)

    def ended(self, after: Grip) -> Any:
        return after.position[..., 0] != after.position[..., 0]

    def step_metric(self, task: GraspObject, before: Grip, after: Grip) -> Any:
        """Return how far the object's middle is above where it rests, in m, `(...)`."""
        return after.position[..., OBJECT.stop - 1] - task.size[..., 2]


def holding(now: Grip) -> Any:
    """Return whether the jaws hold something: both have closed a little, and both are pushed, `(...)`."""
    return (now.contact > TOUCH).all(-1) & (now.position[..., 4] > SHUT)


def success(rises: Float[np.ndarray, "*trajectory time"]) -> Bool[np.ndarray, "*trajectory"]:
    """Return whether an object was at least `LIFTED` high for `HELD` steps in a row."""
    high = np.asarray(rises) >= LIFTED
    if high.shape[-1] < HELD:
        return np.zeros(high.shape[:-1], bool)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(high, HELD, axis=-1).all(-1).any(-1))


@functools.lru_cache(maxsize=1024)
def _model(kind: int, size: tuple[float, ...], mass: float, friction: float) -> Any:
    """Return the hand's `MjModel` with an object; a rollout of the same tasks finds it again."""
    mujoco = mujoco_of(HAND)
    return compile_spec(mujoco, HAND.holding(mujoco, KINDS[kind], np.array(size), mass, friction))
