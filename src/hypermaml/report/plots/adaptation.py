"""The adaptation curve: scores of all methods against inner steps."""

from collections.abc import Sequence

import matplotlib
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from hypermaml.report.plots.scale import Scale, fit_scale_of, mark_outside
from hypermaml.report.plots.steps import Curves, better, by_cell, draw_curve, extent, label_steps, outside_note
from hypermaml.report.plots.style import INK, SETTINGS, Plot, grid, legend, method_lines
from hypermaml.report.results import Results
from hypermaml.report.scope import scope
from hypermaml.report.statistics import Row

RAW = "schedule=off"
_SPAN = 0.16  # of a step, over which the methods of a panel are spread


def plot_adaptation(results: Results, rows: Sequence[Row], *, variant: str, name: str) -> Plot:
    """Draw all methods over inner steps, one panel for each split and descriptor; the unscheduled curve dashed.

    Args:
        results: The run.
        rows: What `summarize` gave.
        variant: The variant to draw.
        name: The plot's file name.
    """
    metric, raw = results.metric, results.with_option(variant, RAW)
    drawn = {cell: curve for cell, curve in by_cell(rows).items() if cell.metric == metric}
    drawn = {cell: curve for cell, curve in drawn.items() if cell.variant in (variant, raw)}
    scale = fit_scale_of(results, extent(curve for cell, curve in drawn.items() if cell.variant == variant))
    with matplotlib.rc_context(SETTINGS):
        wide, narrow = (_draw(results, drawn, scale, raw, narrow=narrow) for narrow in (False, True))
    extra = results.extra(variant)
    caption = (
        f"Mean {metric} on held-out tasks after each inner step ({better(results)}). Step 0 shows what a method knows "
        "before it has adapted; the slope shows what adaptation adds. Bars are 95% intervals."
    )
    if raw is not None:
        caption += (
            " Dashed: the same methods without the test-time schedule, at the inner rate of training in every step."
        )
    title = "Adaptation curves" + (f" ({extra})" if extra else "")
    return Plot(name, title, caption + outside_note(scale, drawn), wide, narrow)


def _draw(results: Results, drawn: Curves, scale: Scale, raw: str | None, *, narrow: bool) -> Figure:
    """Draw the panels beside each other, or on a narrow screen below each other."""
    splits, descriptors, looks = results.values("split"), results.values("descriptor"), results.looks
    places = [(split, descriptor) for split in splits for descriptor in descriptors]
    if narrow:
        figure, axes = grid(len(places), 1, width=4.0, height=2.9, share=True, least=4.0)
    else:
        shape = (1, len(splits)) if len(descriptors) == 1 else (len(splits), len(descriptors))
        figure, axes = grid(*shape, width=3.9 if shape[1] > 2 else 4.6, height=3.4, share=True)
    for (split, descriptor), panel in zip(places, [panel for row in axes for panel in row], strict=True):
        scale.apply(panel)
        panel.set_title(scope(split, descriptor))
        cells = [cell for cell in drawn if (cell.split, cell.descriptor) == (split, descriptor)]
        methods = list(dict.fromkeys(cell.method for cell in cells))
        points = []
        for cell in cells:
            shift = _SPAN * ((methods.index(cell.method) + 0.5) / len(methods) - 0.5)
            line, bars = ("--", False) if cell.variant == raw else ("-", True)
            points += draw_curve(panel, cell.method, looks[cell.method], drawn[cell], shift=shift, line=line, bars=bars)
        mark_outside(panel, scale, points, looks)
    label_steps(axes, scale)
    dashed = Line2D([], [], color=INK, linestyle="--", linewidth=0.9, label="without the test-time schedule")
    legend(figure, [*method_lines(results.values("method"), looks), *([dashed] if raw is not None else [])])
    return figure
