"""The picture of `description_share.py`: the gain of HyperMAML against the share that the description explains."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from hypermaml.report.looks import PACKAGE
from hypermaml.report.plots.style import SETTINGS, grid

TITLES = {"half": "Phases in [0, π]", "full": "Phases in [0, 2π]"}
Gain = Callable[[dict[str, Any], str], tuple[float, float]]


def draw(cases: dict[str, Any], path: Path, gain: Gain) -> None:
    """Draw both ranges of phases beside each other.

    Args:
        cases: of the benchmark, each with `phases`, `dial`, `share` and errors.
        path: of the picture.
        gain: from a case and another method to the gain and its half width.
    """
    with rc_context(SETTINGS):
        figure: Figure
        figure, panels = grid(1, 2, width=4.2, height=3.2, share=True)
        for (phases, title), axes in zip(TITLES.items(), panels[0], strict=True):
            chosen = sorted((case for case in cases.values() if case["phases"] == phases), key=lambda c: c["share"])
            axes.axhline(0, color="#57606a", linewidth=0.8)
            for other in ("maml", "conditioned"):
                look = PACKAGE[other]
                for alone in (False, True):
                    group = [case for case in chosen if isinstance(case["dial"], str) == alone]
                    gains = [gain(case, other) for case in group]
                    axes.errorbar(
                        [case["share"] for case in group],
                        [100 * each[0] for each in gains],
                        yerr=[100 * each[1] for each in gains],
                        color=look.color,
                        linestyle="none" if alone else "-",
                        marker="D" if alone else "o",
                        markersize=7 if alone else 4,
                        markerfacecolor="white" if alone else look.color,
                        capsize=3,
                        label=f"below {look.label}" + (", the amplitude alone" if alone else ""),
                    )
            axes.set(title=title, xlabel="share of the variance between tasks that is explained")
        panels[0][0].set_ylabel("error of HyperMAML after one step,\n% below the other method")
        handles, labels = panels[0][0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2)
        figure.savefig(path, dpi=110, metadata={"Software": None})
