"""The support curve: scores after the last inner step against the number of support examples."""

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.lines import Line2D

from hypermaml.report.plots.scale import fit_scale_of
from hypermaml.report.plots.steps import better, extent
from hypermaml.report.plots.style import SETTINGS, Plot, grid, legend, method_lines
from hypermaml.report.results import Results
from hypermaml.report.scope import scope
from hypermaml.report.support import SupportCurve

_SPAN = 0.2  # of the distance between two sizes, over which the curves of a panel are spread
_GRAYS, _DASHES = ("#57606a", "#8c959f"), ("--", ":", "-.", (0, (6, 2)), (0, (1, 3)), (0, (4, 1, 1, 1)))


def plot_support(results: Results, curves: Sequence[SupportCurve]) -> Plot | None:
    """Draw all methods and references, one panel for each split and descriptor; nothing without curves.

    Args:
        results: the run.
        curves: see `support_curves`.
    """
    places = list(dict.fromkeys((curve.split, curve.descriptor) for curve in curves if not curve.reference))
    if not places:
        return None
    looks, sizes = results.looks, sorted({size for curve in curves for size in curve.scores})
    scale = fit_scale_of(results, extent(list(curve.scores.values()) for curve in curves))
    names = list(dict.fromkeys(curve.name for curve in curves if curve.reference))
    lines = {
        name: {"color": _GRAYS[index % 2], "linestyle": _DASHES[index % len(_DASHES)], "linewidth": 1.3}
        for index, name in enumerate(names)
    }
    with matplotlib.rc_context(SETTINGS):
        figure, axes = grid(1, len(places), width=5.2, height=4.0, share=True)
        for (split, descriptor), panel in zip(places, axes[0], strict=True):
            scale.apply(panel)
            panel.set_title(split if len(results.values("descriptor")) == 1 else scope(split, descriptor))
            own = [curve for curve in curves if curve.split == split and curve.descriptor in ("", descriptor)]
            for index, curve in enumerate(own):
                shift = _SPAN * ((index + 0.5) / len(own) - 0.5)
                points = [(sizes.index(size) + shift, score) for size, score in curve.scores.items()]
                x, means = np.array([place for place, _ in points]), np.array([score.mean for _, score in points])
                if curve.reference:
                    panel.plot(x, means, zorder=2, **lines[curve.name])
                    continue
                look = looks[curve.name]
                ends = np.array([[score.low for _, score in points], [score.high for _, score in points]])
                arms = np.maximum(0.0, [[-1.0], [1.0]] * (ends - means))
                panel.errorbar(x, means, arms, color=look.color, linewidth=look.width, elinewidth=1, **look.markers)
            panel.set_xticks(range(len(sizes)), [str(size) for size in sizes])
            panel.set_xlabel("support examples of the new task")
        axes[0][0].set_ylabel(scale.label)
        others = [Line2D([], [], label=name, **line) for name, line in lines.items()]
        methods = dict.fromkeys(curve.name for curve in curves if not curve.reference)
        legend(figure, [*method_lines(methods, looks), *others])
    caption = (
        f"Mean {results.metric} on held-out tasks against the number of examples that are given of each "
        f"({better(results)}), after the last inner step. The query examples are the same at each number. Bars are 95% "
        "intervals. Gray lines need no meta-training: they are fitted to the meta-training data as one table, or to "
        "the support examples alone."
    )
    return Plot("support", "Error against the number of support examples", caption, figure)
