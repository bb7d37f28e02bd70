"""Tables of the benchmark of public language tasks; intervals are over tasks and seeds, crossed."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hypermaml.report.statistics.estimate import Estimate, estimate

METRICS = {"loss": "loss", "accuracy": "exact match", "rouge": "ROUGE-L"}


def scores(rows: Sequence[Mapping[str, Any] | None], metric: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the scores of the seeds, seeds by tasks by steps, and the identity of each task."""
    there = [row for row in rows if row is not None]
    return np.array([row[metric] for row in there], float), np.array([[int(n) for n in row["tasks"]] for row in there])


def of_steps(rows: Sequence[Mapping[str, Any] | None], metric: str) -> list[Estimate]:
    """Return the mean after each step with its interval."""
    values, tasks = scores(rows, metric)
    return [estimate(values[..., step], tasks) for step in range(values.shape[-1])]


def differences(one: Sequence[Any], two: Sequence[Any], metric: str) -> list[Estimate]:
    """Return how much the first is above the second after each step, paired by seed and task."""
    (first, tasks), (second, others) = scores(one, metric), scores(two, metric)
    if first.shape[0] != second.shape[0] or not np.array_equal(tasks, others):
        raise ValueError("the two have other seeds or tasks")
    return [estimate(first[..., step] - second[..., step], tasks) for step in range(first.shape[-1])]


def written(each: Estimate, digits: int = 2) -> str:
    """Return a mean and half of its interval."""
    if not np.isfinite(each.mean):
        return "diverged"
    return f"{each.mean:.{digits}f}" + (f" ± {each.half_width:.{digits}f}" if np.isfinite(each.half_width) else "")


def table(found: Mapping[str, Sequence[Any]], metric: str, steps: Sequence[int]) -> str:
    """Return a metric of all methods after each step, as a table in Markdown."""
    head = " | ".join(f"step {step}" for step in steps)
    lines = [f"| {METRICS[metric]} | {head} |", "|---|" + "--:|" * len(steps)]
    for name, rows in found.items():
        cells = (
            [written(each) for each in of_steps(rows, metric)] if any(row is not None for row in rows) else ["diverged"]
        )
        lines.append(f"| {name} | " + " | ".join([*cells, *["–"] * (len(steps) - len(cells))]) + " |")
    return "\n".join(lines)


def compared(found: Mapping[str, Sequence[Any]], own: str, metric: str, steps: Sequence[int]) -> str:
    """Return how much a method is above each other one, as a table in Markdown; a star is clear of zero."""
    head = " | ".join(f"step {step}" for step in steps)
    lines = [f"| {METRICS[metric]} of {own} above that of | {head} |", "|---|" + "--:|" * len(steps)]
    for name, rows in found.items():
        if name == own or any(row is None for row in (*rows, *found[own])) or len(rows) != len(found[own]):
            continue
        if len(rows[0][metric][0]) != len(steps):
            continue
        cells = [
            written(each) + " *" * bool(each.low > 0 or each.high < 0) for each in differences(found[own], rows, metric)
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
