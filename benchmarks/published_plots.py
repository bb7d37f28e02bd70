"""Draws the pictures and prints the tables of `docs/published.md` from the recorded results.

`python benchmarks/published_plots.py` reads `benchmarks/results/conditional` and `benchmarks/results/dynamics`, writes
`docs/images/conditional.png` and `docs/images/dynamics.png`, and prints each table in Markdown.
"""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hypermaml._misc.intervals import half_width
from hypermaml.report.looks import PACKAGE
from hypermaml.report.plots.style import SETTINGS, grid

ROOT = Path(__file__).parents[1]
PUBLISHED = {
    "one-cluster": ("15.57 ± 0.38", "16.04 ± 0.35"),
    "two-clusters-0": ("27.72 ± 0.84", "15.90 ± 0.40"),
    "two-clusters-4": ("31.3 ± 1.5", "20.0 ± 0.9"),
    "circle": ("4.27 ± 0.25", "2.69 ± 0.11"),
}
TITLES = ("One cluster", "Two clusters, mean 0", "Two clusters, mean 4", "Circle")
METHODS = ("maml", "hypermaml_constant", "conditioned", "hypernet", "hypermaml")
SPLITS = {"meta-test": "Unseen environments", "meta-test-seen": "Environments of training"}
DASHES = {"one": "--", "noisy": "-.", "another": ":"}
ALONE, EQUATION = "one trajectory alone", "the true equation"


def load(name: str) -> dict[str, Any]:
    """Return the recorded results of a benchmark."""
    return json.loads((ROOT / "benchmarks/results" / name / "results.json").read_text())


def cell(values: np.ndarray, scale: float = 1.0) -> str:
    """Return mean and half width over seeds, three digits."""
    half = float(half_width(values))
    return f"{values.mean() * scale:.3g} ± {half * scale:.2g}"


def line(axes: Axes, method: str, values: np.ndarray, **more: Any) -> None:
    """Draw the mean over seeds after each inner step."""
    look = PACKAGE[method]
    style = {"color": look.color, "linewidth": look.width, "label": look.label, **look.markers, **more}
    axes.plot(range(values.shape[1]), values.mean(axis=0), **style)


def save(figure: Figure, axes: Axes, name: str, columns: int = 4) -> None:
    """Write a figure with one legend."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=columns)
    figure.savefig(ROOT / f"docs/images/{name}.png", dpi=110, metadata={"Software": None})


def conditional() -> None:
    """Draw and print conditional meta-learning."""
    found = {
        setting: {name: np.asarray(values) for name, values in methods.items()}
        for setting, methods in load("conditional").items()
    }
    with rc_context(SETTINGS):
        figure, panels = grid(2, 2, width=4.0, height=2.7, share=False)
        for title, (setting, methods), axes in zip(TITLES, found.items(), itertools.chain(*panels), strict=True):
            for value, dash, label in zip(
                PUBLISHED[setting], ("--", ":"), ("published, unconditional", "published, conditional"), strict=True
            ):
                axes.axhline(float(value.split()[0]), color="#57606a", linestyle=dash, label=label)
            for method in METHODS:
                line(axes, method, methods[method])
            axes.set(title=title, yscale="log", xlabel="inner steps", ylabel="absolute error")
            axes.yaxis.set_major_formatter("{x:g}")
            axes.yaxis.set_minor_formatter("{x:g}")
        save(figure, panels[0][0], "conditional")
    names = list(next(iter(found.values())))
    print(f"| method | {' | '.join(TITLES)} |\n|---|{'--:|' * len(TITLES)}")
    for index, kind in enumerate(("unconditional", "conditional")):
        print(f"| published, {kind} | {' | '.join(PUBLISHED[setting][index] for setting in found)} |")
    for name in names:
        cells = [cell(methods[name][:, -1]) for methods in found.values()]
        print(f"| {name} | {' | '.join(cells)} |")
    print("differences of HyperMAML:")
    for name in names:
        cells = [cell(methods["hypermaml"][:, -1] - methods[name][:, -1]) for methods in found.values()]
        print(f"| {name} | {' | '.join(cells)} |")


def dynamics() -> None:
    """Draw and print dynamics: geometric means over seeds and environments."""
    found = load("dynamics")
    logs = {(case, split): np.log([seed[split] for seed in seeds]) for case, seeds in found.items() for split in SPLITS}
    with rc_context(SETTINGS):
        figure, panels = grid(1, 2, width=4.2, height=3.2, share=True)
        for (split, title), axes in zip(SPLITS.items(), panels[0], strict=True):
            for case, dash in ((ALONE, "--"), (EQUATION, ":")):
                axes.axhline(np.exp(logs[case, split].mean()), color="#57606a", linestyle=dash, label=case)
            for case in found:
                method, _, more = case.partition(", ")
                if case not in (ALONE, EQUATION):
                    short = more.partition(" ")[0]
                    label = {"label": f"{PACKAGE[method].label}, {more}", "linestyle": DASHES[short]} if more else {}
                    line(axes, method, np.exp(logs[case, split].mean(axis=(0, 1)))[None], **label)
            axes.set(title=title, yscale="log", xlabel="inner steps", ylabel="squared error of trajectories")
        save(figure, panels[0][0], "dynamics", columns=3)
    steps = (0, 3, 10)
    print("| case |" + "".join(f" {title}, step {step} |" for title in SPLITS.values() for step in steps) + " mean |")
    for case in found:
        cells = [
            f"{1e5 * np.exp(of[:, :, step].mean()):.3g}" if step < of.shape[2] else ""
            for of in (logs[case, split] for split in SPLITS)
            for step in steps
        ]
        means = np.exp(logs[case, "meta-test"][:, :, -1]).mean(axis=1)
        print(f"| {case} | {' | '.join(cells)} | {' '.join(f'{1e5 * mean:.3g}' for mean in means)} |")
    print("ratio of the errors, HyperMAML's over the other's, over seeds and environments:")
    for case, split in logs:
        last = logs["hypermaml", split][:, :, -1] - logs[case, split][:, :, -1]
        mean, half = last.mean(), float(half_width(last.reshape(-1)))
        print(f"{case}, {split}: {np.exp(mean):.3g} [{np.exp(mean - half):.3g}, {np.exp(mean + half):.3g}]")


if __name__ == "__main__":
    conditional()
    dynamics()
