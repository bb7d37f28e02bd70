"""The contract of an embedder."""

from abc import abstractmethod
from typing import Any

import equinox as eqx
from jaxtyping import PRNGKeyArray

from hypermaml._core.task_info import TaskInfo


class AbstractEmbedder(eqx.Module):
    """Map the task information of one task to its embedding.

    Attributes:
        reads_support: whether it looks at the support set, which then is data that the task has used.
        reads_mode: whether it looks at the kind of the task, which a task of the user does not have.
        explores: trajectories that it reads of each task before the first inner step.
    """

    @property
    def reads_support(self) -> bool:
        return False

    @property
    def reads_mode(self) -> bool:
        return False

    @property
    def explores(self) -> int:
        return 0

    def draw_noise(self, task_info: TaskInfo, *, key: PRNGKeyArray) -> Any:
        """Return what the embedding of one task depends on at random in meta-training; `None` for nothing.

        It comes back as `TaskInfo.noise`. A test has none.
        """
        return None

    @abstractmethod
    def __call__(self, task_info: TaskInfo) -> Any:
        """The embedding of one task, a vector or what the initializer takes in its place; `vmap` stands outside."""

    def blank(self, task_info: TaskInfo) -> Any:
        """Return the embedding of a task that has not been explored yet: the learner that it gives explores."""
        return self(task_info)
