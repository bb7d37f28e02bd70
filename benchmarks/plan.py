"""How near `hypermaml plan` comes to the memory and the time of training, on six configurations.

Each plan and each training is a process of its own. The memory of a training is its greatest resident memory in a chunk
of iterations, above that before the chunk; the first chunk, which compiles, is not measured.

`python benchmarks/plan.py [--quick]` writes `benchmarks/results/plan.json` (`--quick`, two configurations, does not);
the last line is one JSON object with a record for each configuration.
"""

import argparse
import ctypes
import gc
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jax

from hypermaml._compare.plan import plan
from hypermaml._compare.training_run import TrainingRun
from hypermaml._core.execution import computed
from hypermaml._core.train import train
from hypermaml.experiments.experiment import Budget
from hypermaml.experiments.families import find_family
from hypermaml.run.environment import environment

# Family, method, its settings, tasks of an iteration, iterations of a chunk, how it is computed.
CONFIGURATIONS: dict[str, tuple[str, str, dict[str, Any], int, int, dict[str, Any]]] = {
    "sine maml": ("sine", "maml", {"inner_steps": 5}, 400, 10, {}),
    "sine hypermaml": ("sine", "hypermaml", {"inner_steps": 3}, 400, 10, {}),
    "sine maml, 100 at once": ("sine", "maml", {"inner_steps": 10}, 2000, 5, {"tasks_at_once": 100}),
    "sine maml, recompute": ("sine", "maml", {"inner_steps": 10}, 1000, 5, {"recompute": True}),
    "clustered-sine hypermaml": ("clustered-sine", "hypermaml", {}, 500, 10, {}),
    "navigation maml": ("navigation", "maml", {}, 40, 2, {}),
}
QUICK = ("sine maml", "sine maml, recompute")
RESULTS = Path(__file__).parent / "results/plan.json"
RESIDENT, PEAK = "VmRSS:", "VmHWM:"


def training_of(name: str) -> tuple[TrainingRun, dict[str, Any]]:
    """Return the training run of a configuration, and how it is computed."""
    family, method, settings, meta_batch, chunk, how = CONFIGURATIONS[name]
    experiment = find_family(family).at("quick")
    config = type(experiment.settings()[method])(**{**vars(experiment.settings()[method]), **settings})
    budget = Budget(1000, meta_batch, chunk, 20, 20)
    return TrainingRun(name, config, experiment.family("full"), budget, 0), how


def planned(name: str) -> dict[str, float]:
    """Return what the plan says."""
    training, how = training_of(name)
    with computed(**how):
        cost = plan(training, memory=2**40).cost
    assert cost is not None
    return {"bytes": cost.memory, "seconds": cost.seconds, "flops": cost.flops}


def measured(name: str, chunks: int) -> dict[str, float]:
    """Return what training takes: memory above that before a chunk, and seconds of an iteration."""
    training, how = training_of(name)
    budget = training.budget
    with computed(**how):
        states = train(
            training.build(),
            training.family,
            iterations=10**6,
            meta_batch=budget.meta_batch,
            chunk=budget.chunk,
            key=training.training_key(),
        )
        jax.block_until_ready(next(states)[1].loss)
        found = []
        for _ in range(chunks):
            gc.collect()
            ctypes.CDLL(None).malloc_trim(0)
            Path("/proc/self/clear_refs").write_text("5")  # the peak begins again
            before, begin = _memory(RESIDENT), time.perf_counter()
            jax.block_until_ready(next(states)[1].loss)
            found.append((_memory(PEAK) - before, (time.perf_counter() - begin) / budget.chunk))
    return {"bytes": max(each for each, _ in found), "seconds": sorted(each for _, each in found)[len(found) // 2]}


def _memory(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))


def main() -> None:
    """Compare plans with trainings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--child", nargs=2, metavar=("WHAT", "NAME"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        what, name = options.child
        print(json.dumps(planned(name) if what == "plan" else measured(name, 4)))
        return
    records = []
    for name in QUICK if options.quick else CONFIGURATIONS:
        both = {}
        for what in ("plan", "train"):
            command = [sys.executable, __file__, "--child", what, name]
            # Freed arrays go back to the system at once, so that the resident memory is what is held.
            done = subprocess.run(
                command,
                stdout=subprocess.PIPE,
                text=True,
                check=True,
                env=os.environ | {"MALLOC_MMAP_THRESHOLD_": "65536"},
            )
            both[what] = json.loads(done.stdout.splitlines()[-1])
        ratios = {each: both["plan"][each] / both["train"][each] for each in ("bytes", "seconds")}
        records.append({"configuration": name, **both, "planned to measured": ratios})
        print(
            f"{name}: {both['train']['bytes'] / 2**20:.0f} MiB and {both['train']['seconds']:.3g} s; {ratios}",
            flush=True,
        )
    record = {"goal": "ratios from 0.75 to 1.25", "environment": environment(), "records": records}
    if not options.quick:
        RESULTS.write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record))


if __name__ == "__main__":
    main()
