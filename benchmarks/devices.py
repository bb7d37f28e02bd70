"""What several devices exchange in a meta-iteration, beside what each computes: bytes and floating-point operations.

The programs are compiled for eight forced devices of the CPU and not run. The bytes are those of the results of every
exchange in the compiled program, with the turns of the loops that it lies in; a loop without a fixed number of turns
counts once. The half cheetah is simulated on the host, and its program is the outer update alone. Of the language model
there are shapes and no weights (`devices_language.py`).

`estimated` then says how large a meta-batch must be for devices of a given speed to spend at most a tenth of an
iteration on the exchange. It is not measured.

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
from typing import Any

os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=8"

import equinox as eqx
import jax
import jax.numpy as jnp
from devices_language import ANSWER, QUERIES, SHOTS, TOKENS, frozen, language

from hypermaml._core.budget import environment_steps
from hypermaml._core.collect import collect
from hypermaml._core.execution import computed
from hypermaml._core.train import chunk_on_device, draw_tasks, start, update_once
from hypermaml._core.trees import count
from hypermaml._misc.flops import count_flops
from hypermaml.experiments.experiment import Preset
from hypermaml.experiments.families import find_family
from hypermaml.run.environment import environment

DEVICES, TASKS = 8, 16
PRESETS: list[tuple[str, Preset]] = [
    ("sine", "quick"),
    ("navigation", "quick"),
    ("halfcheetah-direction", "quick"),
    ("halfcheetah-direction", "paper"),
    ("language", "paper"),
]
CONFIGURATIONS: list[tuple[str, Preset, str]] = [
    (family, preset, method) for family, preset in PRESETS for method in ("maml", "hypermaml")
]
RESULTS = Path(__file__).parent / "results/devices.json"
SIMULATION = Path(__file__).parent / "results/locomotion_paper.json"
BYTES = {"f64": 8, "s64": 8, "u64": 8, "f32": 4, "s32": 4, "u32": 4, "bf16": 2, "f16": 2, "pred": 1, "s8": 1, "u8": 1}
EXCHANGE = re.compile(
    r" = (.+?) (all-reduce|all-gather|all-to-all|collective-permute|reduce-scatter|collective-broadcast)(?:-start)?\("
)
LOOP = re.compile(r" while\(.*condition=%?([\w.-]+), body=%?([\w.-]+)")
TURNS = re.compile(r'known_trip_count":\{"n":"(\d+)"')
CALLED = re.compile(r"(?:calls|to_apply)=%?([\w.-]+)")

# What the estimates assume of a cluster of machines with eight H100 each.
MACHINE = 8  # devices
CORES = 14  # of the host for each device: two processors of 56 cores in a machine
SPEED = {"language": 400e12}  # operations a second; of bfloat16, where the data sheet gives 989e12
OTHER_SPEED = 10e12  # of small networks in float32
WITHIN, BETWEEN = 300e9, 40e9  # bytes a second of an exchange in one machine, and in several
BEGIN, HOP, NET_HOP = 14.0e-6, 1.25e-6, 8.5e-6  # seconds: NCCL's own model, src/graph/tuning.cc, Tree with LL128
SHARE = 0.1  # of an iteration that the exchange may take


def exchanged(text: str) -> tuple[dict[str, float], float]:
    """Return the bytes of each kind of exchange in a compiled program, and the number of exchanges.

    Args:
        text: of the program.
    """
    sizes: dict[str, list[tuple[str, float]]] = defaultdict(list)
    calls: dict[str, list[tuple[str, int]]] = defaultdict(list)
    entry = here = ""
    for line in text.splitlines():
        if line.endswith("{") and not line.startswith(" "):
            here = line.removeprefix("ENTRY ").split()[0].lstrip("%").partition("(")[0]
            entry = here if line.startswith("ENTRY") else entry
        elif found := EXCHANGE.search(line):
            sizes[here].append((found[2], _size(found[1])))
        elif found := LOOP.search(line):
            turns = TURNS.search(line)
            calls[here].append((found[2], int(turns[1]) if turns else 1))
        else:
            calls[here] += [(name, 1) for name in CALLED.findall(line)]
    total: dict[str, float] = defaultdict(float)

    def add(name: str, times: int) -> float:
        for kind, size in sizes[name]:
            total[kind] += times * size
        return times * len(sizes[name]) + sum(add(inner, times * turns) for inner, turns in calls[name])

    number = add(entry, 1)
    return dict(total), number


def _size(shapes: str) -> float:
    """Return the bytes of `f32[40,40]{1,0}`, or of a tuple of such."""
    found = re.findall(r"(\w+)\[([\d,]*)\]", shapes)
    return sum(BYTES[kind] * math.prod(int(each) for each in shape.split(",") if each) for kind, shape in found)


def measured(family_name: str, preset: Preset, method: str) -> dict[str, Any]:
    """Return the record of a configuration."""
    experiment = find_family(family_name).at(preset)
    worded = family_name == "language"
    family = language(1) if worded else experiment.family("full")
    system = experiment.settings()[method].build(family, key=jax.random.key(0))
    state, key = start(system), jax.random.key(1)
    data: Any = None
    if family.on_host:
        tasks, data_key = draw_tasks(family, TASKS, key, state.iteration)
        data = collect(state.method, system.objective, family, tasks, key=data_key)

    def program(family: Any) -> tuple[Any, Any]:
        """Return a function of all arrays and shapes, and these."""
        given = state, system, family, TASKS, 1, jnp.asarray(1), key
        if family.on_host:
            given = state, system, family, data, jnp.asarray(1)
        arrays, rest = eqx.partition(given, lambda leaf: eqx.is_array(leaf) or isinstance(leaf, jax.ShapeDtypeStruct))

        def iterate(arrays: Any) -> Any:
            call: Any = update_once if family.on_host else chunk_on_device
            return eqx.filter(call(*eqx.combine(arrays, rest)), eqx.is_array)

        return iterate, arrays

    iterate, arrays = program(family)
    flops = count_flops(jax.make_jaxpr(iterate)(arrays))
    with computed(devices=DEVICES):
        iterate, arrays = program(language(DEVICES) if worded else family)
        text = jax.jit(iterate).lower(arrays).compile().as_text()
    kinds, number = exchanged(text or "")
    record = {
        "family": family_name,
        "preset": preset,
        "method": method,
        "trained parameters": count(system.method),
        "flops of a task": flops / TASKS,
        "simulated steps of a task": environment_steps(system.objective, family, 1) if family.on_host else 0,
        "bytes exchanged in an iteration": kinds,
        "exchanges in an iteration": number,
    }
    if worded:
        sizes = {"shots": SHOTS, "queries": QUERIES, "tokens of a text": TOKENS, "tokens of an answer": ANSWER}
        record |= {"frozen weights": frozen(language(1)), **sizes}
    return record | {"meta-batch by devices": {str(devices): estimated(record, devices) for devices in (8, 64, 512)}}


def estimated(record: dict[str, Any], devices: int) -> int:
    """Return the tasks of a meta-batch from which the exchange takes at most a tenth of an iteration.

    Args:
        record: of a configuration.
        devices: in all, eight in a machine.
    """
    machines = max(devices // MACHINE, 1)
    size = sum(record["bytes exchanged in an iteration"].values())
    moving = 2 * size * (devices - 1) / devices / (WITHIN if machines == 1 else BETWEEN)
    waiting = BEGIN + 2 * ((MACHINE - 1) * HOP + math.log2(machines) * NET_HOP)
    exchange = moving + record["exchanges in an iteration"] * waiting
    task = record["flops of a task"] / SPEED.get(record["family"], OTHER_SPEED)
    task += record["simulated steps of a task"] / (CORES * simulated_steps())
    return devices * math.ceil((1 / SHARE - 1) * exchange / task)


def simulated_steps() -> float:
    """Return the measured steps a second of the half cheetah on one core, with its policies."""
    figures = json.loads(SIMULATION.read_text())["figures"]
    return 40 * (20 + 20) * 200 / figures["sampling_s"] / figures["cores"]  # of tasks, trajectories and steps


def main() -> None:
    """Record every configuration."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    records = []
    for configuration in CONFIGURATIONS[:1] if options.quick else CONFIGURATIONS:
        records.append(measured(*configuration))
        print(records[-1], flush=True)
    assumed = {
        "devices of a machine": MACHINE,
        "cores of a device": CORES,
        "simulated steps a second and core": round(simulated_steps()),
        "operations a second": SPEED | {"others": OTHER_SPEED},
        "bytes a second within a machine, between machines": [WITHIN, BETWEEN],
        "seconds of an exchange: begin, hop, hop between machines": [BEGIN, HOP, NET_HOP],
        "share of the exchange": SHARE,
    }
    record = {"devices": DEVICES, "tasks": TASKS, "environment": environment(), "assumed": assumed, "records": records}
    if not options.quick:
        RESULTS.write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record))


if __name__ == "__main__":
    main()
