"""A method: what is known of a task, where its learner starts, how it changes."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
from jaxtyping import Array, Float

from hypermaml._core.adapter import AbstractAdapter
from hypermaml._core.embedder import AbstractEmbedder
from hypermaml._core.initializer import AbstractInitializer
from hypermaml._core.task_info import TaskInfo


class Method(eqx.Module):
    """The three parts of a meta-learning method. Its trainable arrays (`split_trainable`) are φ.

    Attributes:
        embed: task_info -> embedding.
        init: embedding -> learner.
        adapt: learner, support -> learner.
        penalty: what the outer loss of a task has beside its query losses, from the learner before the first and after
            the last inner step; `None` for nothing.
    """

    embed: AbstractEmbedder
    init: AbstractInitializer
    adapt: AbstractAdapter
    penalty: Callable[[Any, Any], Float[Array, ""]] | None = None

    def start(self, task_info: TaskInfo) -> Any:
        """Return the adapter's state of one task before its first step."""
        embedding = self.embed(task_info)
        return self.adapt.start(self.init(embedding), embedding)
