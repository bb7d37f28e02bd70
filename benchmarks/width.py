"""Error on sine curves against the width of the learner: generated initializations beside generated final weights.

`python benchmarks/width.py [--seeds 3] [--iterations 1200] [--widths 40 200 1000] [--quick]` gives the learner two
hidden layers of each width. HyperMAML, hypernet, which generates final weights, and MAML are tuned at each width by
eight trials on meta-validation, at the step that each is trained for, with a seed of their own. Both generators have
rank 4. A meta-batch has ten tasks. The whole description is known. It keeps results in `runs/width.json`, where it goes
on if it was cut, and writes `benchmarks/results/width.json`, `width.md` and `docs/images/width.png`. `--quick` only
trains for a moment.
"""

import argparse
import itertools
import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from one_setting_tables import judged
from stored import Stored

import hypermaml as hm
from hypermaml._compare.training import train_whole
from hypermaml._compare.training_run import TrainingRun
from hypermaml._core.evaluate import evaluate
from hypermaml._core.trees import count
from hypermaml._misc.atomic import write_atomic
from hypermaml.experiments.experiment import Budget
from hypermaml.run.environment import environment

matplotlib.use("agg")
STEPS, TRIALS_SEED = 3, 1_000
METHODS = {"hypermaml": 1, "hypernet": 0, "maml": 1}  # and the inner step that each is trained for
BOTH = list(itertools.product((3e-3, 1e-3, 3e-4, 1e-4), (0.05, 0.005)))
RATES = {
    "hypermaml": BOTH,
    "maml": BOTH,
    "hypernet": [(rate, 0.005) for rate in (1e-2, 5e-3, 3e-3, 1e-3, 5e-4, 3e-4, 1e-4, 3e-5)],
}
RESULTS = Path(__file__).parent / "results"
PICTURE = Path(__file__).parents[1] / "docs/images/width.png"


def run(method: str, width: int, rates: Sequence[float], seed: int, iterations: int) -> TrainingRun:
    """Return a training run at one width with an outer and an inner rate."""
    rest: dict[str, Any] = {} if method == "maml" else {"generator": hm.LowRank(rank=4)}
    settings = hm.methods.METHODS[method](outer_lr=rates[0], inner_lr=rates[1], **rest)
    budget = Budget(iterations, meta_batch=10, chunk=min(iterations, 100), validation_tasks=100, test_tasks=200)
    return TrainingRun(method, settings, hm.families.Sine(hidden=(width, width)), budget, seed)


def scores(training: TrainingRun, split: str) -> list[float] | None:
    """Return the mean error of a split after each inner step, or nothing where training diverges."""
    learned = train_whole(training)
    if learned is None:
        return None
    key = training.evaluation_key(split)
    adapted = evaluate(learned, training.family, training.tasks(split), steps=STEPS, key=key)
    mean = np.asarray(adapted.scores["mse"], float).mean(axis=0)
    return [float(f"{value:.6g}") for value in mean] if np.isfinite(mean).all() else None


def best(store: Stored, method: str, width: int, iterations: int) -> tuple[float, float]:
    """Return the rates that meta-validation prefers at the step that the method is trained for."""
    tried = {}
    for rates in RATES[method]:
        training = run(method, width, rates, TRIALS_SEED, iterations)
        found = store.get(f"trial|{iterations}|{method}|{width}|{rates}", partial(scores, training, "meta-validation"))
        if found is not None:
            tried[rates] = found[METHODS[method]]
    return min(tried, key=lambda rates: tried[rates])


def weights(method: str, width: int) -> int:
    """Return how many numbers a method meta-trains."""
    return count(run(method, width, (1e-3, 1e-3), 0, 1).build().method)


def draw(found: Mapping[str, Any], widths: Sequence[int]) -> None:
    """Draw the error against the width, at the step that each method is trained for."""
    figure, axis = plt.subplots(figsize=(6, 4))
    for method, step in METHODS.items():
        kind = hm.methods.METHODS[method]
        cells = [found[f"{method}, {width}"]["scores"][step] for width in widths]
        mean, half = (np.array([cell[part] for cell in cells]) for part in ("mean", "half"))
        label = f"{kind.label}, step {step}"
        axis.plot(widths, mean, color=kind.color, marker=kind.marker, linewidth=kind.width, label=label)
        axis.fill_between(widths, np.maximum(mean - half, mean / 10), mean + half, color=kind.color, alpha=0.12, lw=0)
    axis.set(xscale="log", yscale="log", xlabel="hidden units in each of two layers", ylabel="squared error")
    axis.set_xticks(list(widths), [f"{width:,}" for width in widths])
    axis.minorticks_off()
    axis.grid(alpha=0.25, linewidth=0.6)
    axis.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(PICTURE, dpi=110)
    plt.close(figure)


def table(found: Mapping[str, Any]) -> str:
    """Return the errors, rates and numbers of weights as a table in Markdown."""
    lines = [
        "| method, width | rates | meta-trained | step 0 | step 1 | step 2 | step 3 |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for name, entry in found.items():
        cells = " | ".join(f"{each['mean']:.3g} ± {each['half']:.2g}" for each in entry["scores"])
        rates = ", ".join(f"{rate:g}" for rate in entry["rates"])
        lines.append(f"| {name} | {rates} | {entry['weights']:,} | {cells} |")
    return "\n".join(lines)


def main() -> None:
    """Tune, train, measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--iterations", type=int, default=1_200)
    parser.add_argument("--widths", type=int, nargs="+", default=[40, 200, 1_000])
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    if asked.quick:
        print(json.dumps({m: scores(run(m, 16, (1e-3, 1e-2), 0, 4), "meta-test") for m in METHODS}))
        return
    store, found = Stored(Path("runs/width.json")), {}
    for width, method in itertools.product(asked.widths, METHODS):
        rates = best(store, method, width, asked.iterations)
        rows = []
        for seed in range(asked.seeds):
            name = f"test|{asked.iterations}|{method}|{width}|{rates}|{seed}"
            training = run(method, width, rates, seed, asked.iterations)
            rows.append(store.get(name, partial(scores, training, "meta-test")))
        rows = [row for row in rows if row is not None]
        entry = {"rates": rates, "weights": weights(method, width), "seeds": len(rows), "rows": rows}
        found[f"{method}, {width}"] = entry | {"scores": judged(np.array(rows))}
    command = f"python benchmarks/width.py --seeds {asked.seeds} --iterations {asked.iterations}"
    record = {"command": command, "figures": found, "environment": environment()}
    write_atomic(RESULTS / "width.json", json.dumps(record, indent=1) + "\n")
    write_atomic(RESULTS / "width.md", f"`{command}`\n\n{table(found)}\n")
    draw(found, asked.widths)
    print(json.dumps({name: entry["scores"] for name, entry in found.items()}))


if __name__ == "__main__":
    main()
