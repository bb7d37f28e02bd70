"""Train with one and with all of eight devices of the CPU, and print how far the results are apart, as JSON.

Usage: python on_devices.py FAMILY METHOD ITERATIONS META_BATCH [OUTER [LARGE]]

Arrays of at least LARGE entries are divided among the devices.
"""

import json
import os
import sys
from dataclasses import replace

if __name__ == "__main__":
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=8"
os.environ["JAX_ENABLE_X64"] = "1"  # so that what differs is an error and not rounding

import jax
import numpy as np

import hypermaml as hm
from hypermaml._core.evaluate import evaluate
from hypermaml._core.execution import LARGE, computed, in_parts, varied
from hypermaml._core.train import train
from hypermaml._core.trees import split_trainable
from hypermaml.experiments.families import find_family
from hypermaml.outer.configuration import OUTER_UPDATES

MANY = 10  # iterations after which the scores are compared too


def results(devices, large, family, settings, iterations, meta_batch):
    """Returns the outer losses, φ after every tenth of training, and after many iterations the scores on test tasks.

    Beside them come the numbers of devices on which the arrays of the state lie, and the shares of the divided arrays
    that each device holds.
    """
    with computed(devices=devices), varied(large=large):
        system = settings.build(family, key=jax.random.key(0))
        sizes = {"iterations": iterations, "meta_batch": meta_batch, "chunk": max(iterations // 10, 1)}
        chunks, phi = [], []
        for state, metrics in train(system, family, key=jax.random.key(1), **sizes):
            chunks.append(np.asarray(metrics.loss))
            phi.append(np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(split_trainable(state.method)[0])]))
        arrays = [leaf for leaf in jax.tree.leaves(state) if isinstance(leaf, jax.Array)]
        spread = {len(leaf.devices()) for leaf in arrays}
        shares = [
            [leaf.size, *(shard.data.nbytes / leaf.nbytes for shard in leaf.addressable_shards)]
            for leaf in arrays
            if in_parts(leaf)
        ]
        found = {"loss": np.concatenate(chunks), "phi": np.stack(phi)}
        if iterations >= MANY:
            tasks = family.sample(5, split="meta-test", key=jax.random.key(2))
            scores = evaluate(state.method, family, tasks, steps=2, key=jax.random.key(3)).scores
            found["scores"] = np.stack([np.asarray(values) for values in scores.values()])
    return found, spread, shares


def families(name, outer):
    """Returns a family whose tasks are small, and the experiment that sets its methods."""
    experiment = find_family(name).at("quick")
    if name == "navigation":
        plane = hm.families.Plane(horizon=20)
        return hm.families.Navigation(environment=plane, shots=4, queries=4, hidden=(20, 20)), experiment
    if name == "halfcheetah-velocity":
        experiment = replace(experiment, horizon=20, shots=3, outer=OUTER_UPDATES[outer]())
    return experiment.family("full"), experiment


def main(name, method, iterations, meta_batch, outer="adam", large=LARGE):
    family, experiment = families(name, outer)
    how = family, experiment.settings()[method], int(iterations), int(meta_batch)
    (one, *_), (several, spread, shares) = (results(devices, int(large), *how) for devices in (1, "all"))
    # The losses of reinforcement learning are means of standardized advantages: on a scale of 1, and near 0.
    scale = {name: np.abs(values).max() for name, values in one.items()}
    scale |= {} if family.losses_are_errors else {"loss": 1.0}
    apart = {name: np.abs(several[name] - one[name]) / scale[name] for name in one}
    far = {name: float(values.max()) for name, values in apart.items()}
    found = {"far": far, "devices": sorted(spread), "phi": apart["phi"].max(axis=1).tolist()}
    found["shares"] = shares
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
