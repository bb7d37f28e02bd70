"""Adjoints: how the outer gradient passes an inner step."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
from jaxtyping import Array, ArrayLike, Float

from hypermaml._core.trees import NonTrainable


class AbstractAdjoint(eqx.Module):
    """Give the inner gradient, and decide how the outer gradient passes through it."""

    @abstractmethod
    def value_and_grad(self, loss: Callable[[Any], Float[Array, ""]], adapted: Any) -> tuple[Float[Array, ""], Any]:
        """Return the loss at `adapted` and its gradient."""


class Backprop(AbstractAdjoint):
    """The outer gradient runs back through the inner gradient: second order, exact (MAML, arXiv 1703.03400)."""

    def value_and_grad(self, loss: Callable[[Any], Float[Array, ""]], adapted: Any) -> tuple[Float[Array, ""], Any]:
        return jax.value_and_grad(loss)(adapted)


class Weighted(AbstractAdjoint):
    """Between the two others: the second-order part of the outer gradient, times a weight.

    Attributes:
        second_order: the weight; 1 is `Backprop`, 0 is `FirstOrder` (at the cost of `Backprop`).
    """

    second_order: NonTrainable

    def __init__(self, second_order: ArrayLike):
        self.second_order = NonTrainable(second_order)

    def value_and_grad(self, loss: Callable[[Any], Float[Array, ""]], adapted: Any) -> tuple[Float[Array, ""], Any]:
        value, gradient = jax.value_and_grad(loss)(adapted)

        def weighted(leaf: Array) -> Array:
            constant = jax.lax.stop_gradient(leaf)
            return constant + self.second_order() * (leaf - constant)

        return value, jax.tree.map(weighted, gradient)


class FirstOrder(AbstractAdjoint):
    """The outer gradient takes the inner gradient as a constant: first-order MAML (arXiv 1703.03400, section 5.2)."""

    def value_and_grad(self, loss: Callable[[Any], Float[Array, ""]], adapted: Any) -> tuple[Float[Array, ""], Any]:
        return jax.lax.stop_gradient(jax.value_and_grad(loss)(adapted))
