"""Pictures of characters: which of the query images of a task are told rightly."""

from collections.abc import Mapping
from typing import Any

import matplotlib
import numpy as np
from jaxtyping import Float
from matplotlib.lines import Line2D

from hypermaml.report.looks import Looks
from hypermaml.report.plots.panels import methods_of, panels_of
from hypermaml.report.plots.style import INK, SETTINGS, Plot, legend
from hypermaml.report.scope import described

WRONG = "#d04a00"  # of the numbers on images that are classified wrongly
GAP = 4  # pixels between two images


def plot_letters(traces: Mapping[str, Float[np.ndarray, "..."]], looks: Looks, *, descriptor: str) -> Plot:
    """Draw the letters of each task as each method reads them after its last inner step.

    Args:
        traces: `letters` (task, query, row, column), `labels` (task, query), `examples` (task, way, row, column), and
            `answers/METHOD` (task, step, query).
        looks: of the methods.
        descriptor: of the tasks.
    """
    methods = methods_of(traces, "answers/", looks)
    letters, labels = np.asarray(traces["letters"]), np.asarray(traces["labels"])
    ways = traces["examples"].shape[1]
    with matplotlib.rc_context(SETTINGS):
        figure, panels = panels_of(methods, looks, len(letters), "task", width=2.5, height=2.2)
        for task, method, panel in panels:
            answers, truth = np.asarray(traces[f"answers/{method}"][task]).astype(int), labels[task].astype(int)
            rows = [traces["examples"][task], *letters[task].reshape(-1, ways, *letters.shape[2:])]
            panel.imshow(tiled(rows), cmap="gray_r", vmin=0, vmax=255)
            pitch = letters.shape[2] + GAP
            panel.axhline(pitch - 0.5, color=INK, linewidth=0.8)
            for query, answer in enumerate(answers[-1]):
                row, column = divmod(query, ways)
                if answer != truth[query]:
                    place = {"x": column * pitch + pitch / 2 - 0.5, "y": (row + 1) * pitch + pitch / 2 - 0.5}
                    panel.text(
                        **place, s=str(answer + 1), color=WRONG, fontsize=15, fontweight="bold",
                        ha="center", va="center", alpha=0.9,
                    )  # fmt: skip
            right = [int((step == truth).sum()) for step in (answers[0], answers[-1])]
            panel.set_xlabel(f"{right[0]}, then {right[1]} of {truth.size} right", fontsize=9)
            panel.set_xticks([column * pitch + pitch / 2 for column in range(ways)], [str(n + 1) for n in range(ways)])
            panel.set_yticks([])
            panel.tick_params(length=0, labelbottom=False, labeltop=True, labelsize=8, pad=1)
            panel.grid(visible=False)
            panel.spines[:].set_visible(False)
        wrong = Line2D([], [], color=WRONG, marker="$2$", linestyle="", markersize=9, label="told as class 2")
        line = Line2D([], [], color=INK, linewidth=0.8, label="above: an image of the support set for each class")
        legend(figure, [line, wrong])
    caption = (
        "Held-out tasks, one column for each class: above the line an image of the support set, below it query images. "
        "A number lies on each that is told wrongly after the last inner step: the class it is taken for."
    )
    return Plot(f"letters_{descriptor}", f"Letters of held-out tasks ({described(descriptor)})", caption, figure)


def tiled(rows: Any) -> Float[np.ndarray, "height width"]:
    """Return rows of images as one image, with gaps."""
    padded = [[np.pad(image, GAP // 2) for image in row] for row in rows]
    return np.block(padded)
