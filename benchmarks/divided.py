"""The memory of a dense generator of 27 million weights on eight devices, with its large array divided and whole.

The programs of sine with 16 tasks are compiled for eight forced devices of the CPU and not run. `memory` is what XLA
has planned for a device, in MiB. `exchanged` are the bytes of each kind of exchange in a chunk of one iteration.

`python benchmarks/divided.py [--quick]` writes `benchmarks/results/divided.json` (`--quick`, a small generator, does
not); the last line is one JSON object.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
from devices import DEVICES, TASKS, exchanged  # which makes eight devices of one CPU

import hypermaml as hm
from hypermaml._core.cost import Probe
from hypermaml._core.execution import LARGE, computed, varied
from hypermaml._core.train import chunk_on_device, start
from hypermaml._core.trees import count
from hypermaml.run.environment import environment

RESULTS = Path(__file__).parent / "results/divided.json"


def main() -> None:
    """Compile both programs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small generator")
    quick = parser.parse_args().quick
    width, large = (32, 2**12) if quick else (512, LARGE)
    family, key = hm.families.Sine(hidden=(width, width)), jax.random.key(0)
    system = hm.HyperMAML(generator=hm.Dense()).build(family, key=key)
    record: dict[str, Any] = {"devices": DEVICES, "tasks": TASKS, "trained parameters": count(system.method)}
    for name, least in {"divided": large, "whole": 2**60}.items():
        with computed(devices=DEVICES), varied(large=least):
            memory = Probe(system, family, meta_batch=TASKS, chunk=1, key=key).memory()
            arguments = start(system), system, family, TASKS, 1, jnp.asarray(1), key
            text = chunk_on_device.lower(*arguments).compile().compiled.as_text()  # pyright: ignore
        record[name] = {"memory": round(memory / 2**20), "exchanged": exchanged(text)[0]}
        print(name, record[name], flush=True)
    record["environment"] = environment()
    if not quick:
        RESULTS.write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record))


if __name__ == "__main__":
    main()
