"""The contract of an adapter, and the inner loop, which stands here and nowhere else."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from hypermaml._core.execution import present

State = TypeVar("State")
InnerLoss = Callable[[Any, Any], Float[Array, ""]]


class StepInfo(eqx.Module):
    """What one inner step tells.

    Attributes:
        loss: the inner loss before the step.
        gradient_norm: the norm of its gradient over the leaves that adapt, before any clipping.
    """

    loss: Float[Array, "..."]
    gradient_norm: Float[Array, "..."]


class AbstractAdapter(eqx.Module):
    """Take inner steps on one learner.

    Attributes:
        doubt: what `connect` may find wrong with the outer gradient of a task, and what helps; empty for nothing.
    """

    doubt: ClassVar[str] = ""

    @abstractmethod
    def init(self, learner: Any) -> Any:
        """Return the state before the first step."""

    def start(self, learner: Any, embedding: Any) -> Any:
        """Return the state before the first step, of a task with this embedding; here it does not depend on it."""
        return self.init(learner)

    @abstractmethod
    def step(self, state: Any, batch: Any, inner_loss: InnerLoss) -> tuple[Any, StepInfo]:
        """Take one inner step on one batch of support data."""

    @abstractmethod
    def learner(self, state: Any) -> Any:
        """Return the learner that a state holds."""

    @property
    def clip(self) -> float | None:
        """The norm that training scales the inner gradient down to; `None` where no test-time schedule fits."""
        return None

    def with_schedule(self, later_rate: float, later_clip: float) -> "AbstractAdapter":
        """Return the adapter with a test-time schedule.

        Args:
            later_rate: a factor on the inner rate from the second step on, > 0.
            later_clip: the norm that the inner gradient is scaled down to from the second step on, > 0.

        Raises:
            ValueError: no schedule fits this adapter.
        """
        raise ValueError(f"{type(self).__name__} has no test-time schedule: its steps follow no inner rule")

    def connect(self, start: Any, reached: Any, batch: Any, inner_loss: InnerLoss, doubt: Float[Array, ""]) -> Any:
        """Return the reached state as a function of the start, for the outer gradient.

        An adapter whose steps pass the outer gradient returns the state as it is.

        Args:
            start: before the first step.
            reached: after a step.
            batch: the support of that step.
            inner_loss: what was descended.
            doubt: 0; an adapter that finds, while the outer gradient passes, that this gradient is not to be trusted
                gives it the derivative 1.
        """
        return reached


def inner_loop(
    step: Callable[[State, Any], tuple[State, StepInfo]],
    state: State,
    source: Callable[[Int[Array, ""] | int, State], Any],
    steps: int,
    *,
    on_host: bool = False,
) -> tuple[State, tuple[State, Any, StepInfo]]:
    """Runs the inner loop.

    Args:
        step: an adapter's step, for one task or `vmap`ped over tasks.
        state: the state before the first step.
        source: gives the support batch of step 0, 1, … : sampled with the state's learner, or replayed.
        steps: how many; up to two are unrolled, more are scanned.
        on_host: whether the source runs on the host: no step is scanned.

    Returns:
        The last state, and the path: the states after each step, the batches, and the infos, each stacked over steps.
    """
    if present().recompute and not on_host:
        step = eqx.filter_checkpoint(step, prevent_cse=steps <= 2)

    def advance(state: State, index: Int[Array, ""] | int) -> tuple[State, tuple[State, Any, StepInfo]]:
        batch = source(index, state)
        state, info = step(state, batch)
        return state, (state, batch, info)

    if steps > 2 and not on_host:
        return jax.lax.scan(advance, state, jnp.arange(steps))
    path = []
    for index in range(steps):
        state, visited = advance(state, index)
        path.append(visited)
    stacked: Any = jax.tree.map(lambda *leaves: jnp.stack(leaves), *path) if path else (None, None, None)
    return state, stacked
