"""A set of tasks as points on a map, and their distances as a picture."""

from collections.abc import Sequence
from typing import Any, Literal

import matplotlib
import numpy as np
from jaxtyping import Bool, Float, Int

from hypermaml.report.plots.style import INK, PAPER, SETTINGS, Plot, grid

# Told apart by color and marker together, so that a hundred groups have a look of their own.
_COLORS = ("#0069d8", "#d04a00", "#007642", "#b3359f", "#d9a400", "#62bfef", "#7c7f86", "#5ec79d", "#f1a067", "#7c9bff")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
_NAMED = 12  # groups that a legend can hold
_SHORT = 12  # letters of a name, six of which stand in a row


def plot_map(
    points: Float[np.ndarray, "task 2"],
    shares: Float[np.ndarray, "2"],
    groups: Int[np.ndarray, " task"] | None,
    *,
    embedder: str,
    names: Sequence[str] = (),
    unseen: Bool[np.ndarray, " task"] | None = None,
    of: Literal["tasks", "initializations"] = "tasks",
) -> Plot:
    """Draw the tasks, or what is generated for them, in two dimensions.

    Args:
        points: Of each task.
        shares: Of the squared distances that each dimension holds, in [0, 1].
        groups: Of each task; `None` where tasks have none.
        embedder: How the caption calls it.
        names: Of the groups, by number.
        unseen: Whether each task is of a split that no training sees; its mark is then hollow.
        of: What is placed.
    """
    hollow = np.zeros(len(points), bool) if unseen is None else unseen
    with matplotlib.rc_context(SETTINGS):
        figure, ((axes,),) = grid(1, 1, width=7.5, height=5.5, share=False)
        places = np.zeros(len(points), int) if groups is None else np.unique(groups, return_inverse=True)[1]
        called = [names[group] for group in np.unique(groups)] if names and groups is not None else []
        for place in range(int(places.max()) + 1):
            color = _COLORS[place % len(_COLORS)]
            marker = _MARKERS[(place + place // len(_COLORS)) % len(_MARKERS)]
            label = called[place] if place < len(called) else f"group {place}"
            look: dict[str, Any] = {"color": color, "marker": marker, "linestyle": "", "markersize": 7}
            axes.plot([], [], **look, label=label)
            for chosen, face in ((~hollow, color), (hollow, PAPER)):
                x, y = points[(places == place) & chosen].T
                axes.plot(x, y, **look, alpha=0.85, markerfacecolor=face)
        axes.set_xlabel(f"first dimension ({shares[0]:.0%})")
        axes.set_ylabel(f"second dimension ({shares[1]:.0%})")
        if groups is not None and places.max() < _NAMED:
            longest = max(map(len, called), default=0)
            figure.legend(loc="outside lower center", ncols=min(int(places.max()) + 1, 3 if longest > _SHORT else 6))
    what = "a task" if of == "tasks" else "the initialization that is generated for a task"
    caption = f"Each point is {what}, placed by its distances to the others ({embedder}, multidimensional scaling)."
    if groups is not None:
        caption += " Color and marker tell groups that the embedding was not told of."
    if unseen is not None:
        caption += " Hollow marks are tasks that no training has seen."
    return Plot("map" if of == "tasks" else "map_starts", f"Map of the {of}", caption, figure)


def plot_distances(
    distances: Float[np.ndarray, "task task"], order: Sequence[int], groups: Int[np.ndarray, " task"] | None
) -> Plot:
    """Draw the distance of each pair of tasks, near ones together, with the groups along the edge.

    Args:
        distances: Of each pair.
        order: The tasks from left to right.
        groups: Of each task, or `None`.
    """
    sorted_by: Any = np.ix_(order, order)
    with matplotlib.rc_context(SETTINGS):
        figure, ((axes,),) = grid(1, 1, width=7.5, height=6.2, share=False)
        axes.grid(False)
        image = axes.imshow(distances[sorted_by], cmap="cividis", interpolation="nearest")
        figure.colorbar(image, ax=axes, label="distance", shrink=0.85)
        if groups is None:
            axes.set_xlabel("task, near ones together")
        else:
            places = np.unique(groups, return_inverse=True)[1][list(order)]
            for x, place in enumerate(places):
                marker = _MARKERS[(place + place // len(_COLORS)) % len(_MARKERS)]
                color = _COLORS[place % len(_COLORS)]
                size = min(6.0, 300 / len(order))
                axes.plot(x, len(order) + 0.02 * len(order), marker, color=color, markersize=size, clip_on=False)
            axes.set_xlim(-0.5, len(order) - 0.5)
            axes.set_ylim(len(order) - 0.5, -0.5)
            axes.set_xlabel("task, near ones together; marks as on the map", labelpad=18)
            axes.tick_params(axis="x", bottom=False, labelbottom=False)
        axes.set_ylabel("task, in the same order", color=INK)
    caption = "The distance of each pair of tasks, in the order of average linkage, so that near tasks are neighbors."
    return Plot("distances", "Distances of the tasks", caption, figure)
