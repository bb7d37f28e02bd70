"""Draws learning curves of the cheetah's direction at the MAML paper's size, beside the published figures.

`python benchmarks/cheetah_picture.py` reads `benchmarks/results/halfcheetah-direction-paper`, writes
`docs/images/cheetah-paper.png`, and prints the curves as a table in Markdown. The published figures are after 1 and
3 inner steps for MAML, and before adaptation for the oracle. The curves have no test-time schedule.
"""

import json
from pathlib import Path

from matplotlib import rc_context

from hypermaml.report.looks import PACKAGE
from hypermaml.report.plots.style import SETTINGS, grid

ROOT = Path(__file__).parents[1]
RECORDS = ROOT / "benchmarks/results/halfcheetah-direction-paper"
PUBLISHED = (
    ("maml", 1, 293, "published MAML, 1 step"),
    ("maml", 3, 316, "published MAML, 3 steps"),
    ("oracle", 0, 443, "published oracle"),
)
CURVES = {"maml": (0, 1, 3), "oracle": (0,)}
DASHES = {0: ":", 1: "-", 3: "-."}


def curve(folder: str) -> list[dict[str, float]]:
    """Return the points of a learning curve: returns on meta-validation tasks by iteration."""
    return [json.loads(line) for line in (RECORDS / folder / "metrics.jsonl").read_text().splitlines()]


def main() -> None:
    """Draw the curves and print them."""
    with rc_context(SETTINGS):
        figure, panels = grid(1, 1, width=6.4, height=3.4, share=False)
        axes = panels[0][0]
        for folder in sorted(path.name for path in RECORDS.iterdir() if path.is_dir()):
            method, _, seed = folder.partition("-")
            points, look = curve(folder), PACKAGE[method]
            for step in CURVES[method]:
                name = look.label if method == "oracle" else f"{look.label}, {step} step{'s' * (step != 1)}"
                label = "" if seed else name
                values = [point[f"return/{step}"] for point in points]
                at = [point["iteration"] for point in points]
                dash = "-" if method == "oracle" else DASHES[step]
                axes.plot(at, values, color=look.color, linestyle=dash, label=label or "_")
            print(f"{folder}:")
            for point in points:
                print(
                    f"| {point['iteration']:.0f} | "
                    + " | ".join(f"{point[f'return/{k}']:.0f}" for k in range(4))
                    + " |"
                )
        for method, step, value, label in PUBLISHED:
            dash = "--" if method == "oracle" else (0, (8, 3)) if step == 1 else (0, (2, 2))
            axes.axhline(value, color=PACKAGE[method].color, linewidth=0.8, linestyle=dash, label=label)
        axes.set(xlabel="meta-iterations", ylabel="return")
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside right center")
        figure.savefig(ROOT / "docs/images/cheetah-paper.png", dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
