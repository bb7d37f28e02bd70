"""How long a meta-iteration of SmolLM2 takes on tasks that people wrote, by the number of layers that adapt.

`python benchmarks/superni_seconds.py --data FOLDER [--layers 2 10] [--tasks 40]` draws 40 tasks of the folder and takes
12 instances of each. A meta-iteration has 8 tasks with 4 support and 8 query examples, one inner step, adapters of rank
8 on queries and values, and the gradient through the step. The states below the adapters are cached, and texts are read
in one of 8 lengths. The median of `--repeats` iterations after the first, each with other tasks, is told in seconds,
beside the time of the first, which compiles. The last line is one JSON object, which
`benchmarks/results/superni_seconds.json` keeps.
"""

import argparse
import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from superni_parts import Public, Setting

from hypermaml._core.train import chunk_on_device, start
from hypermaml._misc.atomic import write_atomic
from hypermaml.experiments.language import LanguageExperiment
from hypermaml.run.environment import environment

RESULTS = Path(__file__).parent / "results/superni_seconds.json"
META_BATCH, SHOTS, QUERIES = 8, 4, 8


def seconds(public: Public, method: str, repeats: int) -> dict[str, Any]:
    """Return the seconds of the first iteration and of those after it."""
    setting = Setting(3e-3, 0.2)
    family = public.family(setting)
    system = public.settings(method, setting).build(family, key=jax.random.key(0))
    state, taken = start(system), list[float]()
    for _ in range(repeats + 1):
        began = time.perf_counter()
        state, _ = jax.block_until_ready(
            chunk_on_device(state, system, family, META_BATCH, 1, jnp.asarray(400), jax.random.key(1))
        )
        taken.append(round(time.perf_counter() - began, 2))
    return {"first_s": taken[0], "later_s": taken[1:], "iteration_s": float(np.median(taken[1:]))}


def main() -> None:
    """Time each method with each number of layers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder of tasks")
    parser.add_argument("--methods", nargs="+", default=["maml", "hypermaml"])
    parser.add_argument("--layers", nargs="+", type=int, default=[2, 10])
    parser.add_argument("--tasks", type=int, default=40)
    parser.add_argument("--repeats", type=int, default=6)
    asked = parser.parse_args()
    files = sorted(Path(asked.data).expanduser().absolute().glob("*.json"))
    record: dict[str, Any] = {"environment": environment(), "tasks": asked.tasks, "meta_batch": META_BATCH, "found": {}}
    with tempfile.TemporaryDirectory() as folder:
        for file in random.Random(0).sample(files, asked.tasks):
            (Path(folder) / file.name).symlink_to(file)
        for layers in asked.layers:
            experiment = LanguageExperiment(
                data=folder,
                model="smollm2",
                layers=layers,
                shots=SHOTS,
                queries=QUERIES,
                test_examples=QUERIES,
                instances=SHOTS + QUERIES,
                held_definitions=2,
                context=512,
                answer_tokens=96,
                cache_states=True,
            )
            public = Public(experiment)
            for method in asked.methods:
                record["found"][f"{method}, {layers} layers"] = found = seconds(public, method, asked.repeats)
                print(method, layers, found, flush=True)
    write_atomic(RESULTS, json.dumps(record, indent=1) + "\n")
    print(json.dumps(record))


if __name__ == "__main__":
    main()
