"""A frozen decoder and what of it adapts: what a family of language tasks asks of its model."""

from collections.abc import Sequence
from typing import Any

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml.lm.answers import Answers, answer_loss, answered, cache_states
from hypermaml.lm.decoder import Decoder
from hypermaml.lm.lora import LoRA, draw_lora
from hypermaml.lm.shapes import Reading


class Adapted(eqx.Module):
    """A decoder whose last layers have adapters. They are the learner; the decoder is the family's.

    Attributes:
        decoder: frozen, split for the layers that adapt.
        projections: that adapt.
        rank: of the adapters.
        alpha: of the adapters; twice the rank where it is `None`.
        remat: whether gradients compute each layer again instead of keeping its products with weights.
        ends: tokens that end an answer, each of which is as good as another.
    """

    decoder: Decoder
    projections: tuple[str, ...] = eqx.field(static=True)
    rank: int = eqx.field(static=True)
    alpha: float | None = eqx.field(static=True)
    remat: bool = eqx.field(static=True)
    ends: tuple[int, ...] = eqx.field(static=True)

    def __init__(
        self,
        decoder: Decoder,
        *,
        layers: int | None = None,
        projections: Sequence[str] = ("q_proj", "v_proj"),
        rank: int = 8,
        alpha: float | None = None,
        remat: bool = False,
        ends: Sequence[int] = (),
    ):
        """Splits the decoder.

        Args:
            decoder: any.
            layers: that adapt, counted from the last one down; all by default.
            projections: that adapt.
            rank: of the adapters, at least 1.
            alpha: the adapters' output is multiplied by alpha / rank.
            remat: for less memory and more time.
            ends: tokens that end an answer; only the one that an answer is learned with by default.

        Raises:
            ValueError: the decoder has not so many layers.
        """
        self.decoder = decoder.split_for(decoder.architecture.layers if layers is None else layers)
        self.projections, self.rank, self.alpha, self.remat = tuple(projections), rank, alpha, remat
        self.ends = tuple(ends)

    def learner(self, *, key: PRNGKeyArray) -> LoRA:
        """Untrained adapters, with which the decoder answers as it would without.

        Raises:
            ValueError: a projection is unknown, or the rank below 1.
        """
        return draw_lora(
            self.decoder.architecture,
            projections=self.projections,
            layers=len(self.decoder.upper.attention_norm),
            rank=self.rank,
            alpha=self.alpha,
            key=key,
        )

    def loss(self, learner: LoRA, batch: Any, reading: Reading | None = None) -> Float[Array, ""]:
        """The mean negative log-likelihood of the answers' tokens, in nats.

        Args:
            learner: adapts.
            batch: `Answers`; with a reading that has states they have the attribute `starts`.
            reading: the shapes that the batch is read in; as it is by default.
        """
        if reading is not None:
            starts = getattr(batch, "starts", None)
            if reading.parts:
                return reading.loss(self.decoder, learner, batch, starts, remat=self.remat)
            batch = reading.whole(batch, starts)
        return answer_loss(self.decoder, learner, batch, remat=self.remat)

    def answered(
        self, learner: LoRA, batch: Any, reading: Reading | None = None
    ) -> tuple[Float[Array, " example"], Float[Array, " example"]]:
        """Of each example whether greedy decoding gives the whole answer, 1 or 0, and the loss, a mean over tokens."""
        if reading is not None:
            starts = getattr(batch, "starts", None)
            if reading.parts:
                return reading.answered(self.decoder, learner, batch, starts, ends=self.ends)
            batch = reading.whole(batch, starts)
        return answered(self.decoder, learner, batch, ends=self.ends)

    def with_states(self, batch: Answers) -> Answers:
        """Return the batch with the hidden states below the adapters, which losses then go on from."""
        return cache_states(self.decoder, batch)
