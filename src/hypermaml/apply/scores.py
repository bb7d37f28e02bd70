"""The scores of an evaluation."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from hypermaml._core.family import Metric
from hypermaml._misc.intervals import half_width


@dataclass(frozen=True)
class Scores(Mapping[str, Float[np.ndarray, "task step"]]):
    """The scores by metric, of the tasks before the first and after each inner step, shape `(task, step)`.

    Printed, it is a table: the mean over tasks after each inner step, with its 95% interval (Student's, over tasks).

    Attributes:
        by_metric: the scores of each metric.
        metrics: how to read them.
        split: of the tasks.
    """

    by_metric: Mapping[str, Float[np.ndarray, "task step"]]
    metrics: Mapping[str, Metric]
    split: str

    def __getitem__(self, metric: str) -> Float[np.ndarray, "task step"]:
        if metric not in self.by_metric:
            raise KeyError(f"there is no metric '{metric}': the metrics are {', '.join(self.by_metric)}")
        return self.by_metric[metric]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_metric)

    def __len__(self) -> int:
        return len(self.by_metric)

    def __str__(self) -> str:
        tasks, steps = next(iter(self.by_metric.values())).shape
        lines = [["", *(f"step {step}" for step in range(steps))]]
        for metric, values in self.by_metric.items():
            cells = zip(values.mean(axis=0), half_width(values), strict=True)
            lines.append([self._name(metric), *(f"{mean:.4g} ± {half:.2g}" for mean, half in cells)])
        widths = [max(len(line[column]) for line in lines) for column in range(steps + 1)]
        body = [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
        ]
        return "\n".join([f"{self.split}, {tasks} tasks, mean and 95% interval", *body])

    def _name(self, metric: str) -> str:
        base, _, option = metric.partition("|")
        known = self.metrics.get(base, Metric())
        unit = f" ({known.unit})" if known.unit else ""
        better = "higher" if known.higher_is_better else "lower"
        return f"{known.label or base}{f', {option}' if option else ''}{unit}, {better} is better"
