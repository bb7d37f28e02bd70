"""Pictures of single held-out tasks: curves, paths, speeds, things lifted, letters, questions, days of a site.

Each is drawn from a mapping of names to arrays, such as an opened `.npz` file.

Curves (`x` is present), T tasks, N inner steps, G grid points, K support points:

    x                    [G]          grid, the same for all tasks
    y                    [T, G]       true values
    support_x            [T, K]       inputs of the support points
    support_y            [T, K]       their targets
    predictions/METHOD   [T, N+1, G]  the learner's output after each inner step

Trajectories (`goal` is present), R trajectories a task, H steps; a trajectory that ended early is filled with NaN:

    goal                 [T, 2]
    paths/METHOD         [T, N+1, R, H, 2]  positions before each action, after each inner step

Speeds (`velocity` or `direction` is present), in m/s, filled alike:

    velocity             [T]              to be kept, in m/s
    direction            [T]              1 forward, -1 backward
    speeds/METHOD        [T, N+1, R, H]   of each step, after each inner step

Trajectories of any environment (`parameter_names` is present), P parameters, filled alike:

    parameters           [T, P]
    parameter_names      [P]
    courses/METHOD       [T, N+1, R, H, 2]  reward and first number of the observation, after each inner step

Things lifted (`kind` is present), in m, filled alike:

    kind                 [T]              index in `hypermaml.sim.shape.KINDS`
    size                 [T, 3]           half of length, width and height
    rises/METHOD         [T, N+1, R, H]   after each step, after each inner step

Letters (`letters` is present), Q query images, 255 is ink:

    letters              [T, Q, 28, 28]
    labels               [T, Q]           their classes
    examples             [T, ways, 28, 28]  an image of the support set for each class
    answers/METHOD       [T, N+1, Q]      the class that each is given, after each inner step

Questions (`asked` is present), Q of a task, texts:

    task                 [T]              its name
    asked                [T, Q]           each question
    truth                [T, Q]           its right answer
    questions/METHOD     [T, N+1, Q]      1 for a right answer, after each inner step

Dispatch (`generation` is present) and forecasts (`net_load` is present): see `plot_dispatch` and `plot_forecasts`.
"""

from typing import Any

import matplotlib
import numpy as np
from jaxtyping import Float
from matplotlib.lines import Line2D

from hypermaml.report.looks import Looks
from hypermaml.report.plots.courses import plot_courses
from hypermaml.report.plots.days import plot_dispatch, plot_forecasts
from hypermaml.report.plots.letters import plot_letters
from hypermaml.report.plots.panels import ACROSS, Traces, methods_of, panels_of
from hypermaml.report.plots.questions import plot_questions
from hypermaml.report.plots.rises import plot_rises
from hypermaml.report.plots.style import INK, SETTINGS, TRUTH, Plot, legend
from hypermaml.report.scope import described

_PATHS = 6  # trajectories drawn in a panel
_GOAL = "#e8b500"


def plot_traces(traces: Traces, looks: Looks, *, descriptor: str) -> Plot | None:
    """Draw fits, trajectories, speeds, objects lifted, letters, questions or days, whichever the arrays hold.

    Args:
        traces: The arrays.
        looks: Of the methods.
        descriptor: Of the tasks.

    Returns:
        The plot; None where the arrays are of another kind, such as those of a picture of your own.
    """
    if "x" in traces:
        return _plot_fits(traces, looks, descriptor)
    if "goal" in traces:
        return _plot_paths(traces, looks, descriptor)
    if "velocity" in traces or "direction" in traces:
        return _plot_speeds(traces, looks, descriptor)
    if "parameter_names" in traces:
        return plot_courses(traces, looks, descriptor=descriptor)
    if "kind" in traces:
        return plot_rises(traces, looks, descriptor=descriptor)
    if "letters" in traces:
        return plot_letters(traces, looks, descriptor=descriptor)
    if "asked" in traces:
        return plot_questions(traces, looks, descriptor=descriptor)
    if "generation" in traces:
        return plot_dispatch(traces, looks, descriptor=descriptor)
    if "net_load" in traces:
        return plot_forecasts(traces, looks, descriptor=descriptor)
    return None


def _plot_fits(traces: Traces, looks: Looks, descriptor: str) -> Plot:
    methods = methods_of(traces, "predictions/", looks)
    x, y = np.asarray(traces["x"]), np.asarray(traces["y"])[:2]
    steps = traces[f"predictions/{methods[0]}"].shape[1]
    between = [{"linestyle": ("--", "-.")[step % 2], "alpha": 0.75} for step in range(steps - 2)]
    styles: list[dict[str, Any]] = [{"linestyle": ":"}, *between, {}][:steps]
    widths = np.linspace(1.0, 2.0, steps)
    with matplotlib.rc_context(SETTINGS):
        figure, panels = panels_of(methods, looks, len(y), "curve", width=2.5, height=2.2)
        for task, method, panel in panels:
            panel.plot(x, y[task], color=TRUTH, linewidth=5, solid_capstyle="round", zorder=1)
            for step, (style, width) in enumerate(zip(styles, widths, strict=True)):
                fit = traces[f"predictions/{method}"][task, step]
                panel.plot(x, fit, color=looks[method].color, linewidth=width, **style)
            panel.plot(traces["support_x"][task], traces["support_y"][task], "^", color=INK, markersize=5, zorder=4)
        low, high = float(y.min()), float(y.max())
        panels[0][2].set_ylim(low - 0.25 * (high - low), high + 0.25 * (high - low))
        names = ["before", *(f"after step {step}" for step in range(1, steps))]
        lines = [
            Line2D([], [], color=INK, linewidth=w, label=n, **s) for n, w, s in zip(names, widths, styles, strict=True)
        ]
        truth = Line2D([], [], color=TRUTH, linewidth=5, label="true curve")
        points = Line2D([], [], color=INK, marker="^", linestyle="", label="support points")
        legend(figure, [truth, points, *lines])
    caption = (
        "Two held-out curves, one panel for each method. Dotted: the learner before it has seen the support points; "
        "solid: after the last inner step. The broad line is the truth. Axes end a little beyond the true curve."
    )
    return Plot(f"fits_{descriptor}", f"Fits of held-out curves ({described(descriptor)})", caption, figure)


def _plot_paths(traces: Traces, looks: Looks, descriptor: str) -> Plot:
    methods = methods_of(traces, "paths/", looks)
    goals = np.asarray(traces["goal"])[: 3 if len(methods) <= ACROSS else 2]
    with matplotlib.rc_context(SETTINGS):
        figure, panels = panels_of(methods, looks, len(goals), "goal", width=2.1, height=2.4)
        for task, method, panel in panels:
            paths = np.asarray(traces[f"paths/{method}"][task])
            for path in paths[0, :_PATHS]:
                panel.plot(*path.T, color=INK, alpha=0.35, linewidth=0.8, zorder=2)
            for path in paths[-1, :_PATHS]:
                panel.plot(*path.T, color=looks[method].color, alpha=0.8, linewidth=1.1, zorder=3)
            panel.plot(0, 0, "o", color=INK, markersize=4, zorder=4)
            panel.plot(*goals[task], "*", color=_GOAL, markeredgecolor=INK, markersize=13, zorder=5)
            panel.set_aspect("equal", adjustable="box")
        reach = 1.8 * float(abs(goals).max())
        panels[0][2].set(xlim=(-reach, reach), ylim=(-reach, reach))
        before = Line2D([], [], color=INK, alpha=0.35, linewidth=0.8, label="before adaptation")
        after = Line2D([], [], color=INK, linewidth=1.4, label="after the last inner step (in the method's color)")
        start = Line2D([], [], color=INK, marker="o", markersize=4, linestyle="", label="start")
        goal = Line2D([], [], marker="*", color=_GOAL, markeredgecolor=INK, markersize=13, linestyle="", label="goal")
        legend(figure, [start, goal, before, after])
    caption = (
        f"Up to {_PATHS} sampled trajectories before and after adaptation on held-out goals. A method that is told the "
        "goal heads for it at once; one that is not must first explore. Trajectories may leave the panel."
    )
    return Plot(
        f"trajectories_{descriptor}", f"Trajectories on held-out goals ({described(descriptor)})", caption, figure
    )


def _plot_speeds(traces: Traces, looks: Looks, descriptor: str) -> Plot:
    methods = methods_of(traces, "speeds/", looks)
    keep = "velocity" in traces
    goals = np.asarray(traces["velocity" if keep else "direction"])[:2]
    with matplotlib.rc_context(SETTINGS):
        figure, panels = panels_of(methods, looks, len(goals), "task", width=2.3, height=2.1)
        for task, method, panel in panels:
            speeds = np.asarray(traces[f"speeds/{method}"][task])
            before, after = (mean_over_trajectories(speeds[step]) for step in (0, -1))
            panel.axhline(goals[task] if keep else 0.0, color=TRUTH, linewidth=5, zorder=1)
            panel.plot(before, color=INK, linewidth=1.0, linestyle=":", zorder=2)
            panel.plot(after, color=looks[method].color, linewidth=1.6, zorder=3)
        for task, (goal, (_, _, panel)) in enumerate(zip(goals, panels[:: len(methods)], strict=True)):
            told = f"{goal:.2f} m/s" if keep else ("forward" if goal > 0 else "backward")
            panel.set_ylabel(f"task {task + 1}: {told}\nspeed, m/s")
        for _, _, panel in panels[-len(methods) :]:
            panel.set_xlabel("time step")
        aim = Line2D([], [], color=TRUTH, linewidth=5, label="speed to keep" if keep else "standing still")
        first = Line2D([], [], color=INK, linewidth=1.0, linestyle=":", label="before adaptation")
        last = Line2D([], [], color=INK, linewidth=1.6, label="after the last inner step (in the method's color)")
        legend(figure, [aim, first, last])
    runs = traces[f"speeds/{methods[0]}"].shape[2]
    caption = (
        f"Forward speed over time on held-out tasks, the mean of {runs} sampled trajectories, before and after "
        "adaptation; "
        + ("at its best it comes to lie on the broad line." if keep else "forward is above the broad line.")
    )
    return Plot(f"speeds_{descriptor}", f"Speed on held-out tasks ({described(descriptor)})", caption, figure)


def mean_over_trajectories(speeds: Float[np.ndarray, "trajectory time"]) -> Float[np.ndarray, " time"]:
    """Over those that have not ended; NaN where all have."""
    left = np.isfinite(speeds).sum(0)
    return np.where(left > 0, np.nansum(speeds, axis=0) / np.maximum(left, 1), np.nan)
