"""The pictures of the benchmark of one setting: the score after each inner step."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np

import hypermaml as hm

matplotlib.use("agg")
IMAGES = Path(__file__).parents[1] / "docs/images"
ROWS = {"full": "full description", "partial": "amplitude alone", "random": "numbers that say nothing"}
FAMILIES = {
    "navigation-full": "navigation, goal",
    "navigation-noisy": "navigation, noisy goal",
    "halfcheetah-full": "half cheetah, velocity",
    "halfcheetah-noisy": "half cheetah, noisy velocity",
    "direction-noisy": "half cheetah, uncertain direction",
    "power-full": "batteries of sites",
    "forecast-full": "forecasts of sites",
    "language-full": "language tasks",
}


def lines(axis: Any, entry: Mapping[str, Any], *, above: float, bands: bool = True) -> None:
    """Draw the score of each method after each inner step; a mean of which the size is above a bound is left out."""
    axis.set_xticks(range(4))
    axis.grid(alpha=0.25, linewidth=0.6)
    for method, scores in entry.get("scores", {}).items():
        kind = hm.methods.METHODS[method]
        mean, half = (np.array([each[part] for each in scores]) for part in ("mean", "half"))
        mean = np.where(np.abs(mean) < above, mean, np.nan)
        look = {"color": kind.color, "marker": kind.marker, "linewidth": kind.width, "markersize": 4}
        axis.plot(range(len(mean)), mean, label=kind.label, **look)
        if bands:
            low = np.maximum(mean - half, mean / 10)
            axis.fill_between(range(len(mean)), low, np.minimum(mean + half, above), color=kind.color, alpha=0.1, lw=0)


def save(figure: Any, axis: Any, name: str) -> None:
    """Write a figure with the legend of one of its axes above it."""
    handles, labels = axis.get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncols=len(labels), frameon=False, fontsize=10)
    figure.tight_layout(rect=(0, 0, 1, 0.95))
    IMAGES.mkdir(parents=True, exist_ok=True)
    figure.savefig(IMAGES / name, dpi=110)
    plt.close(figure)


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
        axis.set_yscale("log")
        if not row:
            axis.set_title(f"{tasks[column]} tasks" if tasks[column] else "tasks without end", fontsize=10)
        if not column:
            axis.set_ylabel(f"{ROWS[rows[row]]}\nsquared error", fontsize=9)
        if row == len(rows) - 1:
            axis.set_xlabel("inner step", fontsize=9)
        lines(axis, found.get(f"sine-{rows[row]}-{tasks[column] or 'unlimited'}", {}), above=30)
    save(figure, axes[0, -1], "one-setting.png")


def draw_families(found: Mapping[str, Any], returns: Sequence[str]) -> None:
    """Draw the cases of other families that there are.

    Args:
        found: summaries by case.
        returns: the cases whose scores are returns.
    """
    there = [name for name in FAMILIES if name in found]
    if not there:
        return
    figure, axes = plt.subplots(-(-len(there) // 4), 4, figsize=(11, 2.9 * -(-len(there) // 4)), squeeze=False)
    for axis, name in zip(axes.flat, there, strict=False):
        axis.set_title(FAMILIES[name], fontsize=9)
        axis.set_ylabel("return" if name in returns else "loss", fontsize=9)
        axis.set_xlabel("inner step", fontsize=9)
        lines(axis, found[name], above=1e3, bands=False)  # those of three seeds hide the lines
        means = [each["mean"] for scores in found[name]["scores"].values() for each in scores]
        own = [each["mean"] for each in found[name]["scores"]["hypermaml"]]
        if name.startswith("navigation"):
            axis.set_ylim(max(min(means), 3 * min(own)), 0)
    for axis in axes.flat[len(there) :]:
        axis.set_visible(False)
    save(figure, axes[0, 0], "one-setting-families.png")


def draw_parts(rows: Mapping[str, Mapping[str, np.ndarray]]) -> None:
    """Draw the error after one step of HyperMAML without each part, as a multiple of the whole, a point a seed.

    Args:
        rows: by case and part an array of seeds and steps; the whole is `hypermaml`.
    """
    figure, axes = plt.subplots(1, len(rows), figsize=(9, 3.4), sharey=True, squeeze=False)
    for axis, (name, scores) in zip(axes.flat, rows.items(), strict=True):
        whole = scores["hypermaml"][:, 1]
        parts = [part for part in scores if part != "hypermaml"][::-1]
        axis.axvline(1, color="#7c7f86", linewidth=1)
        for place, part in enumerate(parts):
            share = scores[part][:, 1] / whole
            axis.plot(share, np.full(len(share), place), "o", color="#d04a00", alpha=0.45, markersize=5)
            axis.plot(np.exp(np.mean(np.log(share))), place, "|", color="#24292f", markersize=14, markeredgewidth=2)
        axis.set(xscale="log", title=name.replace("sine-", "").replace("-", " description, ") + " tasks")
        axis.set_xlabel("error after one step, as a multiple of the whole")
        low, high = axis.get_xlim()
        ticks = [tick for tick in (0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20) if low <= tick <= high]
        axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axis.minorticks_off()
        axis.set_yticks(range(len(parts)), parts)
        axis.grid(alpha=0.25, linewidth=0.6)
    figure.tight_layout()
    figure.savefig(IMAGES / "one-setting-parts.png", dpi=110)
    plt.close(figure)
