"""What each method costs on the same family: trained numbers, operations, time and memory of a meta-iteration.

Operations are those of the matrix products of the outer update on collected data, counted in the program as it is
traced: a multiplication with an addition counts as two, elementwise work as none, each pass of a loop anew. Memory is
what the compiled meta-iteration holds at once (arguments, results and temporary buffers), as the compiler plans it.
Times are medians of compiled chunks that take turns, on one core, beside MAML in the same run.

`python benchmarks/methods.py [--quick] [--family sine]` writes `benchmarks/results/methods-FAMILY.json` and a table,
`methods-FAMILY.md` (`--quick`, three methods, writes neither); the last line is one JSON object.
"""

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # before JAX counts its threads

import equinox as eqx
import jax
from timing import interleaved

from hypermaml._core.collect import with_support
from hypermaml._core.train import train
from hypermaml.cli.names import FAMILIES
from hypermaml.experiments.experiment import Experiment
from hypermaml.methods.config import MethodConfig
from hypermaml.report.looks import PACKAGE
from hypermaml.risks.cost import iteration_of
from hypermaml.run.environment import environment

TASKS, STEPS = 25, 5
CHUNKS = {"sine": 50, "multimodal": 5, "glyphs": 1}
# Times do not depend on the rates; the tuned ones are of fewer inner steps, and some of them diverge with five.
RATES = {"inner_lr": 1e-4, "outer_lr": 1e-5}
QUICK = ("maml", "anil", "hypermaml")
RESULTS = Path(__file__).parent / "results"


def plan(experiment: Experiment, settings: MethodConfig) -> dict[str, float]:
    """What is known of a meta-iteration before it runs."""
    family, key = experiment.family("full"), jax.random.key(0)
    iteration = iteration_of(settings.build(family, key=key), family, tasks=TASKS)
    return {
        "trained": iteration.trained,
        "mega_operations": iteration.operations / 1e6,
        "mebibytes": iteration.bytes / 2**20,
    }


def seconds(experiment: Experiment, chosen: dict[str, MethodConfig], rounds: int) -> dict[str, float]:
    """Of a meta-iteration, by method."""
    family, key, chunk = experiment.family("full"), jax.random.key(0), CHUNKS[experiment.name]

    def chunks(settings: MethodConfig) -> Any:
        system = settings.build(family, key=key)
        states = train(system, family, iterations=10**9, meta_batch=TASKS, chunk=chunk, key=key)
        return lambda: next(states)[1]

    times = interleaved({name: chunks(settings) for name, settings in chosen.items()}, rounds=rounds)
    return {name: value / chunk for name, value in times.items()}


def seconds_per_target(experiment: Experiment, settings: MethodConfig) -> float:
    """Of the training that goes on at test time."""
    family, key = experiment.family("full"), jax.random.key(0)
    method = settings.tested(settings.build(family, key=key).method, family, None, steps=1, key=key)
    tasks = family.sample(1, split="meta-test", key=key)
    support = family.batches(None, tasks, size=family.shots, key=key)
    task_info = with_support(family.task_infos(tasks, key=key), support)
    start = eqx.filter_jit(jax.vmap(method.start))
    return interleaved({"target": lambda: start(task_info)}, rounds=3)["target"]


def table(records: dict[str, dict[str, float]], experiment: Experiment) -> str:
    """As Markdown."""
    head = f"{experiment.name} ({experiment.variant() or 'as it is'}), {TASKS} tasks, {STEPS} inner steps"
    lines = [
        f"A meta-iteration on {head}; one core.",
        "",
        "| method | trained numbers | Mflop (products) | ms | times MAML's | MiB | seconds for each target |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, record in records.items():
        cells = [
            PACKAGE.label(name),
            f"{record['trained']:,}",
            f"{record['mega_operations']:.1f}",
            f"{record['seconds'] * 1e3:.2f}",
            f"{record['seconds'] / records['maml']['seconds']:.2f}",
            f"{record['mebibytes']:.1f}",
            f"{record['target_seconds']:.2f}" if "target_seconds" in record else "",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three methods, 3 rounds")
    parser.add_argument("--family", choices=CHUNKS, default="sine")
    options = parser.parse_args()
    kind = FAMILIES[options.family]
    experiment = kind.at("small" if "small" in kind.presets else "paper")
    chosen = {
        name: replace(settings, inner_steps=max(STEPS, settings.inner_steps) if name == "leo" else STEPS, **RATES)
        for name, settings in experiment.settings().items()
        if settings.trained and (name in QUICK or not options.quick)
    }
    records = {}
    for index, (name, settings) in enumerate(chosen.items(), start=1):
        print(f"[{index}/{len(chosen)}] {name}: compiling", file=sys.stderr, flush=True)
        records[name] = dict(plan(experiment, settings))
    for name, value in seconds(experiment, chosen, rounds=3 if options.quick else 15).items():
        records[name]["seconds"] = value
        if chosen[name].later_iterations:
            records[name]["target_seconds"] = seconds_per_target(experiment, chosen[name])
        print(json.dumps({"method": name, **records[name]}), flush=True)
    record = {"family": options.family, "variant": experiment.variant(), "tasks": TASKS, "inner_steps": STEPS}
    record |= {"environment": environment(), "methods": records}
    if not options.quick:
        (RESULTS / f"methods-{options.family}.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        (RESULTS / f"methods-{options.family}.md").write_text(table(records, experiment), encoding="utf-8")
    print(table(records, experiment))
    print(json.dumps(record))


if __name__ == "__main__":
    main()
