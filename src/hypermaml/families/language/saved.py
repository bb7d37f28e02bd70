"""A family of language tasks in a file: the language model stays outside and is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp

from hypermaml.families.language.descriptions import Texts
from hypermaml.families.language.prompts import LONGEST_ANSWER
from hypermaml.lm.adapted import Adapted
from hypermaml.lm.model import ModelSource
from hypermaml.lm.texts import HiddenStates, Remembered


@dataclass(frozen=True)
class SavedLanguage:
    """A family without tasks.

    Attributes:
        source: of the language model.
        layers: that adapt.
        projections: that adapt.
        rank: of the LoRA.
        alpha: of the LoRA.
        remat: see `Adapted`.
        embed: of definitions; `None` for the hidden states of the language model.
        description_size: entries of an embedded definition.
        context: tokens that the model reads at most.
        definition_in_prompt: whether prompts begin with the definition.
        own: the definition of the user's task, where there is one.
        names: of the kinds of tasks.
        sizes: support examples, queries, and test examples.
        answer_tokens: of an answer, at most.
    """

    source: ModelSource
    layers: int
    projections: tuple[str, ...]
    rank: int
    alpha: float | None
    remat: bool
    embed: Any
    description_size: int
    context: int
    definition_in_prompt: bool
    own: str
    names: tuple[str, ...]
    sizes: tuple[int, int, int]
    answer_tokens: int = LONGEST_ANSWER

    @classmethod
    def of(cls, family: Any, model: Any) -> SavedLanguage:
        """Return the form of a family whose language model this is."""
        adapted, texts = family.model, family.texts
        own_states = isinstance(texts.embed, Remembered) and isinstance(texts.embed.inner, HiddenStates)
        return cls(
            ModelSource.of(model.source, model.decoder.embedding.dtype),
            len(adapted.decoder.upper.attention_norm),
            adapted.projections,
            adapted.rank,
            adapted.alpha,
            adapted.remat,
            None if own_states else texts.embed,
            family.description_size,
            texts.context,
            texts.definition_in_prompt,
            texts.own,
            family.names,
            (family.shots, family.queries, family.test_examples),
            texts.answer_tokens,
        )

    def __restored__(self) -> Any:
        """Return the family, with the language model read from its files.

        Raises:
            ValueError: the language model is not there, or another one.
        """
        from hypermaml.families.language.family import Language

        model = self.source.load()
        adapted = Adapted(
            model.decoder,
            layers=self.layers,
            projections=self.projections,
            rank=self.rank,
            alpha=self.alpha,
            remat=self.remat,
            ends=model.tokenizer.ends,
        )
        embed = Remembered(HiddenStates(model)) if self.embed is None else self.embed
        texts = Texts((), model.tokenizer, embed, self.context, self.definition_in_prompt, self.own, self.answer_tokens)
        shots, queries, test_examples = self.sizes
        values = {
            "model": adapted,
            "corpus": None,
            "vectors": jnp.zeros((0, 1, self.description_size)),
            "kinds": jnp.zeros(0, int),
            "wordings": jnp.zeros(0, int),
            "bounds": (),
            "names": self.names,
            "texts": texts,
            "shots": shots,
            "queries": queries,
            "test_examples": test_examples,
            "held": 1,
        }
        return Language.of_parts(values)
