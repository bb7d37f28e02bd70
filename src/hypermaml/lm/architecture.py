"""The shape of a decoder of the Llama family."""

from __future__ import annotations

from dataclasses import dataclass, fields

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
ATTENTION = PROJECTIONS[:4]


@dataclass(frozen=True)
class Scaling:
    """How rotary frequencies are stretched for longer texts.

    Attributes:
        factor: low frequencies are divided by this, >= 1.
        low: turns within the original context below which a frequency is low; `None` if all frequencies count as low.
        high: turns above which a frequency stays as it is; between the two it is interpolated.
        context: the original one, in tokens.

    Raises:
        ValueError: a number is out of its range.

    Reference:
        Grattafiori et al. 2024, "The Llama 3 herd of models" (arXiv 2407.21783), with four numbers as in its release.
    """

    factor: float
    low: float | None = None
    high: float = 4.0
    context: int = 8192

    def __post_init__(self):
        if self.factor < 1:
            raise ValueError(f"the factor of the rotary embedding is {self.factor}, but it must be at least 1")
        if self.low is not None and self.high <= self.low:
            raise ValueError(f"high_freq_factor is {self.high}, but it must be above low_freq_factor, {self.low}")


@dataclass(frozen=True)
class Architecture:
    """The shape of a decoder.

    Attributes:
        vocabulary: tokens that it embeds.
        width: entries of a hidden state.
        layers: how many.
        heads: of the queries.
        kv_heads: of keys and values; divides `heads`.
        head_size: entries of a head, even.
        hidden: units of the feed-forward part.
        context: tokens of the longest text.
        epsilon: of the normalizations.
        rope_base: θ of the rotary embedding.
        scaling: of its frequencies; `None` for none.
        tied: whether the embedding is the output layer, too.
        biases: projections with a bias: none in Llama, those of queries, keys and values in Qwen2.
        qk_norm: whether the heads of queries and keys are normalized, as in Qwen3.

    Raises:
        ValueError: a number is out of its range; the sentence names the field.
    """

    vocabulary: int
    width: int
    layers: int
    heads: int
    kv_heads: int
    head_size: int
    hidden: int
    context: int
    epsilon: float
    rope_base: float
    scaling: Scaling | None = None
    tied: bool = False
    biases: tuple[str, ...] = ()
    qk_norm: bool = False

    def __post_init__(self):
        for field in fields(self):
            value = getattr(self, field.name)
            if field.type == "int" and value < 1:
                raise ValueError(f"{field.name} is {value}, but it must be at least 1")
        if self.heads % self.kv_heads:
            raise ValueError(f"kv_heads is {self.kv_heads}, but it must divide heads, which is {self.heads}")
        if self.rope_base < 1:
            raise ValueError(f"rope_base is {self.rope_base}, but it must be at least 1")
        if self.head_size % 2:
            raise ValueError(f"head_size is {self.head_size}, but it must be even")

    def shape(self, projection: str) -> tuple[int, int]:
        """Outputs and inputs of a projection of a layer."""
        queries, keys = self.heads * self.head_size, self.kv_heads * self.head_size
        return {
            "q_proj": (queries, self.width),
            "k_proj": (keys, self.width),
            "v_proj": (keys, self.width),
            "o_proj": (self.width, queries),
            "gate_proj": (self.hidden, self.width),
            "up_proj": (self.hidden, self.width),
            "down_proj": (self.width, self.hidden),
        }[projection]
