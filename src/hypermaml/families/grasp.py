"""Grasping: objects of unknown shape that a hand must lift."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.family import Metric
from hypermaml._core.task_info import Cloud, TaskInfo
from hypermaml.families.descriptor import NUMBERS, Descriptor
from hypermaml.families.hosted import mean_returns
from hypermaml.families.simulated import AbstractSimulatedFamily, StepMetricPicture
from hypermaml.families.surface import cloud
from hypermaml.nn.mlp import Activation
from hypermaml.rl.rollout import Trajectories
from hypermaml.sim.grasp import HELD, LIFTED, Grasp, success
from hypermaml.sim.rollout import StepRecord
from hypermaml.sim.shape import KINDS, GraspObject

Shape = Literal["class", "cloud"]
Unseen = Literal["sizes", "class"]
UNSEEN_KIND = KINDS.index("capsule")
SMALLEST = (0.03, 0.014, 0.016)  # m, half of length, width and height
LARGEST = (0.05, 0.028, 0.034)
BEYOND = 1.4  # how far the sizes that are held out go, with 0 at the smallest and 1 at the largest
MASS, FRICTION = (0.05, 0.3), (0.6, 1.2)  # kg; coefficient
YAW, POSITION = np.pi / 2, 0.03  # rad; m along each axis


class Grasping(AbstractSimulatedFamily):
    """Objects on a table: boxes, cylinders, ellipsoids, cones of discs, angles; a task is a `GraspObject`.

    Half of their length is uniform in [3, 5] cm, of their width in [1.4, 2.8] cm, of their height in [1.6, 3.4] cm,
    where the kind does not tie one to another; mass in [50, 300] g, friction in [0.6, 1.2], yaw in ±90°, position
    within 3 cm along each axis. The policy observes only the position. Held out for extrapolation: `sizes`, where
    each measure lies beyond those of training, or `class`, capsules, of which meta-training has none.

    Every description but `none` gives the common objective, how high and for how long to lift, and the shape: by its
    class and its measures, or by points of its surface. `full` adds mass, friction and yaw; `partial` is the shape
    alone, in its own frame; `noisy` is as full with noise of `noise` times the middle of each measure, and of `noise`
    rad; points get the noise of the mean measure.

    Attributes:
        environment: the hand and the reward.
        description: how tasks are described.
        shape: the form in which the shape is described.
        points: of a cloud, >= 1.
        unseen: the region that is held out for extrapolation.
        noise: of a noisy description, relative, >= 0.

    Raises:
        ModuleNotFoundError: MuJoCo is not installed; the sentence says how to install it.
        ValueError: a value is out of its range.
    """

    metrics: ClassVar[Mapping[str, Metric]] = {
        "return": Metric(higher_is_better=True),
        "success": Metric(higher_is_better=True, label="share lifted and held"),
    }

    environment: Grasp = eqx.field(static=True, default=Grasp())
    shots: int = eqx.field(static=True, default=10)
    queries: int = eqx.field(static=True, default=10)
    gae_lambda: float = eqx.field(static=True, default=0.95)
    hidden: tuple[int, ...] = eqx.field(static=True, default=(64, 64))
    activation: Activation = eqx.field(static=True, default=jax.nn.tanh)
    description: Descriptor = eqx.field(static=True, default="full")
    shape: Shape = eqx.field(static=True, default="class")
    points: int = eqx.field(static=True, default=64)
    unseen: Unseen = eqx.field(static=True, default="sizes")
    noise: float = eqx.field(static=True, default=0.1)

    def __check_init__(self):
        self.check_installed()
        choices = {"shape": get_args(Shape), "unseen": get_args(Unseen), "description": NUMBERS}
        for field, known in choices.items():
            if getattr(self, field) not in known:
                raise ValueError(
                    f"Grasping: {field} is '{getattr(self, field)}', but it must be one of {', '.join(known)}"
                )
        if self.points < 1:
            raise ValueError(f"Grasping: points is {self.points}, but it must be at least 1")
        if not self.noise >= 0:
            raise ValueError(f"Grasping: noise is {self.noise}, but it must be at least 0")

    @property
    def splits(self) -> tuple[str, ...]:
        return (*super().splits, "extrapolation")

    def sample(self, n: int, *, split: str, key: PRNGKeyArray) -> GraspObject:
        key, outside = self.split_key(split, key), split == "extrapolation"
        kind_key, size_key, mass_key, friction_key, yaw_key, position_key = jax.random.split(key, 6)
        kind = jax.random.randint(kind_key, (n,), 0, UNSEEN_KIND)
        low, high = 0.0, 1.0
        if outside and self.unseen == "sizes":
            low, high = 1.0, BEYOND
        if outside and self.unseen == "class":
            kind = jnp.full(n, UNSEEN_KIND)
        share = jax.random.uniform(size_key, (n, 3), minval=low, maxval=high)
        return GraspObject(
            kind,
            tied_measures(kind, jnp.asarray(SMALLEST) + share * (jnp.asarray(LARGEST) - jnp.asarray(SMALLEST))),
            jax.random.uniform(mass_key, (n,), minval=MASS[0], maxval=MASS[1]),
            jax.random.uniform(friction_key, (n,), minval=FRICTION[0], maxval=FRICTION[1]),
            jax.random.uniform(yaw_key, (n,), minval=-YAW, maxval=YAW),
            jax.random.uniform(position_key, (n, 2), minval=-POSITION, maxval=POSITION),
        )

    def task_info(self, task: GraspObject, *, key: PRNGKeyArray) -> TaskInfo:
        noise_key, cloud_key = jax.random.split(key)
        parameters = jnp.concatenate([_class(task), _load(task), _direction(task), task.position])
        if self.description == "none":
            return TaskInfo(jnp.zeros(0), parameters)
        known = _blurred(task, self.noise, noise_key) if self.description == "noisy" else task
        shared = jnp.array([LIFTED, HELD * self.environment.seconds])
        whole = self.description != "partial"
        if self.shape == "class":
            beside = [_load(known), _direction(known)] if whole else []
            return TaskInfo(jnp.concatenate([shared, _class(known), *beside]), parameters)
        seen = cloud(known, self.points, key=cloud_key)
        every = jnp.ones(self.points)
        if not whole:
            return TaskInfo((shared, Cloud(seen, every)), parameters)
        cos, sin = _direction(known)
        seen = seen @ jnp.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
        return TaskInfo((jnp.concatenate([shared, _load(known)]), Cloud(seen, every)), parameters)

    def scores_of(self, trajectories: Trajectories, record: StepRecord) -> dict[str, Float[Array, " task"]]:
        """Return the mean return, and the share of the trajectories in which the object was lifted and held."""
        lifted = jnp.asarray(success(record.step_metric).mean(-1), float)
        return {"return": mean_returns(trajectories), "success": lifted}

    @property
    def picture(self) -> "RisePicture":
        return RisePicture()


class RisePicture(StepMetricPicture):
    """Shows how far objects are lifted in sampled trajectories, in m; not a number after the end."""

    name: ClassVar[str] = "rises"

    def scene(self, family: Grasping, tasks: GraspObject, support: Any, query: Any) -> dict[str, Array]:
        return {"kind": tasks.kind, "size": tasks.size}


def tied_measures(kind: Any, size: Float[Array, "task 3"]) -> Float[Array, "task 3"]:
    """Return measures as kinds tie them: discs are as long as wide, a capsule as high, an ellipsoid at most as high."""
    length, width, height = jnp.moveaxis(size, -1, 0)
    is_a = lambda name: kind == KINDS.index(name)  # noqa: E731
    length = jnp.where(is_a("cylinder") | is_a("cone"), width, length)
    height = jnp.where(is_a("capsule"), width, jnp.where(is_a("ellipsoid"), jnp.minimum(height, width), height))
    return jnp.stack([length, width, height], axis=-1)


def _class(grasp_object: GraspObject) -> Float[Array, " 9"]:
    """Return 1 at the kind and 0 elsewhere, and the measures in m."""
    return jnp.concatenate([jax.nn.one_hot(grasp_object.kind, len(KINDS)), grasp_object.size])


def _load(grasp_object: GraspObject) -> Float[Array, "2"]:
    return jnp.stack([grasp_object.mass, grasp_object.friction])


def _direction(grasp_object: GraspObject) -> Float[Array, "2"]:
    return jnp.stack([jnp.cos(grasp_object.yaw), jnp.sin(grasp_object.yaw)])


def _blurred(grasp_object: GraspObject, noise: float, key: PRNGKeyArray) -> GraspObject:
    """Return the object of a noisy description; no measure falls below a fifth of the smallest."""
    middles = jnp.array([*np.add(SMALLEST, LARGEST) / 2, sum(MASS) / 2, sum(FRICTION) / 2, 1.0])
    *size, mass, friction, yaw = noise * middles * jax.random.normal(key, (6,))
    return grasp_object._replace(
        size=jnp.maximum(grasp_object.size + jnp.stack(size), jnp.asarray(SMALLEST) / 5),
        mass=grasp_object.mass + mass,
        friction=grasp_object.friction + friction,
        yaw=grasp_object.yaw + yaw,
    )
