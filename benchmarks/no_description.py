"""Rivals that read no description, on tasks of reinforcement learning: amortized inference and RL², beside MAML.

`python benchmarks/no_description.py [--cases NAME …] [--methods NAME …] [--first 10] [--seeds 3] [--quick]` trains each
method on each case of `one_setting.py`, with the seeds 10 to 12. Results are kept in `runs/one-setting`, where it goes
on if it was cut; those of the methods that `one_setting.py` compares are shared with it. HyperMAML reads the
description, the others do not. All have the same tasks, environment steps and inner steps of the test, and no test-time
schedule. It writes `benchmarks/results/no-description` from all results that are there: a case is written with the
seeds that its method has. `--quick` trains each method for a moment on the first case and writes nothing.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from one_setting import FOLDER, kept, measure
from one_setting_tables import judged

import hypermaml as hm
from hypermaml.run.environment import environment

CASES = ("navigation-noisy", "direction-noisy", "navigation-full")
METHODS = ("maml", "amortized", "rl2", "hypermaml")
RESULTS = Path(__file__).parent / "results/no-description"
NOTE = """Mean return after each step, with the 95% interval over seeds where there are several. Then by how much RL² is
above the other, paired by the seeds that both have."""


def scores_of(name: str, method: str, seeds: range) -> dict[int, list[float]]:
    """Return the score of a method after each step, by those of the seeds that are there."""
    return {
        seed: kept(name, method, seed)["score"] for seed in seeds if (FOLDER / name / f"{method}-{seed}.json").exists()
    }


def cells(values: np.ndarray, digits: int = 3) -> str:
    """Return a row of means, with half widths where there are several seeds."""
    if len(values) == 1:
        return " | ".join(f"{value:.{digits}g}" for value in values[0])
    return " | ".join(f"{each['mean']:.{digits}g} ± {each['half']:.2g}" for each in judged(values))


def main() -> None:
    """Measure, write, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", default=CASES, choices=CASES)
    parser.add_argument("--methods", nargs="+", default=METHODS, choices=METHODS)
    parser.add_argument("--first", type=int, default=10, help="the first seed")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    if asked.quick:
        print(json.dumps({name: measure(asked.cases[0], name, 0, quick=True)["score"] for name in asked.methods}))
        return
    seeds = range(asked.first, asked.first + asked.seeds)
    for seed in seeds:
        for name in asked.cases:
            for method in asked.methods:
                kept(name, method, seed)
    found, lines = (
        {},
        ["| case | method | seeds | step 0 | step 1 | step 2 | step 3 |", "|---|---|--:|--:|--:|--:|--:|"],
    )
    for name in CASES:
        rows = {method: scores_of(name, method, seeds) for method in METHODS}
        found[name] = rows
        for method, scores in rows.items():
            if scores:
                label = hm.methods.METHODS[method].label
                lines.append(f"| {name} | {label} | {len(scores)} | {cells(np.array(list(scores.values())))} |")
        for method in METHODS:
            both = sorted(rows["rl2"].keys() & rows[method].keys())
            if method != "rl2" and both:
                ahead = np.array([rows["rl2"][seed] for seed in both]) - [rows[method][seed] for seed in both]
                label = f"*RL² above {hm.methods.METHODS[method].label}*"
                lines.append(f"| {name} | {label} | {len(both)} | {cells(ahead)} |")
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "methods.json").write_text(json.dumps({"figures": found, "environment": environment()}, indent=1) + "\n")
    command = f"python benchmarks/no_description.py --first {asked.first} --seeds {asked.seeds}"
    (RESULTS / "methods.md").write_text("\n\n".join([f"`{command}`", NOTE, "\n".join(lines)]) + "\n")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
