"""Draw the picture of the page on concepts: `python docs/pictures/concepts.py`, about a minute on one core."""

from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np

import hypermaml as hm

matplotlib.use("agg")
OUT = Path(__file__).parents[1] / "images/concepts.png"
# Rate and level of three new tasks, and their colors.
TASKS = {(0.3, 1.5): "#0072b2", (0.9, 3.8): "#d55e00", (1.9, 2.6): "#009e73"}
TITLES = {"MAML: one start for all tasks": hm.MAML(), "HyperMAML: a start for each description": hm.HyperMAML()}


def tasks() -> hm.ArrayFamily:
    """Return the tasks of the page on the start: decays of known rate and unknown level."""
    rng = np.random.default_rng(0)
    rate, level = rng.uniform(0.2, 2.0, (500, 1)), rng.uniform(1.0, 4.0, (500, 1))
    x = rng.uniform(0.0, 3.0, (500, 30, 1))
    return hm.ArrayFamily(x, level[:, None] * np.exp(-rate[:, None] * x), descriptions=rate, shots=5)


def draw() -> None:
    """Train both methods, and draw three new tasks before and after three inner steps."""
    family, line = tasks(), np.linspace(0.0, 3.0, 100)[:, None]
    times = np.linspace(0.2, 2.8, 5)[:, None]
    figure, panels = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
    for axes, (title, method) in zip(panels, TITLES.items(), strict=True):
        trained = hm.train(method, family, iterations=2000, seed=0)
        for (rate, level), color in TASKS.items():
            values = level * np.exp(-rate * times)
            start = trained.initialize(description=[rate])
            model = trained.adapt(times, values, description=[rate], steps=3)
            own = color if method.reads_description else "black"
            axes.plot(line, start.predict(line), "--", color=own, linewidth=1.2)
            axes.plot(line, model.predict(line), color=color, linewidth=2)
            axes.plot(times, values, "o", color=color, markersize=5)
        axes.set(title=title, xlabel="time")
        axes.grid(alpha=0.25, linewidth=0.6)
    styles = {"start": ("--", ""), "after three steps": ("-", ""), "five examples": ("none", "o")}
    handles = [
        plt.Line2D([], [], label=name, color="black", linestyle=line, marker=mark)
        for name, (line, mark) in styles.items()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(OUT, dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    draw()
