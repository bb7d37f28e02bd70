"""Normalization with gains and shifts of each inner step."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PyTree

from hypermaml._core.adapter import AbstractAdapter, InnerLoss, StepInfo
from hypermaml.adapt.adjoint import AbstractAdjoint
from hypermaml.adapt.rule import AbstractRule, bound
from hypermaml.adapt.unroll import Unroll, UnrollState
from hypermaml.nn.wrappers import FiLM


class Stepwise(AbstractAdapter):
    """Gradient descent on a network whose features have other gains and shifts at each inner step.

    The outer loop trains them; the inner loop leaves them as they are.

    Attributes:
        unroll: adapts the network inside of a `FiLM` learner.
        films: gain and shift of each hidden layer at inner step 0, 1, …, stacked; later steps have the last ones. The
            learner that a step leaves keeps those of the step.

    Reference:
        Antoniou et al. 2019 (arXiv 1810.09502), section 4, "per-step batch normalization".
    """

    unroll: Unroll
    films: PyTree[Array]

    @property
    def rule(self) -> AbstractRule:
        """Return the rule, which makes a step from a gradient."""
        return self.unroll.rule

    @property
    def adjoint(self) -> AbstractAdjoint:
        """Return the adjoint, by which the outer gradient passes a step."""
        return self.unroll.adjoint

    @property
    def clip(self) -> float:
        return float(bound(self.rule.clip))

    def with_schedule(self, later_rate: float, later_clip: float) -> "Stepwise":
        return eqx.tree_at(lambda a: a.unroll.rule, self, self.rule.with_schedule(later_rate, later_clip))

    def at(self, index: Int[Array, ""]) -> PyTree[Array]:
        """Return the films of step `index`."""
        return jax.tree.map(lambda leaf: leaf[jnp.minimum(index, len(leaf) - 1)], self.films)

    def init(self, learner: Any) -> UnrollState:
        return self.unroll.init(FiLM(learner, self.at(jnp.asarray(0))))

    def step(self, state: UnrollState, batch: Any, inner_loss: InnerLoss) -> tuple[UnrollState, StepInfo]:
        return self.unroll.step(eqx.tree_at(lambda s: s.learner.films, state, self.at(state.index)), batch, inner_loss)

    def learner(self, state: UnrollState) -> FiLM:
        return state.learner
