"""A trained method, and the models that it makes for tasks of the user."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from hypermaml._core.family import AbstractFamily
from hypermaml._core.method import Method
from hypermaml._core.supervised import AbstractSupervisedFamily
from hypermaml._core.task_info import TaskInfo
from hypermaml._misc.checks import check_count
from hypermaml.apply.adapt import adapted_learner
from hypermaml.apply.artifact import save_artifact
from hypermaml.apply.fitted import FittedModel
from hypermaml.methods.config import MethodConfig


@dataclass(frozen=True)
class Trained:
    """A meta-trained method with the family that it was trained on.

    Attributes:
        config: the configuration of the method.
        family: what it was trained on; after `load` without its tasks.
        method: the trained parts, with the test-time schedule.
        schedule: the test-time schedule: a factor on the inner rate and a bound on the inner gradient from the second
            inner step on; empty for none.
        seed: of the training.
        iterations: meta-iterations done.
        losses: the outer loss of each meta-iteration.
    """

    config: MethodConfig
    family: AbstractFamily
    method: Method
    schedule: Mapping[str, float]
    seed: int
    iterations: int
    losses: Float[np.ndarray, " iteration"] = field(repr=False)

    def initialize(self, x: Any = None, y: Any = None, *, description: Any = None) -> FittedModel:
        """Return the model that a task starts from: generated from its description, not adapted.

        Args:
            x: inputs of the task, for a method that encodes the support set.
            y: outputs of the task, alike.
            description: the numbers that are known of the task, as the family describes its tasks.

        Raises:
            ValueError: the description or the examples are missing or do not fit.
        """
        return self._fitted(self._task_info(x, y, description), 0)

    def adapt(self, x: Any, y: Any, *, description: Any = None, steps: int | None = None) -> FittedModel:
        """Adapt to a task of the user.

        Args:
            x: inputs of the support set, one an example along the first axis.
            y: their outputs.
            description: the numbers that are known of the task, as the family describes its tasks.
            steps: inner steps, at least 0; by default as many as in meta-training.

        Raises:
            ValueError: the description or the examples are missing or do not fit, or `steps` is negative.
        """
        steps = self.config.inner_steps if steps is None else check_count("steps", steps, least=0)
        if x is None or y is None or not np.size(x):
            raise ValueError("there are no examples to adapt to: give x and y, or call initialize")
        return self._fitted(self._task_info(x, y, description), steps)

    def save(self, path: str | Path) -> None:
        """Write the trained method into one file, which `hypermaml.load` reads; the tasks stay out of it.

        Raises:
            ValueError: a part is a function or a class that another program could not import.
            OSError: the file cannot be written.
        """
        save_artifact(Path(path), replace(self, family=self.family.without_tasks()))

    def _task_info(self, x: Any, y: Any, description: Any) -> TaskInfo:
        family, name = self.family, type(self.config).__name__
        if not isinstance(family, AbstractSupervisedFamily):
            raise ValueError(f"{type(family).__name__} has no examples as arrays, so that {name} cannot adapt to some")
        if self.config.reads_description and description is None and family.description_size:
            raise ValueError(f"{name} reads the description of a task: give description")
        if (x is None) != (y is None):
            raise ValueError("the support set needs x and y: give both or none")
        info = family.as_task_info(description)
        if x is not None and y is not None:
            return replace(info, support=family.as_batch(x, y))
        if self.method.embed.reads_support:
            raise ValueError(f"{name} reads the support set of a task: give x and y")
        return info

    def _fitted(self, info: TaskInfo, steps: int) -> FittedModel:
        assert isinstance(self.family, AbstractSupervisedFamily)
        family = self.family.without_tasks()
        found = [adapted_learner(self.method, family, info, count) for count in sorted({0, steps})]
        losses = tuple(float(loss) for _, loss in found if loss is not None)
        return FittedModel(family, found[-1][0], losses)
