"""Gradient descent on the outer loss."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import optax
from jaxtyping import ArrayLike

from hypermaml._core.collect import Data
from hypermaml._core.family import AbstractFamily
from hypermaml._core.meta_loss import Metrics, meta_gradient
from hypermaml._core.method import Method
from hypermaml._core.objective import Objective
from hypermaml._core.outer import AbstractOuter
from hypermaml._core.trees import NonTrainable, split_trainable
from hypermaml.outer.adam import transform_of
from hypermaml.outer.configuration import Adam


def nothing_shared(state: Any, method: Method) -> Method:
    """Return the method as it is."""
    return method


class Descent(AbstractOuter):
    """Gradient descent through any optax chain.

    Attributes:
        transform: gradient to update, with the sign of optax's optimizers (`optax.adam(1.0)`).
        rate: multiplies the update. Another rate needs no new compilation, a rate inside `transform` does.
        gradient: of φ, from what `meta_gradient` takes; that of the outer loss by default.
        shared: the method with what its inner loop reads of the state of `transform`; as it is by default.
    """

    transform: optax.GradientTransformation = eqx.field(static=True)
    rate: NonTrainable
    gradient: Callable[..., tuple[Method, Metrics]] = eqx.field(static=True)
    shared: Callable[[Any, Method], Method] = eqx.field(static=True)

    def __init__(
        self,
        transform: optax.GradientTransformation,
        rate: ArrayLike = 1.0,
        *,
        gradient: Callable[..., tuple[Method, Metrics]] = meta_gradient,
        shared: Callable[[Any, Method], Method] = nothing_shared,
    ):
        self.transform = transform
        self.rate = NonTrainable(rate)
        self.gradient, self.shared = gradient, shared

    def init(self, method: Method) -> Any:
        phi: Any = split_trainable(method)[0]
        return self.transform.init(phi)

    def update(
        self, state: Any, method: Method, objective: Objective, family: AbstractFamily, data: Data
    ) -> tuple[Any, Method, Metrics]:
        gradient: Any
        phi: Any
        gradient, metrics = self.gradient(method, objective, family, data)
        phi, rest = split_trainable(method)
        updates, state = self.transform.update(gradient, state, phi)
        phi = jax.tree.map(lambda leaf, update: leaf + self.rate() * update, phi, updates)
        return state, eqx.combine(phi, rest), metrics

    def handing_over(self, state: Any, method: Method) -> Method:
        return self.shared(state, method)


def build(config: Adam, rate: float, **how: Any) -> Descent:
    """Return descent with Adam; `how` is passed on to `Descent`."""
    return Descent(transform_of(config), rate, **how)
