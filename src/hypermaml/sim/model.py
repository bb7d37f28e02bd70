"""The MuJoCo models of machines."""

from __future__ import annotations

import functools
from importlib.util import find_spec
from typing import Any

from hypermaml._misc.installation import install
from hypermaml.sim.machine import AbstractMachine


def mujoco_of(machine: AbstractMachine) -> Any:
    """Return the module `mujoco`.

    Its warnings are dropped unless the user has set a handler: it would write them to standard error and to a file in
    the working directory, and rollouts report where a state is not finite.

    Raises:
        ModuleNotFoundError: it or another package that the machine needs is not installed; the sentence says how to
            install it.
    """
    for name in machine.needs:
        if find_spec(name) is None:
            raise ModuleNotFoundError(
                f"{type(machine).__name__} needs {name}, which is not installed: {install('control')}", name=name
            )
    import mujoco

    module: Any = mujoco
    if module.get_mju_user_warning() is None:
        module.set_mju_user_warning(lambda text: None)
    return module


@functools.cache
def compiled(machine: AbstractMachine) -> Any:
    """Return the `MjModel` of a machine."""
    mujoco = mujoco_of(machine)
    return compile_spec(mujoco, machine.spec(mujoco))


def compile_spec(mujoco: Any, spec: Any) -> Any:
    """Return the `MjModel` of a spec, in which a state that is not finite stays as it is."""
    total, spec.compiler.settotalmass = spec.compiler.settotalmass, -1.0  # the compiler is about to drop it
    model = spec.compile()
    if total > 0:
        mujoco.mj_setTotalmass(model, total)
        mujoco.mj_setConst(model, mujoco.MjData(model))
    model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_AUTORESET
    return model


def rest(machine: AbstractMachine) -> Any:
    """Return the generalized positions that a trajectory starts near, `(nq,)`."""
    return machine.rest(compiled(machine))
