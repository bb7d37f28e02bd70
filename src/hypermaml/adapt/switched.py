"""Inner steps for clear descriptions, and other ones for blurred descriptions."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool

from hypermaml._core.adapter import AbstractAdapter, InnerLoss, StepInfo
from hypermaml._core.trees import switch
from hypermaml.adapt.unroll import Unroll


class SwitchedState(eqx.Module):
    """What the steps of one task need.

    Attributes:
        blurred: whether its description is.
        state: of its adapter.
    """

    blurred: Bool[Array, ""]
    state: Any


class Switched(AbstractAdapter):
    """The steps of one `Unroll` where the last entry of the embedding is 0, and those of another one elsewhere.

    It stands beside `hypermaml.init.Switched`, so that learned rates are not shared either.

    Attributes:
        clear: of tasks with a clear description.
        blurred: of the others; it differs from the first in its arrays alone.
    """

    clear: Unroll
    blurred: Unroll

    @property
    def clip(self) -> float:
        return self.clear.clip

    def with_schedule(self, later_rate: float, later_clip: float) -> "Switched":
        return Switched(*(each.with_schedule(later_rate, later_clip) for each in (self.clear, self.blurred)))

    def init(self, learner: Any) -> SwitchedState:
        """Return the state before the first step of a task with a clear description."""
        return SwitchedState(jnp.asarray(False), self.clear.init(learner))

    def start(self, learner: Any, embedding: Any) -> SwitchedState:
        return SwitchedState(embedding[-1] > 0, self.clear.start(learner, embedding[:-1]))

    def step(self, state: SwitchedState, batch: Any, inner_loss: InnerLoss) -> tuple[SwitchedState, StepInfo]:
        adapter = switch(state.blurred, self.clear, self.blurred)
        stepped, info = adapter.step(state.state, batch, inner_loss)
        return SwitchedState(state.blurred, stepped), info

    def learner(self, state: SwitchedState) -> Any:
        return self.clear.learner(state.state)
