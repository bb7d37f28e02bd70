"""Train in one of several processes, and write what came of it: the losses and the scores on test tasks.

Usage: python on_hosts.py PROCESS PROCESSES PORT FAMILY METHOD ITERATIONS META_BATCH LARGE OUT

Arrays of at least LARGE entries are divided among the processes.
"""

import os
import sys

os.environ["JAX_ENABLE_X64"] = "1"  # so that what differs is an error and not rounding

import jax
import numpy as np
from on_devices import families

import hypermaml as hm
from hypermaml._core.evaluate import evaluate
from hypermaml._core.execution import computed, in_parts, varied
from hypermaml._core.hosts import whole
from hypermaml._core.train import train
from hypermaml._core.trees import split_trainable


def main(process, processes, port, name, method, iterations, meta_batch, large, out):
    if int(processes) > 1:
        jax.config.update("jax_cpu_enable_async_dispatch", False)
        jax.distributed.initialize(f"127.0.0.1:{port}", int(processes), int(process))
    if name == "small":
        family = hm.families.Sine(hidden=(4,), shots=3, queries=3)
        settings = hm.MAML(inner_steps=1) if method == "maml" else hm.HyperMAML(inner_steps=1)
    else:
        family, experiment = families(name, "adam")
        settings = experiment.settings()[method]
    with computed(devices="all"), varied(large=int(large)):
        system = settings.build(family, key=jax.random.key(0))
        sizes = {"iterations": int(iterations), "meta_batch": int(meta_batch), "chunk": max(int(iterations) // 2, 1)}
        chunks = list(train(system, family, key=jax.random.key(1), **sizes))
        state = chunks[-1][0]
        tasks = family.sample(5, split="meta-test", key=jax.random.key(2))
        scores = evaluate(state.method, family, tasks, steps=2, key=jax.random.key(3)).scores
        phi = split_trainable(whole(state).method)[0]
        parts = [leaf.size / leaf.addressable_data(0).size for leaf in jax.tree.leaves(state) if in_parts(leaf)]
    found = {
        "phi": np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(phi)]),
        "parts": np.array(parts),
        "losses": np.concatenate([np.asarray(metrics.loss) for _, metrics in chunks]),
        "scores": np.stack([np.asarray(each) for each in scores.values()]),
    }
    np.savez(out, devices=len(jax.devices()), **found)


if __name__ == "__main__":
    main(*sys.argv[1:])
