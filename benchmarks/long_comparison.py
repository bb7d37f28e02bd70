"""The memory of one process that trains many methods: peak memory maps and peak resident memory.

A comparison of 10 methods and 20 seeds on sine curves, 200 training runs of two meta-iterations each, in one process.
XLA optimizes little, as in the tests, because nearly all of the time goes into compiling. Compiled programs are freed
on the way (`hypermaml._misc.programs`); Linux ends a process with 65,530 maps. The limits are 20,000 maps and 2 GiB.

    python benchmarks/long_comparison.py [--quick]
"""

import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path

from hypermaml._compare.compare import Comparison, compare
from hypermaml._compare.training_run import Progress
from hypermaml._misc.programs import count_maps
from hypermaml.experiments.experiment import Budget
from hypermaml.experiments.sine import SineExperiment
from hypermaml.run.environment import environment

METHODS = (
    "random", "pretrained", "maml", "fomaml", "anil", "meta_sgd", "hypermaml", "hypermaml_first_order", "hypernet",
    "conditioned",
)  # fmt: skip
BUDGET = Budget(iterations=2, meta_batch=2, chunk=1, validation_tasks=2, test_tasks=2, steps=2)
SEEDS, QUICK_SEEDS = 20, 1
MAPS, BYTES = 20_000, 2 * 1024**3


def peak_resident() -> int:
    """Return the greatest resident memory of this process so far, in bytes; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return 1024 * int(found[1]) if found else 0


def main() -> None:
    """Run the comparison, and print one JSON line."""
    os.environ["XLA_FLAGS"] = f"--xla_backend_optimization_level=0 {os.environ.get('XLA_FLAGS', '')}"
    experiment = SineExperiment(shots=3)
    methods = {name: settings for name, settings in experiment.settings().items() if name in METHODS}
    seeds = QUICK_SEEDS if "--quick" in sys.argv else SEEDS
    peaks, began = [0], time.monotonic()

    def watch(progress: Progress) -> None:
        peaks.append(count_maps())
        if progress.stage == "finished":
            print(f"{progress.name}: {peaks[-1]:,} maps, {peak_resident() / 1024**3:.2f} GiB at most", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        compare(Comparison(experiment, methods, BUDGET, range(seeds)), Path(folder, "run"), report=watch)
    maps, resident = max(peaks), peak_resident()
    record = {key: value for key, value in environment().items() if key in ("command", "commit", "versions", "system")}
    record["cpus"] = environment()["cpus"]
    record["figures"] = {
        "training_runs": len(methods) * seeds,
        "peak_maps": maps,
        "peak_resident_gib": round(resident / 1024**3, 2),
        "seconds": round(time.monotonic() - began),
        "within_limits": maps < MAPS and resident < BYTES,
    }
    print(json.dumps(record))


if __name__ == "__main__":
    main()
