"""The generator of low-rank adapters, small since all layers share it."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from hypermaml.init.configuration import LoRAGenerator
from hypermaml.init.generator import AbstractChange
from hypermaml.lm.lora import Factors, LoRA
from hypermaml.nn.mlp import MLP


class LoRAChange(AbstractChange):
    """Every adapter of a language model from the embedding of the task's text.

    The changes are δA_lm = U_m h_lm / n and δB_lm = V_m h_lm / n, with h_lm the n features, of mean square 1, of a
    network that reads the text's code beside the codes of the layer l and of the projection m. U and V start at zero,
    and so, with an ordinary initialization of the adapters as the shared one (A random, B zero), the untrained
    generator gives every task what MAML-en-LLM would start from. For the factor 1 / n see `Features`.

    Attributes:
        text: from the text's embedding to its code; trained.
        layers: codes of the layers; trained.
        projections: a code of each projection; trained.
        mix: from the three codes to the features; trained.
        refine: added to the features; trained.
        weight: for each projection the arrays U and V, of shape `(feature, rank, input)` and `(feature, output, rank)`;
            trained.
        scale: of the adapters, α / rank.

    Reference:
        Charakorn et al. 2025, "Text-to-LoRA" (arXiv 2506.06105), for the network's shape.
    """

    text: MLP
    layers: Float[Array, "layer code"]
    projections: dict[str, Float[Array, " code"]]
    mix: MLP
    refine: MLP
    weight: dict[str, Factors]
    scale: float = eqx.field(static=True)

    def __init__(self, learner: LoRA, embedding: int, *, code: int = 32, width: int = 128, key: PRNGKeyArray):
        """An untrained generator.

        Args:
            learner: an ordinary initialization of the adapters.
            embedding: entries of the text's embedding, at least 1.
            code: entries of a layer's and of a projection's code, at least 1; the text's has twice as many.
            width: features that the heads read, at least 1; there are four times as many hidden units.
            key: for all but the heads.

        Raises:
            ValueError: a size is below 1.
        """
        for name, value in {"embedding": embedding, "code": code, "width": width}.items():
            if value < 1:
                raise ValueError(f"the generator's {name} is {value}: it must be at least 1")
        text, layers, projections, mix, refine = jax.random.split(key, 5)
        self.text = MLP((embedding, 2 * code), key=text)
        self.layers = jax.random.normal(layers, (learner.layers, code))
        drawn = jax.random.normal(projections, (len(learner.factors), code))
        self.projections = dict(zip(learner.factors, drawn, strict=True))
        self.mix = MLP((4 * code, 4 * width, width), key=mix)
        self.refine = MLP((width, 4 * width, width), key=refine)
        self.weight = jax.tree.map(lambda leaf: jnp.zeros((width, *leaf.shape[1:]), leaf.dtype), learner.factors)
        self.scale = learner.scale

    @property
    def heads(self) -> PyTree[Array]:
        return self.weight

    def features(
        self, embedding: Float[Array, " embedding"], layer: Float[Array, " code"], projection: Float[Array, " code"]
    ) -> Float[Array, " feature"]:
        """What the heads of a layer's projection read."""
        mixed = self.mix(jnp.concatenate([unit(self.text(embedding)), layer, projection]))
        return unit(mixed + self.refine(unit(mixed)))

    def __call__(self, embedding: Float[Array, " embedding"]) -> LoRA:
        """The change of the adapters of the task whose text has this embedding."""
        factors: dict[str, Any] = {}
        for name, code in self.projections.items():
            rows = jax.vmap(lambda layer, code=code: self.features(embedding, layer, code))(self.layers)
            factors[name] = jax.tree.map(
                lambda head, rows=rows: jnp.tensordot(rows, head, axes=1) / rows.shape[1], self.weight[name]
            )
        return LoRA(factors, self.scale)


def unit(x: Float[Array, " entry"]) -> Float[Array, " entry"]:
    """The vector scaled to a mean square of 1."""
    return x * jax.lax.rsqrt(jnp.mean(jnp.square(x)) + 1e-6)


def build(config: LoRAGenerator, learner: Any, size: int, *, key: PRNGKeyArray) -> LoRAChange:
    """Return the untrained change.

    Raises:
        ValueError: the learner has no LoRA factors.
    """
    if not isinstance(learner, LoRA):
        raise ValueError(
            f"generator is LoRAGenerator, but the learner is a {type(learner).__name__} and not LoRA of a language "
            "model: choose another generator"
        )
    return LoRAChange(learner, size, width=config.width, key=key)
