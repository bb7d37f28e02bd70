"""What several devices exchange in a meta-iteration, beside what each computes: bytes and floating-point operations.

The programs are compiled for eight forced devices of the CPU and not run. The bytes are those of the results of every
exchange in the compiled program, with the turns of the loops that it lies in. From both follows how large a meta-batch
must be for devices of a given speed to spend at most a tenth of an iteration on the exchange.

`python benchmarks/devices.py [--quick]` writes `benchmarks/results/devices.json` (`--quick`, sine alone, does not); the
last line is one JSON object with a record for each configuration.
"""

import argparse
import json
import math
import os
import re
from collections import defaultdict
from pathlib import Path

os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=8"

import jax
import jax.numpy as jnp

from hypermaml._core.cost import Probe
from hypermaml._core.execution import computed
from hypermaml._core.train import chunk_on_device, start
from hypermaml._core.trees import count
from hypermaml.experiments.families import find_family
from hypermaml.run.environment import environment

DEVICES, TASKS = 8, 16
CONFIGURATIONS = [("sine", "maml"), ("sine", "hypermaml"), ("navigation", "maml"), ("navigation", "hypermaml")]
RESULTS = Path(__file__).parent / "results/devices.json"
BYTES = {"f64": 8, "s64": 8, "u64": 8, "f32": 4, "s32": 4, "u32": 4, "bf16": 2, "f16": 2, "pred": 1, "s8": 1, "u8": 1}
EXCHANGE = re.compile(
    r" = (.+?) (all-reduce|all-gather|all-to-all|collective-permute|reduce-scatter|collective-broadcast)(?:-start)?\("
)
LOOP = re.compile(r" while\(.*condition=%?([\w.-]+), body=%?([\w.-]+)")
TURNS = re.compile(r'known_trip_count":\{"n":"(\d+)"')
CALLED = re.compile(r"(?:calls|to_apply)=%?([\w.-]+)")


def exchanged(text: str) -> dict[str, float]:
    """Return the bytes of each kind of exchange in a compiled program.

    Args:
        text: of the program.
    """
    sizes: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    calls: dict[str, list[tuple[str, int]]] = defaultdict(list)
    entry = here = ""
    for line in text.splitlines():
        if line.endswith("{") and not line.startswith(" "):
            here = line.removeprefix("ENTRY ").split()[0].lstrip("%").partition("(")[0]
            entry = here if line.startswith("ENTRY") else entry
        elif found := EXCHANGE.search(line):
            sizes[here][found[2]] += _size(found[1])
        elif found := LOOP.search(line):
            turns = TURNS.search(line)
            calls[here].append((found[2], int(turns[1]) if turns else 1))
        else:
            calls[here] += [(name, 1) for name in CALLED.findall(line)]
    total: dict[str, float] = defaultdict(float)

    def add(name: str, times: int) -> None:
        for kind, size in sizes[name].items():
            total[kind] += times * size
        for inner, turns in calls[name]:
            add(inner, times * turns)

    add(entry, 1)
    return dict(total)


def _size(shapes: str) -> float:
    """Return the bytes of `f32[40,40]{1,0}`, or of a tuple of such."""
    found = re.findall(r"(\w+)\[([\d,]*)\]", shapes)
    return sum(BYTES[kind] * math.prod(int(each) for each in shape.split(",") if each) for kind, shape in found)


def measured(family_name: str, method: str) -> dict[str, float | str | dict[str, float]]:
    """Return the record of a configuration."""
    experiment = find_family(family_name).at("quick")
    family = experiment.family("full")
    system = experiment.settings()[method].build(family, key=jax.random.key(0))
    flops = Probe(system, family, meta_batch=TASKS, chunk=1, key=jax.random.key(1)).flops()
    with computed(devices=DEVICES):
        arguments = start(system), system, family, TASKS, 1, jnp.asarray(1), jax.random.key(1)
        text = chunk_on_device.lower(*arguments).compile().compiled.as_text()  # pyright: ignore
    return {
        "family": family_name,
        "method": method,
        "trained parameters": count(system.method),
        "flops of a task": flops / TASKS,
        "bytes exchanged in an iteration": exchanged(text),
    }


def main() -> None:
    """Record every configuration."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    records = []
    for family, method in CONFIGURATIONS[:1] if options.quick else CONFIGURATIONS:
        records.append(measured(family, method))
        print(records[-1], flush=True)
    record = {"devices": DEVICES, "tasks": TASKS, "environment": environment(), "records": records}
    if not options.quick:
        RESULTS.write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record))


if __name__ == "__main__":
    main()
