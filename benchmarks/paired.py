"""Means of several records on the same seeds and tasks, and the paired differences of one method from the others.

`python benchmarks/paired.py benchmarks/results/navigation-endpoint/* --of hypermaml [--picture navigation-endpoint]`
reads `seed-means.csv` of each record and prints tables in Markdown: the mean after each inner step, and by how much the
method is better, with Student's 95% interval over seeds. A star: clear of zero at that step, corrected by Holm for the
number of other methods. `--picture` draws the means into `docs/images`.
"""

import argparse
import csv
from collections import defaultdict
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np

import hypermaml as hm
from hypermaml.report.statistics.estimate import Estimate, estimate
from hypermaml.report.statistics.holm import clear_of_zero

matplotlib.use("agg")
IMAGES = Path(__file__).parents[1] / "docs/images"
FURTHER = {"description", "policy", "schedule"}  # ways of testing beside the usual one
Scores = dict[str, dict[str, np.ndarray]]  # by split and method, seeds by steps


def read(folders: list[Path]) -> Scores:
    """Return the seed means of the first metric with the test-time schedule, of the seeds that all methods have."""
    found: dict[tuple[str, str], dict[tuple[int, int], float]] = defaultdict(dict)
    for folder in folders:
        with open(folder / "seed-means.csv", newline="") as file:
            for row in csv.DictReader(file):
                if not FURTHER & {each.partition("=")[0] for each in row["variant"].split(";")}:
                    found[row["split"], row["method"]][int(row["seed"]), int(row["inner_step"])] = float(row["mean"])
    seeds = sorted(set.intersection(*({seed for seed, _ in each} for each in found.values())))
    steps = 1 + max(step for _, step in next(iter(found.values())))
    scores: Scores = defaultdict(dict)
    for (split, method), means in found.items():
        scores[split][method] = np.array([[means[seed, step] for step in range(steps)] for seed in seeds])
    return scores


def estimates(values: np.ndarray) -> list[Estimate]:
    """Return the mean after each step with its interval over seeds."""
    return [estimate(values[:, step : step + 1]) for step in range(values.shape[1])]


def table(rows: dict[str, list[str]], first: str) -> str:
    """Return rows of cells, one a step, as a table in Markdown."""
    steps = len(next(iter(rows.values())))
    head = f"| {first} | " + " | ".join(f"step {step}" for step in range(steps)) + " |\n|---|" + "--:|" * steps
    return "\n".join([head, *(f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows.items())])


def draw(scores: Scores, name: str, label: str) -> None:
    """Draw the mean after each step for each split."""
    figure, axes = plt.subplots(1, len(scores), figsize=(10, 4.2), squeeze=False)
    for axis, (split, methods) in zip(axes.flat, scores.items(), strict=True):
        for place, (method, values) in enumerate(methods.items()):
            kind, each = hm.methods.METHODS[method], estimates(values)
            x = np.arange(len(each)) + 0.03 * (place - len(methods) / 2)
            mean, half = [one.mean for one in each], [one.half_width for one in each]
            look = {"color": kind.color, "marker": kind.marker, "linewidth": kind.width, "markersize": 5}
            axis.errorbar(x, mean, half, label=kind.label, elinewidth=1, **look)
        own = np.concatenate([values.mean(axis=0) for method, values in methods.items() if method != "hypernet"])
        axis.set_ylim(1.15 * own.min(), 0)
        axis.set(title=split, xlabel="inner step", ylabel=label, xticks=range(values.shape[1]))
        axis.grid(alpha=0.25, linewidth=0.6)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="lower center", ncols=3, frameon=False)
    figure.tight_layout(rect=(0, 0.14, 1, 1))
    figure.savefig(IMAGES / f"{name}.png", dpi=110)
    plt.close(figure)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", nargs="+", type=Path)
    parser.add_argument("--of", default="hypermaml")
    parser.add_argument("--lower", action="store_true", help="lower scores are better")
    parser.add_argument("--picture", default="")
    asked = parser.parse_args()
    scores, sign = read(asked.records), -1 if asked.lower else 1
    for split, methods in scores.items():
        seeds = len(methods[asked.of])
        print(f"\n{split}, {seeds} seeds\n")
        means = {name: [f"{e.mean:.3g} ± {e.half_width:.2g}" for e in estimates(v)] for name, v in methods.items()}
        print(table(means, "method"))
        apart = {n: estimates(sign * (methods[asked.of] - v)) for n, v in methods.items() if n != asked.of}
        clear = [clear_of_zero([each[step] for each in apart.values()]) for step in range(len(means[asked.of]))]
        cells = {
            name: [
                f"{e.mean:.3g} [{e.low:.3g}, {e.high:.3g}]{' *' if clear[step][place] else ''}"
                for step, e in enumerate(each)
            ]
            for place, (name, each) in enumerate(apart.items())
        }
        print("\n" + table(cells, f"{asked.of} is better than"))
    if asked.picture:
        draw(scores, asked.picture, "error" if asked.lower else "return")


if __name__ == "__main__":
    main()
