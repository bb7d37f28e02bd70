"""The generator of low-rank adapters, small since all layers share it."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml.init.initializer import AbstractInitializer
from hypermaml.lm.lora import Factors, LoRA
from hypermaml.network import MLP


class FactorGenerator(AbstractInitializer):
    r"""Every adapter of a language model from the embedding of the task's text.

    $$ A_{lm} = A^0_{lm} + \frac{1}{n} U_m h_{lm}, \qquad B_{lm} = B^0_{lm} + \frac{1}{n} V_m h_{lm} $$

    with $h_{lm}$ the $n$ features, of mean square 1, of a network that reads the text's code beside the codes of the
    layer $l$ and of the projection $m$. $A^0$ and $B^0$ are an ordinary initialization of the adapters (A random, B
    zero), $U$ and $V$ start at zero: the untrained generator gives every task what MAML-en-LLM would start from. For
    the factor $1/n$ see `Generator`.

    Attributes:
        text: from the text's embedding to its code; trained.
        layers: codes of the layers; trained.
        projections: a code of each projection; trained.
        mix: from the three codes to the features; trained.
        refine: added to the features; trained.
        heads: for each projection the arrays U and V, of shape `(feature, rank, input)` and `(feature, output, rank)`;
            trained.
        offset: the adapters $A^0$ and $B^0$; trained.

    Reference:
        Charakorn et al. 2025, "Text-to-LoRA" (arXiv 2506.06105), for the network's shape: codes of 64, 32 and 32
        entries, 512 hidden units, 128 features.
    """

    text: MLP
    layers: Float[Array, "layer code"]
    projections: dict[str, Float[Array, " code"]]
    mix: MLP
    refine: MLP
    heads: dict[str, Factors]
    offset: LoRA

    def __init__(
        self,
        adapters: LoRA,
        embedding: int,
        *,
        code: int = 32,
        width: int = 512,
        features: int = 128,
        key: PRNGKeyArray,
    ):
        """An untrained generator.

        Args:
            adapters: an ordinary initialization.
            embedding: entries of the text's embedding, at least 1.
            code: entries of a layer's and of a projection's code, at least 1; the text's has twice as many.
            width: hidden units, at least 1.
            features: that the heads read, at least 1.
            key: for all but the heads.
        """
        for name, value in {"embedding": embedding, "code": code, "width": width, "features": features}.items():
            if value < 1:
                raise ValueError(f"the generator's {name} is {value}: it must be at least 1")
        text, layers, projections, mix, refine = jax.random.split(key, 5)
        self.text = MLP((embedding, 2 * code), key=text)
        self.layers = jax.random.normal(layers, (adapters.layers, code))
        drawn = jax.random.normal(projections, (len(adapters.factors), code))
        self.projections = dict(zip(adapters.factors, drawn, strict=True))
        self.mix = MLP((4 * code, width, features), key=mix)
        self.refine = MLP((features, width, features), key=refine)
        self.heads = jax.tree.map(lambda leaf: jnp.zeros((features, *leaf.shape[1:]), leaf.dtype), adapters.factors)
        self.offset = adapters

    def features(
        self, embedding: Float[Array, " embedding"], layer: Float[Array, " code"], projection: Float[Array, " code"]
    ) -> Float[Array, " feature"]:
        """What the heads of a layer's projection read."""
        mixed = self.mix(jnp.concatenate([unit(self.text(embedding)), layer, projection]))
        return unit(mixed + self.refine(unit(mixed)))

    def __call__(self, embedding: Float[Array, " embedding"]) -> LoRA:
        """The adapters of the task whose text has this embedding."""
        factors: dict[str, Any] = {}
        for name, code in self.projections.items():
            rows = jax.vmap(lambda layer, code=code: self.features(embedding, layer, code))(self.layers)

            def generate(offset: Array, head: Array, rows: Array = rows) -> Array:
                return offset + jnp.tensordot(rows, head, axes=1) / rows.shape[1]

            factors[name] = jax.tree.map(generate, self.offset.factors[name], self.heads[name])
        return LoRA(factors, self.offset.scale)


def unit(x: Float[Array, " entry"]) -> Float[Array, " entry"]:
    """The vector scaled to a mean square of 1."""
    return x * jax.lax.rsqrt(jnp.mean(jnp.square(x)) + 1e-6)
