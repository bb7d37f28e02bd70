"""Pictures of power systems: a day of a site and its battery, and a day ahead."""

from collections.abc import Mapping

import matplotlib
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from hypermaml.report.looks import Looks
from hypermaml.report.plots.panels import methods_of, panels_of
from hypermaml.report.plots.style import INK, PAPER, SETTINGS, TRUTH, Plot, legend
from hypermaml.report.scope import described

PV, WIND, LOAD, CHEAP, DEAR = "#e8b500", "#5aa9c9", "#24292f", "#a9d8a0", "#f2b8b5"
_SITES = 2
_HOURS = np.arange(0, 25, 6)


def plot_dispatch(traces: Mapping[str, Float[np.ndarray, "..."]], looks: Looks, *, descriptor: str) -> Plot:
    """Draw days of sites: what the site does, then each method's battery before and after adaptation.

    Args:
        traces: `load` and `price` (task, step), `generation` (task, PV and wind, step), `capacity` (task,), `optimum`
            (task, power and charge, step) and `dispatch/METHOD` (task, inner step, power and charge, step); in kW,
            €/kWh and kWh.
        looks: of the methods.
        descriptor: of the tasks.
    """
    methods = methods_of(traces, "dispatch/", looks)
    sites = min(_SITES, len(traces["load"]))
    rows, columns = 1 + len(methods), 2 * sites
    with matplotlib.rc_context(SETTINGS):
        figure = Figure(figsize=(4.1 * columns, 1.55 * rows + 1.3), layout="constrained", facecolor=PAPER)
        axes = figure.subplots(rows, columns, squeeze=False, sharex=True)
        for site in range(sites):
            hours = np.arange(traces["load"].shape[1]) * 24 / traces["load"].shape[1]
            demand, price = axes[0][2 * site : 2 * site + 2]
            _draw_site(demand, price, traces, site, hours)
            powers, charges = axes[1:, 2 * site], axes[1:, 2 * site + 1]
            for method, power, charge in zip(methods, powers, charges, strict=True):
                for panel, curve in ((power, 0), (charge, 1)):
                    _shade(panel, traces["price"][site], hours)
                    before, after = (traces[f"dispatch/{method}"][site, step, curve] for step in (0, -1))
                    panel.step(hours, traces["optimum"][site, curve], color=TRUTH, linewidth=4, where="post", zorder=1)
                    panel.step(hours, before, color=INK, linewidth=1.0, linestyle=":", where="post", zorder=2)
                    panel.step(hours, after, color=looks[method].color, linewidth=1.7, where="post", zorder=3)
                power.set_ylabel(f"{looks.label(method)}\nbattery, kW" if site == 0 else "battery, kW")
                charge.set_ylabel("charge, kWh")
            _same(powers)
            for panel in charges:
                panel.set_ylim(-0.03 * traces["capacity"][site], 1.03 * traces["capacity"][site])
        for panel in axes[-1]:
            panel.set(xlabel="hour of the day", xticks=_HOURS, xlim=(0, 24))
        _explain(figure)
    caption = (
        "The next day of held-out sites, which no method has adapted on. Above: load and generation, and the price of "
        "imported energy. Below, for each method: power into the battery (above 0) or out of it, and its charge; "
        "dotted before adaptation, in color after the last inner step on the days before. The broad line is perfect "
        "foresight, one optimum where several are as good; green hours are cheap, red ones dear. Drawn is the policy's "
        "mean action."
    )
    return Plot(f"dispatch_{descriptor}", f"A day of two sites ({described(descriptor)})", caption, figure)


def plot_forecasts(traces: Mapping[str, Float[np.ndarray, "..."]], looks: Looks, *, descriptor: str) -> Plot:
    """Draw the net load of a day, and how each method forecasts it before and after adaptation.

    Args:
        traces: `net_load` and `day_before` (task, step), `forecasts/METHOD` (task, inner step, step), all in 100 kW.
        looks: of the methods.
        descriptor: of the tasks.
    """
    methods = methods_of(traces, "forecasts/", looks)
    truth, before = 100 * np.asarray(traces["net_load"])[:_SITES], 100 * np.asarray(traces["day_before"])
    hours = np.arange(truth.shape[1]) * 24 / truth.shape[1]
    with matplotlib.rc_context(SETTINGS):
        figure, panels = panels_of(methods, looks, len(truth), "site", width=2.5, height=2.1)
        for task, method, panel in panels:
            panel.plot(hours, truth[task], color=TRUTH, linewidth=4.5, solid_capstyle="round", zorder=1)
            panel.plot(hours, before[task], color=INK, linewidth=0.8, alpha=0.5, zorder=2)
            forecasts = 100 * np.asarray(traces[f"forecasts/{method}"][task])
            panel.plot(hours, forecasts[0], color=INK, linewidth=1.1, linestyle=":", zorder=3)
            panel.plot(hours, forecasts[-1], color=looks[method].color, linewidth=1.6, zorder=4)
            panel.set_xticks(_HOURS)
        for _, _, panel in panels[:: len(methods)]:
            panel.set_ylabel(f"{panel.get_ylabel()}\nnet load, kW")
        for _, _, panel in panels[-len(methods) :]:
            panel.set_xlabel("hour of the day")
        lines = [
            Line2D([], [], color=TRUTH, linewidth=4.5, label="what came"),
            Line2D([], [], color=INK, linewidth=0.8, alpha=0.5, label="the day before (persistence)"),
            Line2D([], [], color=INK, linewidth=1.1, linestyle=":", label="before adaptation"),
            Line2D([], [], color=INK, linewidth=1.6, label="after the last inner step (in the method's color)"),
        ]
        legend(figure, lines)
    caption = "The net load of held-out sites, a day ahead: load less PV and wind, at a highest load of 100 kW."
    return Plot(f"forecasts_{descriptor}", f"Forecasts of held-out sites ({described(descriptor)})", caption, figure)


def _draw_site(
    demand: Axes, price: Axes, traces: Mapping[str, Float[np.ndarray, "..."]], site: int, hours: Float[np.ndarray, " h"]
) -> None:
    pv, wind = traces["generation"][site]
    demand.fill_between(hours, 0, pv, step="post", color=PV, alpha=0.75, linewidth=0)
    demand.fill_between(hours, pv, pv + wind, step="post", color=WIND, alpha=0.75, linewidth=0)
    demand.step(hours, traces["load"][site], color=LOAD, linewidth=1.5, where="post")
    demand.set(ylabel="power, kW")
    demand.set_title(f"site {site + 1}: {traces['capacity'][site]:.0f} kWh of battery")
    price.step(hours, 100 * traces["price"][site], color=INK, linewidth=1.5, where="post")
    price.set(ylabel="price, ct/kWh", ylim=(0, 60))
    for panel in (demand, price):
        _shade(panel, traces["price"][site], hours)


def _shade(panel: Axes, price: Float[np.ndarray, " h"], hours: Float[np.ndarray, " h"]) -> None:
    """Colors the hours of the lowest and of the highest price."""
    for level, color in ((price.min(), CHEAP), (price.max(), DEAR)):
        inside = np.append(price == level, False)
        place = {"transform": panel.get_xaxis_transform(), "color": color, "alpha": 0.45, "linewidth": 0, "zorder": 0}
        panel.fill_between(np.append(hours, 24.0), 0, 1, where=inside, step="post", **place)


def _same(panels: np.ndarray) -> None:
    """One scale for all panels, with 0 in the middle."""
    reach = max(abs(bound) for panel in panels for bound in panel.get_ylim())
    for panel in panels:
        panel.set_ylim(-reach, reach)


def _explain(figure: Figure) -> None:
    entries = [
        Line2D([], [], color=LOAD, linewidth=1.5, label="load"),
        Patch(color=PV, alpha=0.75, label="PV"),
        Patch(color=WIND, alpha=0.75, label="wind"),
        Patch(color=CHEAP, alpha=0.45, label="cheap hours"),
        Patch(color=DEAR, alpha=0.45, label="dear hours"),
        Line2D([], [], color=TRUTH, linewidth=4, label="perfect foresight"),
        Line2D([], [], color=INK, linewidth=1.0, linestyle=":", label="before adaptation"),
        Line2D([], [], color=INK, linewidth=1.7, label="after the last inner step (in the method's color)"),
    ]
    figure.legend(handles=entries, loc="outside lower center", ncols=4)
