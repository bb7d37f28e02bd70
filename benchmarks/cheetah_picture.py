"""Draws learning curves of the half cheetah at the MAML paper's size, beside the published figures.

`python benchmarks/cheetah_picture.py` reads `halfcheetah-direction-paper` and `halfcheetah-velocity-paper` of
`benchmarks/results`, writes `docs/images/cheetah-paper.png`, and prints the curves as tables in Markdown. The published
figures are after 1 and 3 inner steps for MAML, and before adaptation for the oracle. The curves have no test-time
schedule.
"""

import json
from pathlib import Path

from matplotlib import rc_context

from hypermaml.report.looks import PACKAGE
from hypermaml.report.plots.style import SETTINGS, grid

ROOT = Path(__file__).parents[1]
RECORDS = ROOT / "benchmarks/results"
PUBLISHED = {
    "direction": (("maml", 1, 293), ("maml", 3, 316), ("oracle", 0, 443)),
    "velocity": (("maml", 1, -78.6), ("maml", 3, -60.8), ("oracle", 0, -54.5)),
}
CURVES = {"maml": (0, 1, 3), "oracle": (0,)}
DASHES = {0: ":", 1: "-", 3: "-."}


def curve(folder: Path) -> list[dict[str, float]]:
    """Return the points of a learning curve: returns on meta-validation tasks by iteration."""
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def steps(count: int) -> str:
    """Return the number of inner steps in words."""
    return f"{count} step{'s' * (count != 1)}"


def main() -> None:
    """Draw the curves and print them."""
    with rc_context(SETTINGS):
        figure, panels = grid(1, len(PUBLISHED), width=4.6, height=3.2, share=False)
        for axes, (name, published) in zip(panels[0], PUBLISHED.items(), strict=True):
            for folder in sorted(path for path in (RECORDS / f"halfcheetah-{name}-paper").iterdir() if path.is_dir()):
                method, _, seed = folder.name.partition("-")
                points, look = curve(folder), PACKAGE[method]
                at = [point["iteration"] for point in points]
                for step in CURVES[method]:
                    label = look.label if method == "oracle" else f"{look.label}, {steps(step)}"
                    dash = "-" if method == "oracle" else DASHES[step]
                    values = [point[f"return/{step}"] for point in points]
                    axes.plot(at, values, color=look.color, linestyle=dash, label="_" if seed else label)
                print(f"{name}, {folder.name}:")
                for point in points:
                    shown = " | ".join(f"{point[f'return/{step}']:.0f}" for step in range(4))
                    print(f"| {point['iteration']:.0f} | {shown} |")
            for method, step, value in published:
                look = PACKAGE[method]
                dash = "--" if method == "oracle" else (0, (8, 3)) if step == 1 else (0, (2, 2))
                label = f"published {look.label}" + (f", {steps(step)}" if method != "oracle" else "")
                axes.axhline(value, color=look.color, linewidth=0.8, linestyle=dash, label=label)
            axes.set(title=f"goal: {name}", xlabel="meta-iterations")
        panels[0][0].set_ylabel("return")
        handles, labels = panels[0][0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside right center")
        figure.savefig(ROOT / "docs/images/cheetah-paper.png", dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
