"""Grasping: a hand that must close around a thing on the table, lift it and hold it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from hypermaml.sim.environment import AbstractSimulated
from hypermaml.sim.hand import PAD, THING, WRIST, Hand
from hypermaml.sim.model import compile_spec, mujoco_of
from hypermaml.sim.physics import Grip
from hypermaml.sim.shape import KINDS, Thing

HAND = Hand()
START = 0.09  # m from the table to the jaws' lower end
SCATTER = np.array([0.005, 0.005, 0.005, 0.1])  # m and rad within which the wrist starts
LIFTED = 0.05  # m that a thing must rise
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
    """A thing to grasp; a task is a `Thing`.

    The hand has a reflex: it goes down, closes when it is low, and goes up while its jaws hold something. Actions are
    added to it, with a fifth of full speed for an action of 1. Left alone it grasps what lies in the middle and
    fits; where, at which turn, how low and how firmly is up to the policy. So does the gripper of Quillen et al. 2018
    close by itself when it is low.

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

    def models(self, tasks: Thing) -> list[Any]:
        columns = (np.asarray(leaf).tolist() for leaf in (tasks.kind, tasks.size, tasks.mass, tasks.friction))
        return [_model(kind, tuple(size), mass, friction) for kind, size, mass, friction in zip(*columns, strict=True)]

    def start(self, tasks: Thing, generator: Any) -> tuple[Any, Any]:
        """The open hand above the middle of the table, within `SCATTER`; the thing where its task puts it, at rest."""
        n = len(tasks.mass)
        position, velocity = np.zeros((n, 13)), np.zeros((n, self.machine.velocity_size))
        position[:, :WRIST] = generator.uniform(-1.0, 1.0, (n, WRIST)) * SCATTER
        position[:, 2] += START
        position[:, THING] = np.concatenate([tasks.place, tasks.size[:, 2:]], axis=1)
        position[:, 9], position[:, 12] = np.cos(tasks.turn / 2), np.sin(tasks.turn / 2)
        return position, velocity

    def drive(self, now: Grip, action: Any) -> Any:
        """The action beside the reflex, which is at rest along x and y and in the turn."""
        height, jaw = now.position[..., 2], now.position[..., 4]
        up, down = ((TOP - height) / STOP).clip(-1, 1), ((FLOOR - height) / STOP).clip(-DOWN, DOWN)
        # Jaws with something between them stay shut, though they may lose touch for a moment.
        shut = np.where((height < LOW) | ((jaw > SHUT) & (jaw < EMPTY)), 1.0, -1.0)
        still, rise = 0.0 * height, np.where(holding(now), up, down)
        return AUTHORITY * action + np.stack([still, still, rise, still, shut], axis=-1)

    def observe(self, task: Thing, now: Grip) -> Any:
        """Lengths in units of 5 cm, velocities of 0.25 m/s, forces of 10 N up to 2 of them; all of order 1."""
        wrist, thing = now.position[..., :5], now.position[..., THING]
        parts = [
            np.array([20.0, 20.0, 20.0, 1.0, 20.0]) * wrist,
            now.velocity[..., :5] * np.array([4.0, 4.0, 4.0, 0.125, 4.0]),
            20.0 * (thing[..., :2] - wrist[..., :2]),
            20.0 * self.gauge(task, now, now)[..., None],
            4.0 * now.velocity[..., THING],
            (0.1 * now.contact).clip(0, 2),
        ]
        return parts[0].__array_namespace__().concatenate(parts, axis=-1)

    def reward(self, task: Thing, before: Grip, action: Any, after: Grip) -> Any:
        """Of a step, `(...)`: approach, closure and lift, less the effort.

        Approach falls from 1 with the distance from between the jaws to the thing's middle; closure is paid while
        both jaws hold it, and lift in proportion to the rise up to 8 cm while they do. The effort is that of the
        action as it was drawn, so that nothing drives it to where it is clipped and noise no longer counts.
        """
        gap = after.position[..., :3] + np.array([0.0, 0.0, PAD]) - after.position[..., THING]
        near = APPROACH * (1 - np.tanh((gap**2).sum(-1) ** 0.5 / NEAR))
        held = holding(after)
        lift = LIFT * (self.gauge(task, before, after) / HIGH).clip(0, 1)
        return near + held * (CLOSURE + lift) - EFFORT * (action**2).sum(-1)

    def ended(self, after: Grip) -> Any:
        return after.position[..., 0] != after.position[..., 0]

    def gauge(self, task: Thing, before: Grip, after: Grip) -> Any:
        """How far the thing's middle is above where it rests, in m, `(...)`."""
        return after.position[..., THING.stop - 1] - task.size[..., 2]


def holding(now: Grip) -> Any:
    """Whether something is between the jaws: both have closed a little, and both are pushed, `(...)`."""
    return (now.contact > TOUCH).all(-1) & (now.position[..., 4] > SHUT)


def success(rises: Float[np.ndarray, "*trajectory time"]) -> Bool[np.ndarray, "*trajectory"]:
    """Whether a thing was at least `LIFTED` high for `HELD` steps in a row; never where there are fewer steps."""
    high = np.asarray(rises) >= LIFTED
    if high.shape[-1] < HELD:
        return np.zeros(high.shape[:-1], bool)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(high, HELD, axis=-1).all(-1).any(-1))


@functools.lru_cache(maxsize=1024)
def _model(kind: int, size: tuple[float, ...], mass: float, friction: float) -> Any:
    """The hand's `MjModel` with a thing; a rollout of the same tasks finds it again."""
    mujoco = mujoco_of(HAND)
    return compile_spec(mujoco, HAND.holding(mujoco, KINDS[kind], np.array(size), mass, friction))
