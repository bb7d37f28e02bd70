"""Methods and baselines on tasks that no training has seen: tuning, seeds and records, for the benchmarks of tables."""

import argparse
import json
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from few_rows import FewRows

import hypermaml as hm
from hypermaml._core.evaluate import evaluate, other_descriptions, test_data
from hypermaml._misc.intervals import half_width
from hypermaml.families.table_references.references import references_at
from hypermaml.run.environment import environment

matplotlib.use("agg")
RESULTS = Path(__file__).parent / "results"
IMAGES = Path(__file__).parents[1] / "docs/images"
OTHER = "another task's description"
COLORS = {
    "HyperMAML": hm.HyperMAML.color,
    "MAML": hm.MAML.color,
    "conditioned": hm.Conditioned.color,
    "hypernet": hm.Hypernet.color,
    "pooled ridge": "#777777",
    "boosted trees": "#b08d57",
    "ridge per task": "#5c9ead",
    "Gaussian process per task": "#8a7fb0",
    "linear mixed model": "#444444",
}


@dataclass(frozen=True)
class Trial:
    """Settings of a method.

    Attributes:
        method: its configuration.
        hidden: widths of the hidden layers of the learner.
        iterations: of meta-training.
    """

    method: hm.MethodConfig
    hidden: tuple[int, ...] = (40, 40)
    iterations: int = 1000


@dataclass(frozen=True)
class Study:
    """A data set, and what is measured on it.

    Attributes:
        name: of its records.
        family: from a seed, which decides the split, and widths of hidden layers.
        unit: how many units of the target are one inside of the family.
        sizes: numbers of support rows, ascending.
        trials: of each method, equally many.
        fixed: methods whose settings are not chosen.
        more: from a family, to further baselines: from a number of support rows to errors of the test tasks.
        tuning: seeds of the splits on whose meta-validation the settings are chosen.
        seeds: of the splits that are tested.
        share: of the iterations that a trial takes.
    """

    name: str
    family: Callable[..., FewRows]
    unit: float
    sizes: Sequence[int]
    trials: Mapping[str, Sequence[Trial]]
    fixed: Mapping[str, Trial]
    more: Callable[[FewRows, int], dict[str, np.ndarray]]
    tuning: Sequence[int] = (100, 101)
    seeds: Sequence[int] = tuple(range(10))
    share: float = 1.0

    def errors(self, trained: hm.Trained, family: FewRows, split: str, seed: int, *, other: bool = False) -> Any:
        """Return the squared error of each task of a split, by number of support rows; NaN without query rows."""
        tasks, found = family.members[family.split_number(split)], {}
        described = other_descriptions(family, len(tasks)) if other else None
        for size in self.sizes:
            adapted = evaluate(
                trained.method,
                family.with_seen(size),
                tasks,
                steps=trained.config.inner_steps,
                key=jax.random.key(seed),
                described=described,
            )
            there = np.asarray(adapted.query.mask.sum(axis=1) > 0)
            score = np.asarray(adapted.scores["mse"])[:, -1 if size else 0]
            found[size] = np.where(there, score, np.nan) * self.unit**2
        return found

    def train(self, trial: Trial, seed: int, share: float = 1.0) -> tuple[hm.Trained, FewRows]:
        """Meta-train on the split of a seed."""
        family = self.family(seed, trial.hidden)
        iterations = max(1, round(trial.iterations * share))
        return hm.train(trial.method, family, iterations=iterations, seed=seed, steps=1), family

    def choose(self, folder: Path) -> dict[str, Trial]:
        """Return the trial of each method with the least mean error on meta-validation over all sizes."""
        chosen = dict(self.fixed)
        for name, trials in self.trials.items():
            scores = []
            for number, trial in enumerate(trials):

                def validated(trial: Trial = trial) -> Any:
                    values = []
                    for seed in self.tuning:
                        trained, family = self.train(trial, seed, self.share)
                        found = self.errors(trained, family, "meta-validation", seed)
                        values.append(float(np.mean([np.nanmean(each) for each in found.values()])))
                    return {"error": float(np.mean(values)), "settings": repr(trial)}

                scores.append(kept(folder / "tuning" / f"{name}-{number}.json", validated)["error"])
            chosen[name] = trials[int(np.nanargmin(scores))]
            print(name, np.round(scores, 5).tolist(), flush=True)
        return chosen

    def measure(self, folder: Path) -> dict[str, dict[str, list[list[float]]]]:
        """Return the errors by method or baseline and number of support rows, for each seed a list of tasks."""
        chosen, found = self.choose(folder), []
        for seed in self.seeds:
            rows: dict[str, Any] = {}
            for name, trial in chosen.items():

                def tested(name: str = name, trial: Trial = trial, seed: int = seed) -> Any:
                    trained, family = self.train(trial, seed)
                    rows = {name: self.errors(trained, family, "meta-test", seed)}
                    if trial.method.reads_description:
                        rows[f"{name}, {OTHER}"] = self.errors(trained, family, "meta-test", seed, other=True)
                    return listed(rows)

                rows |= kept(folder / "seeds" / f"{seed}-{name}.json", tested)
            rows |= kept(folder / "seeds" / f"{seed}-references.json", lambda seed=seed: listed(self.references(seed)))
            found.append(rows)
            print(f"{self.name}: seed {seed}", flush=True)
        return {name: {size: [rows[name][size] for rows in found] for size in found[0][name]} for name in found[0]}

    def references(self, seed: int) -> dict[str, dict[int, np.ndarray]]:
        """Return the errors of the baselines on the same rows, by name and number of support rows."""
        family, found = self.family(seed, (40, 40)), {}
        tasks = family.members[2]
        for size in self.sizes:
            seen = family.with_seen(size)
            support, query = test_data(seen, tasks, key=jax.random.key(seed))
            rows = references_at(seen, tasks, support, query) | self.more(seen, seed)
            there = np.asarray(query.mask.sum(axis=1) > 0)
            for name, score in rows.items():
                found.setdefault(name, {})[size] = np.where(there, score, np.nan) * self.unit**2
        return found


def listed(rows: Mapping[str, Mapping[int, Any]]) -> dict[str, dict[str, list[float]]]:
    """Return arrays as lists, for JSON."""
    return {
        name: {str(size): [float(f"{v:.6g}") for v in np.asarray(values)] for size, values in sizes.items()}
        for name, sizes in rows.items()
    }


def kept(path: Path, make: Callable[[], Any]) -> Any:
    """Return what a file holds, which is made where it is not there."""
    if not path.exists():
        found = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".part").write_text(json.dumps(found))
        path.with_suffix(".part").rename(path)
    return json.loads(path.read_text())


def by_seed(values: Mapping[str, list[list[float]]]) -> dict[str, np.ndarray]:
    """Return the mean over the tasks of each seed, by number of support rows."""

    def mean(tasks: list[float]) -> float:
        there = np.asarray(tasks, float)
        return float(there[np.isfinite(there)].mean()) if np.isfinite(there).any() else np.nan

    return {size: np.array([mean(tasks) for tasks in seeds]) for size, seeds in values.items()}


def mean_and_half(values: np.ndarray) -> dict[str, float]:
    """Return the mean over seeds and half of its 95% interval; a seed without query rows does not count."""
    values = values[np.isfinite(values)]
    return {"mean": float(values.mean()), "half": float(half_width(values[:, None])[0]) if len(values) > 1 else np.nan}


def summary(found: Mapping[str, Any], baseline: str) -> dict[str, Any]:
    """Return for each name and size the mean over seeds with its interval, and the paired difference of a method."""
    means = {name: by_seed(values) for name, values in found.items()}
    rows = {name: {size: mean_and_half(values) for size, values in sizes.items()} for name, sizes in means.items()}
    ahead = {
        name: {size: mean_and_half(values - means[baseline][size]) for size, values in sizes.items()}
        for name, sizes in means.items()
        if name != baseline
    }
    return {"errors": rows, f"above {baseline}": ahead}


def table(title: str, rows: Mapping[str, Mapping[str, Mapping[str, float]]], minus: float, digits: int) -> str:
    """Return a table in Markdown: a line for each name, a column for each number of support rows."""
    sizes = list(max(rows.values(), key=len))
    head = f"| {title} | " + " | ".join(f"K = {size}" for size in sizes) + " |\n|---|" + "--:|" * len(sizes)
    lines = []
    for name, cells in rows.items():
        texts = [
            f"{cells[size]['mean'] - minus:.{digits}f} ± {cells[size]['half']:.{digits}f}" if size in cells else ""
            for size in sizes
        ]
        lines.append(f"| {name} | " + " | ".join(texts) + " |")
    return "\n".join([head, *lines])


def draw(path: Path, rows: Mapping[str, Any], shown: Mapping[str, str], ylabel: str, minus: float, top: float) -> None:
    """Draw the error against the number of support rows.

    Args:
        path: of the picture.
        rows: of `summary`.
        shown: the color of each name; names without an error below `top` are left out.
        ylabel: of the axis.
        minus: taken off each error.
        top: of the axis.
    """
    lowest = 0.0
    figure, axes = plt.subplots(figsize=(6.4, 4.0), layout="constrained")
    for name, color in shown.items():
        if name not in rows or min(cell["mean"] for cell in rows[name].values()) - minus > top:
            continue
        sizes, every = list(rows[name]), list(rows["HyperMAML"])
        mean = np.array([rows[name][size]["mean"] for size in sizes]) - minus
        half = np.array([rows[name][size]["half"] for size in sizes])
        lowest = min(lowest, 1.3 * mean.min())
        ours = name in ("HyperMAML", "MAML", "conditioned", "hypernet")
        place = np.array([every.index(size) for size in sizes])
        axes.plot(place, mean, "-o" if ours else "--", color=color, label=name, linewidth=2.0 if ours else 1.3, ms=4)
        if ours:
            axes.fill_between(place, mean - half, mean + half, color=color, alpha=0.12, linewidth=0)
    axes.set_xticks(np.arange(len(rows["HyperMAML"])), list(rows["HyperMAML"]))
    axes.set_xlabel("support rows K")
    axes.set_ylabel(ylabel)
    axes.set_ylim(lowest, top)
    axes.grid(alpha=0.25)
    axes.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def record(folder: Path, parts: Mapping[str, Any], tables: str) -> None:
    """Write `summary.json` and `table.md` with the command and the versions."""
    command = f"python benchmarks/{Path(sys.argv[0]).name} {' '.join(sys.argv[1:])}".strip()
    folder.mkdir(parents=True, exist_ok=True)
    whole = {"command": command, "environment": environment(), "processor": platform.processor(), **parts}
    (folder / "summary.json").write_text(json.dumps(whole, indent=1) + "\n")
    (folder / "table.md").write_text(f"`{command}`\n\n{tables}\n")


def options(document: str | None) -> argparse.Namespace:
    """Return the options of the command line: whether it is quick, and how many seeds."""
    parser = argparse.ArgumentParser(description=document, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one seed and few iterations; write nothing")
    parser.add_argument("--seeds", type=int, default=10, help="splits that are tested")
    return parser.parse_args()


def quick(study: Study) -> Study:
    """Return a study of one seed and a few iterations."""
    trials = {name: [replace(trials[0], iterations=2)] for name, trials in study.trials.items()}
    fixed = {name: replace(trial, iterations=2) for name, trial in study.fixed.items()}
    return replace(study, trials=trials, fixed=fixed, tuning=(100,), seeds=(0,))
