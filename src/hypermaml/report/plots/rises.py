"""Draw how far objects are lifted over time, before and after adaptation."""

import matplotlib
import numpy as np
from matplotlib.lines import Line2D

from hypermaml.report.looks import Looks
from hypermaml.report.plots.panels import Traces, methods_of, panels_of
from hypermaml.report.plots.style import INK, SETTINGS, TRUTH, Plot, legend
from hypermaml.report.scope import described
from hypermaml.sim.grasp import HELD, LIFTED, success
from hypermaml.sim.shape import KINDS


def plot_rises(traces: Traces, looks: Looks, *, descriptor: str) -> Plot:
    """Draw each trajectory's rise in cm: objects that stay below the line, or fall back under it, are not grasped."""
    methods = methods_of(traces, "rises/", looks)
    kinds, sizes = np.asarray(traces["kind"])[:2], np.asarray(traces["size"])[:2]
    with matplotlib.rc_context(SETTINGS):
        figure, panels = panels_of(methods, looks, len(kinds), "task", width=2.3, height=2.1)
        for task, method, panel in panels:
            rises = np.asarray(traces[f"rises/{method}"][task])
            panel.axhline(100 * LIFTED, color=TRUTH, linewidth=5, zorder=1)
            panel.plot(100 * rises[0].T, color=INK, alpha=0.35, linewidth=0.8, zorder=2)
            panel.plot(100 * rises[-1].T, color=looks[method].color, alpha=0.8, linewidth=1.1, zorder=3)
            before, after = (int(success(rises[step]).sum()) for step in (0, -1))
            counts = f"{before} → {after} of {rises.shape[1]}"
            panel.text(0.03, 0.95, counts, transform=panel.transAxes, fontsize=8.5, va="top", zorder=4)
        for task, (_, _, panel) in enumerate(panels[:: len(methods)]):
            form = " × ".join(f"{200 * side:.1f}" for side in sizes[task])
            panel.set_ylabel(f"{KINDS[int(kinds[task])]}, {form} cm\nlifted by, cm")
        for _, _, panel in panels[-len(methods) :]:
            panel.set_xlabel("time step")
        aim = Line2D([], [], color=TRUTH, linewidth=5, label=f"{100 * LIFTED:.0f} cm")
        first = Line2D([], [], color=INK, alpha=0.35, linewidth=0.8, label="before adaptation")
        last = Line2D([], [], color=INK, linewidth=1.4, label="after the last inner step (in the method's color)")
        legend(figure, [aim, first, last])
    caption = (
        f"How far a held-out object is lifted over time in each of {rises.shape[1]} sampled trajectories, before and "
        f"after adaptation. It is grasped where it stays above the broad line for {HELD} steps; the numbers count that."
    )
    return Plot(f"rises_{descriptor}", f"Lifting held-out objects ({described(descriptor)})", caption, figure)
