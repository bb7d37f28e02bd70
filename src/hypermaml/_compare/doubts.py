"""Outer gradients that an adapter itself does not trust, counted over a training run."""

import warnings

import numpy as np

from hypermaml._core.meta_loss import Metrics
from hypermaml._core.method import Method

TOLERATED = 0.05  # share of the tasks


class DoubtfulGradient(UserWarning):
    """The outer gradient of many tasks is not that of what their inner loop reached."""


class Doubts:
    """Counts the tasks of a training run, and those whose outer gradient is in doubt."""

    def __init__(self):
        self.tasks = self.doubtful = 0

    def add(self, metrics: Metrics) -> None:
        """Count the tasks of a chunk of meta-iterations."""
        if metrics.doubtful is not None:
            found = np.asarray(metrics.doubtful)
            self.tasks, self.doubtful = self.tasks + found.size, self.doubtful + int(found.sum())

    def warn(self, name: str, method: Method) -> None:
        """Warn where more than 5% of the tasks are in doubt.

        Args:
            name: of the training run.
            method: whose adapter says what helps.

        Warns:
            DoubtfulGradient: names the share of the tasks, and what helps.
        """
        share = self.doubtful / max(self.tasks, 1)
        if share > TOLERATED:
            warnings.warn(
                f"{name}: for {100 * share:.0f}% of the tasks of meta-training {method.adapt.doubt}",
                DoubtfulGradient,
                stacklevel=3,
            )
