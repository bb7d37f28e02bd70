"""A policy that knows the object: the scripted grasp, which shows that the tasks can be solved."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hypermaml.rl.policy import Gaussian
from hypermaml.sim.grasp import AUTHORITY, DOWN
from hypermaml.sim.shape import ARM, KINDS, GraspObject

NEAR, STRAIGHT = 0.004, 0.08  # m and rad that count as aligned
STEP, YAW = 0.01, 0.32  # m and rad of a step at full speed
FREE = 0.07  # m above the table, where nothing is in the way


class Script(eqx.Module):
    """A policy for one object: it yaws and moves above it, and leaves the rest to the hand's reflex.

    Attributes:
        yaw: of the wrist, in rad.
        reach: from the object's middle to where it is held, x and y in m.
    """

    yaw: Float[Array, ""]
    reach: Float[Array, "2"]

    def __init__(self, grasp_object: GraspObject):
        """For one object: across its width, at its middle, or at an angle's centre of mass.

        Args:
            grasp_object: unstacked.
        """
        upright = 1 / (2 - ARM)  # share of an angle's mass
        along = jnp.where(grasp_object.kind == KINDS.index("angle"), (ARM - 1) * upright + ARM * (1 - upright), 0.0)
        self.yaw = grasp_object.yaw
        self.reach = along * grasp_object.size[0] * jnp.stack([jnp.cos(grasp_object.yaw), jnp.sin(grasp_object.yaw)])

    def many(self, observations: Float[Array, "example 18"]) -> Gaussian:
        """Return the actions, without noise."""
        mean = jax.vmap(self._action)(observations)
        return Gaussian(mean, jnp.full_like(mean, -jnp.inf))

    def _action(self, seen: Float[Array, " 18"]) -> Float[Array, "5"]:
        height, yaw, gap = seen[2] / 20, seen[3], seen[10:12] / 20
        away, askew = gap + self.reach, self.yaw - yaw
        aligned = (jnp.linalg.norm(away) < NEAR) & (jnp.abs(askew) < STRAIGHT)
        high = height > FREE
        across = jnp.where(high, jnp.clip(away / STEP, -1, 1), 0.0)
        turning = jnp.where(high, jnp.clip(askew / YAW, -1, 1), 0.0)
        wait = jnp.where(high & ~aligned, DOWN, 0.0)  # against the reflex
        return jnp.stack([*across, wait, turning, jnp.zeros(())]) / AUTHORITY
