"""The contract of an embedder."""

from abc import abstractmethod
from typing import Any

import equinox as eqx

from hypermaml._core.task_info import TaskInfo


class AbstractEmbedder(eqx.Module):
    """Maps the task_info of one task to its embedding.

    Attributes:
        reads_support: whether it looks at the support set, which then is data that the task has used.
        draws: whether it draws its embedding in meta-training.
        explores: trajectories that it reads of each task before the first inner step.
    """

    @property
    def reads_support(self) -> bool:
        return False

    @property
    def draws(self) -> bool:
        return False

    @property
    def explores(self) -> int:
        return 0

    @abstractmethod
    def __call__(self, task_info: TaskInfo) -> Any:
        """The embedding of one task, a vector or what the initializer takes in its place; `vmap` stands outside."""

    def blank(self, task_info: TaskInfo) -> Any:
        """The embedding of a task that has not been explored yet: the learner that it gives explores."""
        return self(task_info)
