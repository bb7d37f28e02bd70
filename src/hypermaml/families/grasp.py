"""Grasping: objects of unknown shape that a hand must lift."""

from typing import Any, ClassVar, Literal, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.reinforcement import Experience
from hypermaml._core.task_info import Cloud, TaskInfo
from hypermaml.families.descriptor import NUMBERS, Descriptor
from hypermaml.families.hosted import AbstractHosted, mean_returns
from hypermaml.families.surface import cloud
from hypermaml.nn.mlp import Activation
from hypermaml.rl.estimators import LVC, AbstractEstimator
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


class Grasping(AbstractHosted):
    """Objects on a table: boxes, cylinders, ellipsoids, cones of discs, angles; a task is a `GraspObject`.

    Half of their length is uniform in [3, 5] cm, of their width in [1.4, 2.8] cm, of their height in [1.6, 3.4] cm,
    where the kind does not tie one to another; mass in [50, 300] g, friction in [.6, 1.2], turn in ±90°, place within
    3 cm along each axis. The policy observes none of it but the place. Held out for extrapolation: `sizes`, where
    each measure lies beyond those of training, or `class`, capsules, which training has not.

    The description tells in every form but `none` what all objectives share, how high and for how long to lift, and the
    shape: by its class and its measures, or by points of its surface. `full`, it also tells mass, friction and turn;
    `partial`, the shape alone, in its own frame; `noisy`, as full with noise of `noise` times the middle of each
    measure, and of `noise` rad; points get the noise of the mean measure.

    Attributes:
        environment: the hand and the reward.
        description: how tasks are described.
        shape: how the shape is told.
        points: of a cloud, >= 1.
        unseen: what is held out for extrapolation.
        shots: support trajectories K.
        queries: query trajectories.
        noise: of a noisy description, relative, >= 0.
        estimator: of the inner gradient.
        discount: γ.
        gae_lambda: λ of the generalized advantages.
        hidden: widths of the policy's hidden layers.
        activation: of the hidden layers.

    Raises:
        ModuleNotFoundError: MuJoCo is not installed; the sentence says what to install.
        ValueError: a value is out of its range.
    """

    portrayed: ClassVar[str] = "rises"

    environment: Grasp = eqx.field(static=True, default=Grasp())
    description: Descriptor = eqx.field(static=True, default="full")
    shape: Shape = eqx.field(static=True, default="class")
    points: int = eqx.field(static=True, default=64)
    unseen: Unseen = eqx.field(static=True, default="sizes")
    shots: int = eqx.field(static=True, default=10)
    queries: int = eqx.field(static=True, default=10)
    noise: float = eqx.field(static=True, default=0.1)
    estimator: AbstractEstimator = LVC()
    discount: float = eqx.field(static=True, default=0.99)
    gae_lambda: float = eqx.field(static=True, default=0.95)
    hidden: tuple[int, ...] = eqx.field(static=True, default=(64, 64))
    activation: Activation = eqx.field(static=True, default=jax.nn.tanh)

    def __check_init__(self):
        self.require()
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

    def draw(self, n: int, *, outside: bool, key: PRNGKeyArray) -> GraspObject:
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
            fitted(kind, jnp.asarray(SMALLEST) + share * (jnp.asarray(LARGEST) - jnp.asarray(SMALLEST))),
            jax.random.uniform(mass_key, (n,), minval=MASS[0], maxval=MASS[1]),
            jax.random.uniform(friction_key, (n,), minval=FRICTION[0], maxval=FRICTION[1]),
            jax.random.uniform(yaw_key, (n,), minval=-YAW, maxval=YAW),
            jax.random.uniform(position_key, (n, 2), minval=-POSITION, maxval=POSITION),
        )

    def task_info(self, task: GraspObject, *, key: PRNGKeyArray) -> TaskInfo:
        noise_key, cloud_key = jax.random.split(key)
        true = jnp.concatenate([_class(task), _load(task), _turned(task), task.position])
        if self.description == "none":
            return TaskInfo(jnp.zeros(0), true)
        told = _blurred(task, self.noise, noise_key) if self.description == "noisy" else task
        shared = jnp.array([LIFTED, HELD * self.environment.seconds])
        whole = self.description != "partial"
        if self.shape == "class":
            beside = [_load(told), _turned(told)] if whole else []
            return TaskInfo(jnp.concatenate([shared, _class(told), *beside]), true)
        seen = cloud(told, self.points, key=cloud_key)
        every = jnp.ones(self.points)
        if not whole:
            return TaskInfo((shared, Cloud(seen, every)), true)
        cos, sin = _turned(told)
        seen = seen @ jnp.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
        return TaskInfo((jnp.concatenate([shared, _load(told)]), Cloud(seen, every)), true)

    def read_metrics(self, seen: Trajectories, record: StepRecord) -> dict[str, Float[Array, " task"]]:
        """The mean return, and the share of the trajectories in which the object was lifted and held."""
        return {"return": mean_returns(seen), "success": jnp.asarray(success(record.step_metric).mean(-1), float)}

    def scene(self, tasks: GraspObject, support: Experience) -> dict[str, Array]:
        return {"kind": tasks.kind, "size": tasks.size}


def fitted(kind: Any, size: Float[Array, "task 3"]) -> Float[Array, "task 3"]:
    """Measures as kinds tie them: what is round is as long as it is wide, a capsule as high, an ellipsoid no higher."""
    length, width, height = jnp.moveaxis(size, -1, 0)
    is_a = lambda name: kind == KINDS.index(name)  # noqa: E731
    length = jnp.where(is_a("cylinder") | is_a("cone"), width, length)
    height = jnp.where(is_a("capsule"), width, jnp.where(is_a("ellipsoid"), jnp.minimum(height, width), height))
    return jnp.stack([length, width, height], axis=-1)


def _class(grasp_object: GraspObject) -> Float[Array, " 9"]:
    """1 at the kind and 0 elsewhere, and the measures in m."""
    return jnp.concatenate([jax.nn.one_hot(grasp_object.kind, len(KINDS)), grasp_object.size])


def _load(grasp_object: GraspObject) -> Float[Array, "2"]:
    return jnp.stack([grasp_object.mass, grasp_object.friction])


def _turned(grasp_object: GraspObject) -> Float[Array, "2"]:
    return jnp.stack([jnp.cos(grasp_object.yaw), jnp.sin(grasp_object.yaw)])


def _blurred(grasp_object: GraspObject, noise: float, key: PRNGKeyArray) -> GraspObject:
    """The object as it is told where the description is noisy; no measure falls below a fifth of the smallest."""
    middles = jnp.array([*np.add(SMALLEST, LARGEST) / 2, sum(MASS) / 2, sum(FRICTION) / 2, 1.0])
    *size, mass, friction, yaw = noise * middles * jax.random.normal(key, (6,))
    return grasp_object._replace(
        size=jnp.maximum(grasp_object.size + jnp.stack(size), jnp.asarray(SMALLEST) / 5),
        mass=grasp_object.mass + mass,
        friction=grasp_object.friction + friction,
        yaw=grasp_object.yaw + yaw,
    )
