"""A panel for each method and task."""

import math
from collections.abc import Mapping

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hypermaml.report.looks import Looks
from hypermaml.report.plots.style import grid

Traces = Mapping[str, Float[np.ndarray, "..."]]
ACROSS = 6  # panels in a row


def methods_of(traces: Traces, prefix: str, looks: Looks) -> list[str]:
    """Return the methods whose arrays begin with `prefix`, in the order of a report."""
    return looks.ordered(name.removeprefix(prefix) for name in traces if name.startswith(prefix))


def panels_of(
    methods: list[str], looks: Looks, tasks: int, what: str, *, width: float, height: float
) -> tuple[Figure, list[tuple[int, str, Axes]]]:
    """Return a panel for each task and method, a block of rows for each task.

    Args:
        methods: one a column, as many as fit.
        looks: of the methods.
        tasks: how many.
        what: a task is called.
        width: of a panel, in inches.
        height: of a panel, in inches.

    Returns:
        The figure, and each panel with its task and method.
    """
    down = math.ceil(len(methods) / ACROSS)
    across = math.ceil(len(methods) / down)
    figure, axes = grid(down * tasks, across, width=width, height=height, share=True)
    panels = []
    for task in range(tasks):
        rows = axes[task * down : (task + 1) * down]
        block = [panel for row in rows for panel in row]
        panels += [(task, method, panel) for method, panel in zip(methods, block, strict=False)]
        for panel in block[len(methods) :]:
            panel.set_axis_off()
        for row in rows:
            row[0].set_ylabel(f"{what} {task + 1}")
    for column in range(across - (down * across - len(methods)), across):
        axes[-2][column].tick_params(labelbottom=True)  # nothing stands below it
    for _, method, panel in panels:
        panel.set_title(looks.label(method), fontsize=9.5)
    return figure, panels
