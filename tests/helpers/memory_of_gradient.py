"""Take the outer gradient of 2,000 sine tasks with ten inner steps, and print what memory it took, as JSON.

Usage: python memory_of_gradient.py FILE.npy [TASKS_AT_ONCE]
"""

import ctypes
import gc
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

if "MALLOC_MMAP_THRESHOLD_" not in os.environ:  # freed arrays go back to the system at once; read when Python begins
    os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | {"MALLOC_MMAP_THRESHOLD_": "65536"})

import equinox as eqx
import jax
import numpy as np
from jax.flatten_util import ravel_pytree

from hypermaml._core.collect import collect
from hypermaml._core.execution import computed
from hypermaml._core.meta_loss import meta_gradient
from hypermaml.experiments.sine import SineExperiment

TASKS, STEPS = 2000, 10


def memory(field):
    """Returns a size of this process in bytes, as Linux names it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))


def main(file, tasks_at_once=None):
    experiment = SineExperiment.at("quick")
    family, settings = experiment.family("full"), replace(experiment.settings()["maml"], inner_steps=STEPS)
    system = settings.build(family, key=jax.random.key(0))
    method, objective = system.method, system.objective
    with computed(tasks_at_once=tasks_at_once and int(tasks_at_once)):
        tasks = family.sample(TASKS, split="meta-train", key=jax.random.key(1))
        data = eqx.filter_jit(collect)(method, objective, family, tasks, key=jax.random.key(2))
        program = eqx.filter_jit(meta_gradient).lower(method, objective, family, data).compile()
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins again
        before = memory("VmRSS:")
        gradient = np.asarray(ravel_pytree(program(method, objective, family, data)[0])[0])
        resident = memory("VmHWM:") - before
    found = program.compiled.memory_analysis()
    held = found.temp_size_in_bytes + found.argument_size_in_bytes + found.output_size_in_bytes
    np.save(file, gradient)
    sys.stdout.write(json.dumps({"held": held, "resident": resident}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
