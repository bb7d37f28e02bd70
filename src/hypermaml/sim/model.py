"""The MuJoCo models of the bodies, made from Gymnasium's assets."""

from __future__ import annotations

import functools
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hypermaml.sim.body import AbstractBody, Ant

INSTALL = "pip install 'hypermaml[control]'"


def mujoco_of(body: AbstractBody) -> Any:
    """The module `mujoco`.

    Unless its user has set another way, its warnings are dropped: it would write them to standard error and to a file
    in the working directory, and rollouts tell where a state is not finite.

    Raises:
        ModuleNotFoundError: it or Gymnasium is not installed; the sentence says how to install both.
    """
    for name in ("mujoco", "gymnasium"):
        if find_spec(name) is None:
            raise ModuleNotFoundError(
                f"{type(body).__name__} needs {name}, which is not installed: {INSTALL}", name=name
            )
    import mujoco

    module: Any = mujoco
    if module.get_mju_user_warning() is None:
        module.set_mju_user_warning(lambda text: None)
    return module


@functools.cache
def compiled(body: AbstractBody) -> Any:
    """The `MjModel` of a body.

    It has a sensor `center_velocity` of the whole body's centre of mass, and for a body that feels an acceleration
    sensor, without which MuJoCo leaves the contact forces at zero. A state that is not finite stays as it is.
    """
    mujoco = mujoco_of(body)
    spec = mujoco.MjSpec.from_file(str(_assets() / body.asset))
    if body.variant == "rllab" and isinstance(body, Ant):
        _as_in_rllab(spec)
    spec.option.timestep = body.timestep
    spec.add_sensor(
        name="center_velocity",
        type=mujoco.mjtSensor.mjSENS_SUBTREELINVEL,
        objtype=mujoco.mjtObj.mjOBJ_BODY,
        objname="torso",
    )
    if body.feels:
        spec.add_sensor(
            name="acceleration",
            type=mujoco.mjtSensor.mjSENS_FRAMELINACC,
            objtype=mujoco.mjtObj.mjOBJ_BODY,
            objname="torso",
        )
    total, spec.compiler.settotalmass = spec.compiler.settotalmass, -1.0  # the compiler is about to drop it
    model = spec.compile()
    if total > 0:
        mujoco.mj_setTotalmass(model, total)
        mujoco.mj_setConst(model, mujoco.MjData(model))
    model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_AUTORESET
    return model


def rest(body: AbstractBody) -> Any:
    """The generalized positions that a trajectory starts near, `(nq,)`."""
    model = compiled(body)
    named = body.variant == "rllab" and isinstance(body, Ant)
    return model.numeric("init_qpos").data.copy() if named else model.qpos0.copy()


def _as_in_rllab(spec: Any) -> None:
    """Rllab's Ant: a motor turns an action of ±150 into as many N·m, and contacts are softer and slower."""
    for geom in spec.geoms:
        geom.solref[:2] = (0.02, 1.0)
        geom.solimp[:3] = (0.8, 0.8, 0.01)
    for motor in spec.actuators:
        motor.gear[0] = 1.0
        motor.ctrlrange[:] = (-150.0, 150.0)


def _assets() -> Path:
    """Found without importing Gymnasium."""
    package = find_spec("gymnasium")
    assert package is not None
    return Path(next(iter(package.submodule_search_locations or []))) / "envs" / "mujoco" / "assets"
