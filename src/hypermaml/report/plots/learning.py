"""Learning curves on meta-validation tasks, against iterations and environment steps."""

import math
from collections.abc import Sequence

import matplotlib
from matplotlib.ticker import EngFormatter

from hypermaml.report.learning import JUDGED_STEP, Record, curves_by_seed, mean_curve
from hypermaml.report.plots.scale import fit_scale_of
from hypermaml.report.plots.style import SETTINGS, Plot, grid, legend, method_lines
from hypermaml.report.results import Results
from hypermaml.report.scope import described


def plot_learning(records: Sequence[Record], results: Results) -> Plot:
    """Draw the mean over seeds with the range of seeds: at step 0, at step 1, and there over environment steps.

    Args:
        records: The curves; see `hypermaml.report.learning`.
        results: Of the same run.
    """
    metric, looks = results.metric, results.looks
    before, after = (curves_by_seed(records, results, inner_step=step) for step in (0, JUDGED_STEP))
    descriptors = list(dict.fromkeys(descriptor for descriptor, _ in after))
    methods = list(dict.fromkeys(method for _, method in after))
    counts_steps = any(record["environment_steps"] for record in records)
    columns = [(before, "before adaptation", False), (after, "after one inner step", False)]
    columns += [(after, "after one inner step", True)] if counts_steps else []
    means = {id(found): {key: mean_curve(seeds) for key, seeds in found.items()} for found in (before, after)}
    values = [value for found in means.values() for curve, _, _ in found.values() for value in curve.values.tolist()]
    scale = fit_scale_of(results, values)
    with matplotlib.rc_context(SETTINGS):
        figure, axes = grid(len(descriptors), len(columns), width=3.9, height=2.9, share=False)
        for descriptor, row in zip(descriptors, axes, strict=True):
            for (found, title, by_steps), panel in zip(columns, row, strict=True):
                scale.apply(panel)
                panel.set_title(f"{title}, {described(descriptor)}")
                panel.set_xlabel("environment steps" if by_steps else "iteration")
                if by_steps:
                    panel.xaxis.set_major_formatter(EngFormatter())
                for (its, method), (curve, low, high) in means[id(found)].items():
                    if its == descriptor:
                        it, across = looks[method], curve.environment_steps if by_steps else curve.iterations
                        every = max(1, math.ceil(len(across) / 6))
                        panel.plot(
                            across, curve.values, color=it.color, linewidth=it.width, markevery=every, **it.markers
                        )
                        panel.fill_between(across, low, high, color=it.color, alpha=0.12, linewidth=0)
            row[0].set_ylabel(scale.label)
        legend(figure, method_lines(methods, looks))
    caption = (
        f"Mean {metric} on meta-validation tasks during meta-training. Bands span the lowest and the highest seed. "
        "A line that stops has diverged in at least one seed."
    )
    if any(scale.outside(value) for value in values):
        caption += " The axis is cut where a method is far off."
    return Plot("learning", "Learning curves", caption, figure)
