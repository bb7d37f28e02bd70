"""Draw the trials of tuning: scores in their order, and how much each setting matters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib
import numpy as np

from hypermaml.methods import METHODS
from hypermaml.report.plots.style import INK, SETTINGS, Plot, grid


def plot_trials(record: Mapping[str, Any]) -> list[Plot]:
    """Return the plots of a record of trials: `history`, and `importance` where it is known.

    Args:
        record: what `hypermaml._compare.tune.tune` or `hypermaml._compare.search.search` returned.
    """
    methods = {name: entry for name, entry in record["methods"].items() if entry["trials"]}
    known = {name: entry["importance"] for name, entry in methods.items() if entry.get("importance")}
    plots = [_history(methods, record["metric"])] if methods else []
    return plots + ([_importance(known)] if known else [])


def _history(methods: Mapping[str, Any], metric: str) -> Plot:
    with matplotlib.rc_context(SETTINGS):
        figure, panels = grid(1, len(methods), width=2.6, height=2.4, share=False)
        for panel, (name, entry) in zip(panels[0], methods.items(), strict=True):
            scores = np.array([np.nan if t["score"] is None else t["score"] for t in entry["trials"]], float)
            numbers = np.arange(1, len(scores) + 1)
            panel.plot(numbers, scores, "o", color=_color(name))
            ended = numbers[np.isnan(scores)]
            panel.plot(
                ended, np.zeros(len(ended)), "x", color=INK, transform=panel.get_xaxis_transform(), clip_on=False
            )
            if entry["best"]:
                panel.axhline(entry["best"]["score"], color=INK, linewidth=0.8)
            panel.set_title(name)
            panel.set_xlabel("trial")
        panels[0][0].set_ylabel(f"{metric} on meta-validation")
    caption = (
        "The score of each trial, in their order; the line is the best one. A cross at the foot is a trial that "
        "diverged or was ended early."
    )
    return Plot("history", "Trials", caption, figure)


def _importance(known: Mapping[str, Mapping[str, float]]) -> Plot:
    with matplotlib.rc_context(SETTINGS):
        figure, panels = grid(1, len(known), width=2.6, height=2.0, share=False)
        for panel, (name, shares) in zip(panels[0], known.items(), strict=True):
            panel.barh(list(shares), list(shares.values()), color=_color(name))
            panel.set_xlim(0, 1)
            panel.set_title(name)
            panel.set_xlabel("share")
    caption = "The share of each setting in the differences between scores (PED-ANOVA, arXiv 2304.10255)."
    return Plot("importance", "Importance of settings", caption, figure)


def _color(method: str) -> str:
    return (METHODS[method].color if method in METHODS else "") or INK
