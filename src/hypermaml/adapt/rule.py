"""Inner rules: what an inner step does with the inner gradient."""

import math
from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float, Int, PyTree

from hypermaml._core.trees import NonTrainable, bounded, global_norm, read


class ByStep(eqx.Module):
    """A number for each inner step; steps beyond the last have the last one's.

    Attributes:
        values: shape `(step, ...)`.
    """

    values: Float[Array, "step ..."]

    def at(self, index: Int[Array, ""]) -> Array:
        """Return the number of step `index`."""
        return self.values[jnp.minimum(index, len(self.values) - 1)]


class PositiveByStep(ByStep):
    """A positive number for each inner step, held as its logarithm; steps beyond the last have the last one's.

    A rate that is trained so cannot change its sign: repeated, a step still descends.

    Attributes:
        values: the logarithms, shape `(step, ...)`.
    """

    def at(self, index: Int[Array, ""]) -> Array:
        """Return the number of step `index`."""
        return jnp.exp(super().at(index))


class During(eqx.Module):
    """A rate in some of the inner steps, 0 in all others.

    Attributes:
        rate: of these steps.
        first: the first of them.
        stop: the first that is none of them any more; `None` for no end.
    """

    rate: Float[Array, "..."]
    first: int = eqx.field(static=True)
    stop: int | None = eqx.field(static=True)

    def at(self, index: Int[Array, ""]) -> Array:
        """Return the rate of step `index`."""
        within = (index >= self.first) & (True if self.stop is None else index < self.stop)
        return jnp.where(within, self.rate, 0.0)


class AbstractRule(eqx.Module):
    """A step with a rate, a bound on the gradient's norm, and a test-time schedule of the later steps.

    A method that was meta-trained for one step may diverge when it takes more. `later_rate` and `later_clip` apply
    from the second step on.

    Attributes:
        rate: the inner rate: a number, or a pytree of arrays that is a prefix of the leaves that adapt (a rate for each
            leaf or each of its entries), or of `ByStep` or `During`. Inside `NonTrainable` it is given, bare it is
            trained.
        clip: the gradient's norm over all adapted leaves is scaled down to this, > 0; `None` or `inf` for never. With
            `None` the outer gradient does not pass the norm, which is faster; `inf` may change without compiling again.
        later_rate: multiplies the rate from the second step on.
        later_clip: takes the place of `clip` from the second step on.
    """

    rate: eqx.AbstractVar[PyTree[NonTrainable | ByStep | During | Array]]
    clip: eqx.AbstractVar[NonTrainable | None]
    later_rate: eqx.AbstractVar[NonTrainable]
    later_clip: eqx.AbstractVar[NonTrainable | None]

    @abstractmethod
    def __call__(self, adapted: Any, gradient: Any, norm: Float[Array, ""], index: Int[Array, ""]) -> Any:
        """Return the leaves after step `index`, from the leaves before it, the gradient and its norm."""

    def with_schedule(self, later_rate: ArrayLike, later_clip: ArrayLike) -> "AbstractRule":
        """Return the rule with this factor on the rate and this clip from the second step on."""
        values = (jnp.asarray(later_rate, float), jnp.asarray(later_clip, float))
        return eqx.tree_at(
            lambda rule: (rule.later_rate, rule.later_clip),
            self,
            tuple(NonTrainable(value) for value in values),
            is_leaf=lambda node: node is None,
        )

    def pace(self, index: Int[Array, ""]) -> Array:
        """Return the factor on the rate of step `index`."""
        return jnp.where(index == 0, 1.0, self.later_rate())

    def shortening(self, norm: Float[Array, ""], index: Int[Array, ""]) -> Array | float:
        """Return the factor that brings a gradient of this norm within the clip of step `index`."""
        if self.clip is None and self.later_clip is None:
            return 1.0
        return bounded(norm, jnp.where(index == 0, bound(self.clip), bound(self.later_clip)))

    def moved(self, adapted: Any, direction: Any, scale: Array, index: Int[Array, ""]) -> Any:
        """Return the leaves after a step of the rate of step `index`, times `scale`, against a direction."""

        def move(rate: Array, leaves: Any, directions: Any) -> Any:
            return jax.tree.map(lambda leaf, d: leaf - rate * scale * d, leaves, directions)

        rates = jax.tree.map(
            lambda rate: rate.at(index) if isinstance(rate, ByStep | During) else rate,
            read(self.rate),
            is_leaf=lambda node: isinstance(node, ByStep | During),
        )
        return jax.tree.map(move, rates, adapted, direction)


class SGD(AbstractRule):
    """Gradient descent.

    Attributes:
        clamp: each entry of the gradient is cut to this before its norm is bounded, > 0; `inf` for never.

    Raises:
        ValueError: the rate holds something that is not an array.
    """

    rate: PyTree[NonTrainable | ByStep | During | Array]
    clip: NonTrainable | None
    later_rate: NonTrainable
    later_clip: NonTrainable | None
    clamp: float = eqx.field(static=True, default=math.inf)

    def __init__(
        self,
        rate: PyTree[NonTrainable | ByStep | During | Array],
        *,
        clip: ArrayLike | None = None,
        later_rate: ArrayLike = 1.0,
        later_clip: ArrayLike | None = None,
        clamp: float = math.inf,
    ):
        if any(not eqx.is_array(leaf) for leaf in jax.tree.leaves(rate)):
            raise ValueError(
                f"SGD: the rate is {rate}, but it must hold arrays: inside NonTrainable if given, bare if trained"
            )
        self.rate = rate
        self.clip = None if clip is None else NonTrainable(clip)
        self.later_rate = NonTrainable(later_rate)
        self.later_clip = self.clip if later_clip is None else NonTrainable(later_clip)
        self.clamp = clamp

    def __call__(self, adapted: Any, gradient: Any, norm: Float[Array, ""], index: Int[Array, ""]) -> Any:
        if not math.isinf(self.clamp):
            gradient = jax.tree.map(lambda leaf: jnp.clip(leaf, -self.clamp, self.clamp), gradient)
            norm = global_norm(gradient)
        return self.moved(adapted, gradient, self.pace(index) * self.shortening(norm, index), index)


def bound(clip: NonTrainable | None) -> Array | float:
    """Return the greatest norm that a gradient keeps."""
    return jnp.inf if clip is None else clip()
