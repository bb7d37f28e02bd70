"""Draws the return after each inner step where the goal is only partly described.

`python benchmarks/partly_known.py` reads `seed-means.csv` of those of three records that there are: `TITLES` with
`-noisy` behind the name. It writes `docs/images/partly-known.png`: for each method the mean over seeds, and a faint
point for each seed, both on the tasks of meta-test. `benchmarks/paired.py` has the intervals.
"""

from pathlib import Path

import numpy as np
from matplotlib import rc_context
from paired import read

from hypermaml.report.looks import PACKAGE
from hypermaml.report.plots.style import SETTINGS, grid

ROOT = Path(__file__).parents[1]
TITLES = {
    "halfcheetah-velocity": "half cheetah, velocity ± 0.5 m/s",
    "halfcheetah-direction": "half cheetah, direction, a fifth wrong",
    "ant-velocity": "ant, velocity ± 0.5 m/s",
}
LEVELS = {"oracle": "--", "random": ":"}  # of methods that are drawn as the level before adaptation


def main() -> None:
    """Draw the records that there are."""
    records = {name: ROOT / f"benchmarks/results/{name}-noisy" for name in TITLES}
    found = {name: read([folder])["meta-test"] for name, folder in records.items() if folder.exists()}
    with rc_context(SETTINGS):
        figure, panels = grid(1, len(found), width=3.4, height=3.2, share=False)
        for axes, (name, methods) in zip(panels[0], found.items(), strict=True):
            for place, (method, values) in enumerate(methods.items()):
                look, mean = PACKAGE[method], values.mean(axis=0)
                if method in LEVELS:
                    axes.axhline(mean[0], color=look.color, linestyle=LEVELS[method], linewidth=1, label=look.label)
                    continue
                at = np.arange(len(mean)) + 0.04 * (place - len(methods) / 2)
                axes.plot(at, mean, color=look.color, marker=look.marker, linewidth=look.width, label=look.label)
                for each in values:
                    axes.plot(at, each, look.marker, color=look.color, alpha=0.25, markersize=3)
            seeds = len(next(iter(methods.values())))
            axes.set(title=f"{TITLES[name]}\n{seeds} seeds", xlabel="inner step", xticks=np.arange(4))
        panels[0][0].set_ylabel("return")
        figure.legend(*panels[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        figure.savefig(ROOT / "docs/images/partly-known.png", dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
