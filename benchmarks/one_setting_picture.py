"""The picture of the benchmark of one setting: error after each inner step, by what is told and number of tasks."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np

import hypermaml as hm

matplotlib.use("agg")
OUT = Path(__file__).parents[1] / "docs/images/one-setting.png"
ROWS = {"full": "full description", "partial": "amplitude alone", "random": "numbers that say nothing"}


def draw(found: Mapping[str, Any], told: Sequence[str], tasks: Sequence[int]) -> None:
    """Draw the cases of sine curves.

    Args:
        found: summaries by case.
        told: what descriptions tell.
        tasks: numbers of meta-training tasks; 0 for no end.
    """
    rows = [row for row in told if row in ROWS]
    figure, axes = plt.subplots(len(rows), len(tasks), figsize=(11, 6.6), sharex=True, sharey="row", squeeze=False)
    for row, column in np.ndindex(axes.shape):
        axis: Any = axes[row, column]
        name = f"sine-{rows[row]}-{tasks[column] or 'unlimited'}"
        axis.set_yscale("log")
        axis.set_xticks(range(4))
        axis.grid(alpha=0.25, linewidth=0.6)
        if not row:
            axis.set_title(f"{tasks[column]} tasks" if tasks[column] else "tasks without end", fontsize=10)
        if not column:
            axis.set_ylabel(f"{ROWS[rows[row]]}\nsquared error", fontsize=9)
        if row == len(rows) - 1:
            axis.set_xlabel("inner step", fontsize=9)
        for method, scores in found.get(name, {}).get("scores", {}).items():
            kind = hm.methods.METHODS[method]
            mean, half = (np.array([each[part] for each in scores]) for part in ("mean", "half"))
            mean = np.where(mean < 30, mean, np.nan)
            look = {"color": kind.color, "marker": kind.marker, "linewidth": kind.width, "markersize": 4}
            axis.plot(range(len(mean)), mean, label=kind.label, **look)
            low = np.maximum(mean - half, mean / 10)
            axis.fill_between(range(len(mean)), low, np.minimum(mean + half, 30), color=kind.color, alpha=0.1, lw=0)
    handles, labels = axes[0, -1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncols=len(labels), frameon=False, fontsize=10)
    figure.tight_layout(rect=(0, 0, 1, 0.95))
    OUT.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(OUT, dpi=110)
    plt.close(figure)
