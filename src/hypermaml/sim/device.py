"""Simulations in MJX, on the device: the environments that `host` steps in C, as pure functions of one state."""

from __future__ import annotations

import contextlib
import functools
from importlib.util import find_spec
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from hypermaml._misc.installation import install
from hypermaml.rl.rollout import AbstractEnvironment
from hypermaml.sim.body import AbstractBody
from hypermaml.sim.model import compiled, mujoco_of, rest
from hypermaml.sim.physics import Physics
from hypermaml.sim.track import Speedometer, Track

# Steps of a line search, all of which MJX takes under vmap. From 300 states of either body the physics is the same with
# 4, 10 and MuJoCo's 50, since the solver searches again until it has converged; 10 are 2 to 3 times as fast as 50.
SEARCH = 10


class State(NamedTuple):
    """One simulation between two actions.

    Attributes:
        now: its physics.
        acceleration: of the last substep, `(nv,)`, where the search for the next one begins; 0 at the start.
    """

    now: Physics
    acceleration: Float[Array, " nv"]


class DeviceTrack(AbstractEnvironment):
    """A track whose body MJX steps.

    Observations and rewards are the host's, in the precision of JAX, with two differences. The step in which the
    physics ceases to be finite ends the trajectory and pays 0, as on the host, but the mask counts it; the state
    stays the last finite one. And where a capsule is steeper than 60° to the ground, MJX lays the pyramid of its
    friction along the world's axes, C along the capsule: the same in HalfCheetah's plane, but more than half of the
    steps of an ant with contact end otherwise, by up to 0.5 m/s or rad/s.

    Attributes:
        track: the environment.

    Reference:
        MJX, https://mujoco.readthedocs.io/en/stable/mjx.html
    """

    track: Track | Speedometer = eqx.field(static=True)

    def __init__(self, track: Track | Speedometer):
        self.track = track

    @property
    def horizon(self) -> int:
        return self.track.horizon

    @property
    def observation_size(self) -> int:
        return self.track.body.observation_size

    @property
    def action_size(self) -> int:
        return self.track.action_size

    def reset(self, task: Float[Array, ""], *, key: PRNGKeyArray) -> State:
        position_key, velocity_key = jax.random.split(key)
        body, pose = self.track.body, jnp.asarray(rest(self.track.body))
        draw = jax.random.normal if body.spread[0] == "normal" else functools.partial(jax.random.uniform, minval=-1.0)
        offset, velocity = draw(position_key, pose.shape), jax.random.normal(velocity_key, (body.velocity_size,))
        return self.state_at(*body.start(pose, offset, velocity))

    def state_at(self, position: Float[Array, " nq"], velocity: Float[Array, " nv"]) -> State:
        """Return the state with these positions and velocities, before any action."""
        body = self.track.body
        now = _physics(body, position, velocity, felt=body.feels_at_start)
        return State(now, jnp.zeros_like(velocity))

    def observe(self, state: State, task: Float[Array, ""]) -> Float[Array, " observation"]:
        return self.track.body.observe(state.now)

    def step(
        self, state: State, action: Float[Array, " action"], task: Float[Array, ""]
    ) -> tuple[State, Float[Array, ""], Bool[Array, ""]]:
        after = _step(self.track.body, state, action)
        sound = jnp.all(jnp.stack([jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(after)]))
        after = jax.tree.map(lambda new, old: jnp.where(sound, new, old), after, state)
        reward = jnp.where(sound, self.track.reward(task, state.now, action, after.now), 0.0)
        return after, reward, ~sound | self.track.body.fallen(after.now)


# XLA may multiply float32 matrices with fewer digits on a GPU, which contacts do not forgive.
@jax.default_matmul_precision("highest")
def _step(body: AbstractBody, state: State, action: Float[Array, " action"]) -> State:
    """Return the state after the substeps of an action."""
    mjx = mjx_of(body)
    model, data = _model(body, jnp.result_type(float))
    data = data.replace(ctrl=jnp.clip(action, -1.0, 1.0) * model.actuator_ctrlrange[:, 1])
    integrate = {"EULER": mjx.euler, "RK4": mjx.rungekutta4}[model.opt.integrator.name]

    def substep(_: Any, carry: tuple[Array, ...]) -> tuple[Array, ...]:
        position, velocity, acceleration = carry
        start = mjx.forward(model, data.replace(qpos=position, qvel=velocity, qacc_warmstart=acceleration))
        end = integrate(model, start)
        return end.qpos, end.qvel, end.qacc_warmstart

    start = (state.now.position, state.now.velocity, state.acceleration)
    position, velocity, acceleration = jax.lax.fori_loop(0, body.substeps, substep, start)
    known = {"ctrl": data.ctrl, "qacc_warmstart": acceleration}
    return State(_physics(body, position, velocity, felt=body.feels, **known), acceleration)


@jax.default_matmul_precision("highest")
def _physics(
    body: AbstractBody, position: Float[Array, " nq"], velocity: Float[Array, " nv"], *, felt: bool, **known: Array
) -> Physics:
    """Compute what follows from positions and velocities, and the forces of contacts, which are 0 unless `felt`.

    Args:
        body: that moves.
        position: generalized positions.
        velocity: generalized velocities.
        felt: whether the forces are computed.
        known: other fields of MJX's data that they depend on: controls, and where the solver begins.
    """
    mjx, torso = mjx_of(body), compiled(body).body("torso").id
    model, data = _model(body, jnp.result_type(float))
    data = data.replace(qpos=position, qvel=velocity, **known)
    for stage in (mjx.forward,) if felt else (mjx.kinematics, mjx.com_pos, mjx.com_vel, mjx.sensor_vel):
        data = stage(model, data)
    contact = data._impl.cfrc_ext if felt else jnp.zeros((compiled(body).nbody, 6))
    center, orientation = data.subtree_com[torso], data.xmat[torso].reshape(9)
    return Physics(position, velocity, center, data.sensordata[:3], orientation, contact)


@functools.cache
def _model(body: AbstractBody, precision: jnp.dtype) -> tuple[Any, Any]:
    """Return MJX's model of a body and the data of one simulation, in JAX's precision at present."""
    mjx = mjx_of(body)
    with jax.ensure_compile_time_eval():  # a cache must hold no tracers
        model, data = mjx.put_model(compiled(body), impl="jax"), mjx.make_data(compiled(body), impl="jax")
    return model.tree_replace({"opt.ls_iterations": SEARCH}), data


def mjx_of(body: AbstractBody) -> Any:
    """Return the module `mujoco.mjx`.

    Raises:
        ModuleNotFoundError: it, MuJoCo or Gymnasium is not installed; the sentence says how to install it.
    """
    mujoco_of(body)
    if find_spec("mujoco.mjx") is None:
        raise ModuleNotFoundError(
            f"{type(body).__name__} on the device needs mujoco-mjx, which is not installed: {install('gpu')}",
            name="mujoco-mjx",
        )
    with contextlib.redirect_stdout(None):  # the first import prints that Warp is not installed
        from mujoco import mjx
    return mjx
