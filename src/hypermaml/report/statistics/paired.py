"""Scores, paired differences and gains of every cell of a run, as rows of tables."""

from dataclasses import dataclass

import numpy as np

from hypermaml._compare.record import DESCRIPTION
from hypermaml.report.results import Cell, Results, Scores
from hypermaml.report.statistics.estimate import Estimate, estimate

OTHER = f"{DESCRIPTION}=other"  # the option of a test


@dataclass(frozen=True)
class Row:
    """One line of a summary; `reference` is the method, or the descriptor, that was subtracted; empty for none."""

    cell: Cell
    inner_step: int
    estimate: Estimate
    reference: str = ""


@dataclass(frozen=True)
class Gain:
    """A method before adaptation, after its last inner step, and the difference on the same seeds and tasks."""

    cell: Cell
    last_step: int
    before: Estimate
    after: Estimate
    gain: Estimate


def paired(left: Scores, left_step: int, right: Scores, right_step: int) -> Estimate:
    """Return the mean of left minus right on the seeds and tasks that both have, with its interval.

    Raises:
        ValueError: If they share no seed or no task.
    """
    seeds = [seed for seed in left.seeds if seed in right.seeds]
    tasks = [task for task in left.tasks if task in right.tasks]
    if not seeds or not tasks:
        raise ValueError("A paired difference needs scores on the same seeds and the same tasks; there are none.")

    def place(scores: Scores) -> tuple[np.ndarray, ...]:
        rows, columns = [scores.seeds.index(seed) for seed in seeds], [scores.tasks.index(task) for task in tasks]
        return np.ix_(rows, columns)

    at = place(left)
    with np.errstate(over="ignore", invalid="ignore"):  # a diverged score is counted by `estimate`
        values = left.values[..., left_step][at] - right.values[..., right_step][place(right)]
    return estimate(values, None if left.identity is None else left.identity[at])


def summarize(results: Results) -> list[Row]:
    """Mean and interval of every cell at every inner step."""
    return [
        Row(cell, step, estimate(scores.values[..., step], scores.identity))
        for cell, scores in results.cells.items()
        for step in range(scores.values.shape[-1])
    ]


def differences(results: Results, *, method: str | None = None, reference: str | None = None) -> list[Row]:
    """Paired differences at equal inner steps: one method against all, or all against one reference.

    Args:
        results: The scores.
        method: The method whose differences from the others are wanted; all methods by default.
        reference: The method that is subtracted; all methods by default.

    Returns:
        A row for every such pair, cell and inner step; none where one of the two is absent.
    """
    rows = []
    for cell, scores in results.cells.items():
        for other in results.values("method"):
            right = results.cells.get(cell._replace(method=other))
            wanted = method in (None, cell.method) and reference in (None, other)
            if wanted and other != cell.method and right is not None:
                steps = min(scores.values.shape[-1], right.values.shape[-1])
                rows += [Row(cell, step, paired(scores, step, right, step), other) for step in range(steps)]
    return rows


def controls(results: Results) -> list[Row]:
    """Return the effect of the description in tests: each method minus itself with the description of another task.

    A row's `reference` says so. Methods that read no description have none.
    """
    rows = []
    for cell, scores in results.cells.items():
        variant = results.with_option(cell.variant, OTHER)
        right = results.cells.get(cell._replace(variant=variant)) if variant is not None else None
        if right is not None:
            steps = range(scores.values.shape[-1])
            rows += [Row(cell, step, paired(scores, step, right, step), "another description") for step in steps]
    return rows


def descriptor_differences(results: Results) -> list[Row]:
    """Return the effect of the descriptor: each method with the run's first descriptor minus itself with another one.

    Methods that read no descriptor have none. A row's `reference` is the other descriptor.
    """
    first, *others = results.values("descriptor")
    rows = []
    for cell, scores in results.cells.items():
        for other in others if cell.descriptor == first else ():
            right = results.cells.get(cell._replace(descriptor=other))
            if right is not None and not np.array_equal(scores.values, right.values, equal_nan=True):
                steps = min(scores.values.shape[-1], right.values.shape[-1])
                rows += [Row(cell, step, paired(scores, step, right, step), other) for step in range(steps)]
    return rows


def gains(results: Results) -> list[Gain]:
    """Return the gain by conditioning (the score at step 0) and by adaptation (last step minus step 0)."""
    rows = []
    for cell, scores in results.cells.items():
        last = scores.values.shape[-1] - 1
        before, after = (estimate(scores.values[..., step], scores.identity) for step in (0, last))
        rows.append(Gain(cell, last, before, after, paired(scores, last, scores, 0)))
    return rows
