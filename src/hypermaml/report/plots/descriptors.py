"""What the quality of the descriptor changes, one panel for each method."""

from collections.abc import Sequence
from typing import Any

import matplotlib
from matplotlib.lines import Line2D

from hypermaml.report.plots.scale import fit_scale_of, mark_outside
from hypermaml.report.plots.steps import Curves, better, by_cell, draw_curve, extent, label_steps, outside_note
from hypermaml.report.plots.style import INK, SETTINGS, Plot, grid, legend
from hypermaml.report.results import Results
from hypermaml.report.scope import described
from hypermaml.report.statistics import Row

_REFERENCE = "maml"
_LINES: tuple[Any, ...] = ("-", "--", ":", "-.")


def plot_descriptors(results: Results, rows: Sequence[Row]) -> Plot | None:
    """Meta-test and extrapolation curves for each descriptor, with MAML's as a thin line.

    Args:
        results: The run.
        rows: What `summarize` gave.

    Returns:
        The plot; None where no method's scores depend on the descriptor.
    """
    key, looks = (results.main, results.metric), results.looks
    curves = {cell: curve for cell, curve in by_cell(rows).items() if (cell.variant, cell.metric) == key}
    descriptors, splits = results.values("descriptor"), results.values("split")
    methods = [method for method in results.values("method") if _depends(curves, method)]
    if not methods:
        return None
    shown = {cell: curve for cell, curve in curves.items() if cell.method in (*methods, _REFERENCE)}
    scale = fit_scale_of(results, extent(shown.values()))
    lines = {descriptor: _LINES[place % len(_LINES)] for place, descriptor in enumerate(descriptors)}
    with matplotlib.rc_context(SETTINGS):
        figure, axes = grid(len(splits), len(methods), width=2.2, height=2.7, share=True)
        label_steps(axes, scale)
        for split, row in zip(splits, axes, strict=True):
            row[0].set_ylabel(f"{split}\n{scale.label}")
            for method, panel in zip(methods, row, strict=True):
                scale.apply(panel)
                panel.set_title(looks.label(method), fontsize=9.5)
                points = []
                for cell, curve in shown.items():
                    if cell.split == split and cell.method == method:
                        shift = 0.07 * (descriptors.index(cell.descriptor) - 1)
                        points += draw_curve(
                            panel, method, looks[method], curve, shift=shift, line=lines[cell.descriptor]
                        )
                    elif (cell.split, cell.method, cell.descriptor) == (split, _REFERENCE, descriptors[0]):
                        draw_curve(panel, _REFERENCE, looks[_REFERENCE], curve, bars=False)
                mark_outside(panel, scale, points, looks)
        entries = [Line2D([], [], color=INK, linestyle=line, label=described(name)) for name, line in lines.items()]
        thin = Line2D([], [], color=looks[_REFERENCE].color, linewidth=0.9, label=looks.label(_REFERENCE))
        legend(figure, [*entries, thin])
    caption = (
        f"The same scores, one panel for each method that sees the descriptor ({better(results)}). Lines that "
        "lie apart at step 0 and meet later show adaptation making up for a poor descriptor; lines that stay apart "
        "show that it does not."
    )
    return Plot("descriptors", "What the descriptor is worth", caption + outside_note(scale, shown), figure)


def _depends(curves: Curves, method: str) -> bool:
    """Whether a method's scores differ between descriptors; one that sees none repeats its scores."""
    found: dict[str, set[str]] = {}
    for cell, curve in curves.items():
        if cell.method == method:
            found.setdefault(cell.split, set()).add(str([point.mean for point in curve]))
    return any(len(scores) > 1 for scores in found.values())
