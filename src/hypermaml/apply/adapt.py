"""Adaptation to one task of the user."""

from typing import Any

import equinox as eqx
from jaxtyping import Array, Float

from hypermaml._core.adapter import inner_loop
from hypermaml._core.family import AbstractFamily
from hypermaml._core.method import Method
from hypermaml._core.task_info import TaskInfo


@eqx.filter_jit
def adapted_learner(
    method: Method, family: AbstractFamily, task_info: TaskInfo, steps: int
) -> tuple[Any, Float[Array, ""] | None]:
    """Return the learner after `steps` inner steps on a task's support set, and its loss there.

    Args:
        method: meta-trained.
        family: gives the inner loss.
        task_info: of the task; without a support set no step can be taken and there is no loss.
        steps: at least 0.
    """
    support = task_info.support

    def step(state: Any, batch: Any) -> Any:
        return method.adapt.step(state, batch, family.inner_loss)

    state, _ = inner_loop(step, method.start(task_info), lambda *_: support, steps)
    learner = method.adapt.learner(state)
    return learner, None if support is None else family.inner_loss(learner, support)
