"""Draw trajectories of any environment: the reward and the first observation over time, before and after adaptation."""

from itertools import product

import matplotlib
import numpy as np
from matplotlib.lines import Line2D

from hypermaml.report.looks import Looks
from hypermaml.report.plots.panels import ACROSS, Traces, methods_of
from hypermaml.report.plots.style import INK, SETTINGS, Plot, grid, legend
from hypermaml.report.scope import described

_TASKS = 2
_SHOWN = 4  # trajectories drawn in a panel
_NUMBERS = ("reward", "observation 0")


def plot_courses(traces: Traces, looks: Looks, *, descriptor: str) -> Plot:
    """Draw two held-out tasks, a row for each number and a column for each method."""
    methods = methods_of(traces, "courses/", looks)
    names = [str(name) for name in traces["parameter_names"]]
    tasks = np.asarray(traces["parameters"])[:_TASKS]
    blocks = [methods[first : first + ACROSS] for first in range(0, len(methods), ACROSS)]
    rows = list(product(range(len(tasks)), range(len(_NUMBERS)), blocks))
    with matplotlib.rc_context(SETTINGS):
        figure, axes = grid(len(rows), len(blocks[0]), width=2.3, height=1.8, share=False)
        for panels, (task, number, block) in zip(axes, rows, strict=True):
            for panel in panels[len(block) :]:
                panel.set_axis_off()
            for panel, method in zip(panels, block, strict=False):
                courses = np.asarray(traces[f"courses/{method}"][task])[:, :_SHOWN, :, number]
                panel.plot(courses[0].T, color=INK, alpha=0.35, linewidth=0.8, zorder=2)
                panel.plot(courses[-1].T, color=looks[method].color, alpha=0.8, linewidth=1.1, zorder=3)
                if panel is not panels[0]:
                    panel.sharey(panels[0])
                    panel.tick_params(labelleft=False)
                if number == 0:
                    panel.set_title(looks.label(method), fontsize=9.5)
                if number == len(_NUMBERS) - 1:
                    panel.set_xlabel("time step")
            what = ", ".join(f"{name} = {value:.2f}" for name, value in zip(names, tasks[task], strict=True))
            panels[0].set_ylabel(f"{what}\n{_NUMBERS[number]}")
        before = Line2D([], [], color=INK, alpha=0.35, linewidth=0.8, label="before adaptation")
        after = Line2D([], [], color=INK, linewidth=1.4, label="after the last inner step (in the method's color)")
        legend(figure, [before, after])
    caption = (
        f"Up to {_SHOWN} sampled trajectories on each of {len(tasks)} held-out tasks, before and after adaptation: the "
        "reward of each step, and the first number of the observation."
    )
    return Plot(f"courses_{descriptor}", f"Trajectories on held-out tasks ({described(descriptor)})", caption, figure)
