"""Draw the picture of the tutorial on clusters, from plans: `python docs/pictures/cluster.py`, a minute on one core."""

import os
import re
import subprocess
import sys
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt

matplotlib.use("agg")
OUT = Path(__file__).parents[1] / "images/tutorial-cluster.png"
COMMAND = [sys.executable, "-c", "from hypermaml.cli import main; main()", "plan", "sine", "hypermaml"]
SETTINGS = ["--meta-batch", "2000", "--inner-steps", "5", "--chunk", "10"]
AT_ONCE = (2000, 500, 100)


def memory(at_once: int) -> float:
    """Return the memory of an iteration of a plan in MiB."""
    words = [*COMMAND, *SETTINGS, "--tasks-at-once", str(at_once)]
    wide = {**os.environ, "COLUMNS": "200"}
    text = subprocess.run(words, check=True, capture_output=True, text=True, env=wide).stdout
    ((number, unit),) = re.findall(r"^memory of an iteration .*?([\d.]+) (GiB|MiB)", text, re.MULTILINE)
    return float(number) * (1024 if unit == "GiB" else 1)


def draw() -> None:
    """Make the plans, and draw their memory."""
    figure, axes = plt.subplots(figsize=(6, 2.6), layout="constrained")
    names = [f"{each:,}" for each in AT_ONCE]
    bars = axes.barh(names, [memory(each) for each in AT_ONCE], color=["#888888", "#0072b2", "#0072b2"])
    axes.bar_label(bars, fmt=" %.0f MiB")
    axes.set(xlabel="memory of an iteration, MiB", ylabel="tasks at once")
    axes.margins(x=0.15)
    axes.invert_yaxis()
    figure.savefig(OUT, dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    draw()
