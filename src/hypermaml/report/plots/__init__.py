"""The plots of a report. They are drawn on figure objects: no global state, no display."""

from collections.abc import Mapping, Sequence

from hypermaml.report.learning import Record
from hypermaml.report.plots.adaptation import RAW, plot_adaptation
from hypermaml.report.plots.descriptors import plot_descriptors
from hypermaml.report.plots.learning import plot_learning
from hypermaml.report.plots.style import Plot, save
from hypermaml.report.plots.support import plot_support
from hypermaml.report.plots.traces import Traces, plot_traces
from hypermaml.report.results import Results, options
from hypermaml.report.statistics import OTHER, Row
from hypermaml.report.support import SupportCurve, support_size

__all__ = [
    "Plot",
    "Traces",
    "draw",
    "plot_adaptation",
    "plot_descriptors",
    "plot_learning",
    "plot_traces",
    "save",
]


def draw(
    results: Results,
    rows: Sequence[Row],
    curves: Sequence[Record],
    traces: Mapping[str, Traces],
    support: Sequence[SupportCurve] = (),
) -> list[Plot]:
    """Return all plots that the data allow, in the order of the page.

    Args:
        results: The run.
        rows: What `summarize` gave.
        curves: Learning curves; see `hypermaml.report.learning`. May be empty.
        traces: Arrays of single tasks by descriptor; see `hypermaml.report.plots.traces`. May be empty.
        support: Scores by the number of support examples; see `hypermaml.report.support`. May be empty.
    """
    plots = [plot for plot in [plot_support(results, support)] if plot is not None]
    for variant in results.values("variant"):
        extra = results.extra(variant)
        if not options(extra) & {RAW, OTHER} and support_size(extra) is None:
            name = "adaptation" + "".join(f"_{part.replace('=', '-')}" for part in sorted(options(extra)))
            plots.append(plot_adaptation(results, rows, variant=variant, name=name))
    plots += [plot for plot in [plot_descriptors(results, rows)] if plot is not None]
    pictures = [plot_traces(arrays, results.looks, descriptor=descriptor) for descriptor, arrays in traces.items()]
    plots += [plot for plot in pictures if plot is not None]
    plots += [plot_learning(curves, results)] if curves else []
    return plots
