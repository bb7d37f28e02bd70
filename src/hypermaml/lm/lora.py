"""Low-rank adapters: what of a language model adapts."""

import math
from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml.lm.architecture import PROJECTIONS, Architecture


class Factors(eqx.Module):
    """The two factors of what is added to a projection.

    Attributes:
        a: from the projection's input.
        b: to its output.
    """

    a: Float[Array, "*layer rank input"]
    b: Float[Array, "*layer output rank"]


class LoRA(eqx.Module):
    """Adapters of the last layers of a decoder, `y = W x + scale · B A x`; a task's learner is this alone.

    The decoder is frozen and stands in the family: it is not copied for each task, takes no gradient and is in no
    checkpoint.

    Attributes:
        factors: by the name of the projection; stacked over the layers that adapt, which are the decoder's last ones.
        scale: α / rank.

    Reference:
        Hu et al. 2021, "LoRA" (arXiv 2106.09685), section 4.1.
    """

    factors: dict[str, Factors]
    scale: float = eqx.field(static=True)

    @property
    def layers(self) -> int:
        """How many layers adapt."""
        return len(next(iter(self.factors.values())).a)

    @property
    def rank(self) -> int:
        """Of the factors."""
        return next(iter(self.factors.values())).a.shape[-2]


def draw_lora(
    architecture: Architecture,
    *,
    projections: Sequence[str] = ("q_proj", "v_proj"),
    layers: int | None = None,
    rank: int = 8,
    alpha: float | None = None,
    key: PRNGKeyArray,
) -> LoRA:
    """Untrained adapters, which change nothing: A uniform in ±1/√inputs, B zero; were A zero, too, both would stay so.

    Args:
        architecture: of the decoder.
        projections: that adapt, at least one of `PROJECTIONS`.
        layers: how many adapt, counted from the last one down; all by default.
        rank: of the factors, >= 1.
        alpha: the adapters' output is multiplied by alpha / rank; twice the rank by default.
        key: for A.

    Raises:
        ValueError: a projection is unknown or named twice, or a number is out of its range.
    """
    layers = architecture.layers if layers is None else layers
    if not projections or len(set(projections)) < len(projections) or not set(projections) <= set(PROJECTIONS):
        raise ValueError(f"projections are {tuple(projections)}, but they must be some of {', '.join(PROJECTIONS)}")
    if not 1 <= layers <= architecture.layers:
        raise ValueError(f"layers is {layers}, but it must be from 1 to the decoder's {architecture.layers}")
    if rank < 1:
        raise ValueError(f"rank is {rank}, but it must be at least 1")
    factors = {}
    for name, each in zip(projections, jax.random.split(key, len(projections)), strict=True):
        outputs, inputs = architecture.shape(name)
        a = jax.random.uniform(each, (layers, rank, inputs), minval=-1, maxval=1) / math.sqrt(inputs)
        factors[name] = Factors(a, jnp.zeros((layers, outputs, rank)))
    return LoRA(factors, (2 * rank if alpha is None else alpha) / rank)
