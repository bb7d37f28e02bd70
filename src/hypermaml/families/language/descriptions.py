"""Descriptors of tasks that are told in words: vectors of their definitions, and the controls that say less."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from hypermaml.data.language.task import LanguageTask
from hypermaml.families.descriptor import Descriptor
from hypermaml.families.language.prompts import Encoder
from hypermaml.lm.texts import TextEmbedder


@dataclass(frozen=True, eq=False)
class Texts:
    """The tasks in words, for what arrays cannot tell. It is compared by identity: to hash all texts would take long.

    Attributes:
        tasks: in the order of the family's arrays.
        encoder: the tokenizer.
        embed: a vector for each of several texts.
        context: tokens that the model reads at most.
        definition_in_prompt: whether prompts begin with the definition.
    """

    tasks: tuple[LanguageTask, ...]
    encoder: Encoder
    embed: TextEmbedder
    context: int
    definition_in_prompt: bool

    def definition(self, index: int, wording: int) -> str:
        """One of the definitions of a task."""
        definitions = self.tasks[index].definitions
        return definitions[wording % len(definitions)]


def vectors_of(
    texts: Texts, *, definitions: int, description: Descriptor, seed: int
) -> Float[np.ndarray, "task definition embedding"]:
    """What the descriptor gives for each task and definition.

    Args:
        texts: the tasks and what embeds them.
        definitions: of a task, at most; a task that has fewer repeats its own.
        description: `full`; `shuffled`, another task's; `random`, one that says nothing; `none`, no entries.
        seed: of the shuffling or the noise.

    Raises:
        ValueError: there is not one finite vector for each definition.
    """
    several = min(definitions, max(len(task.definitions) for task in texts.tasks))
    count = len(texts.tasks)
    if description == "none":
        return np.zeros((count, several, 0))
    told = [texts.definition(index, each) for index in range(count) for each in range(several)]
    vectors = np.array(texts.embed(told))
    if vectors.ndim != 2 or len(vectors) != len(told) or not np.isfinite(vectors).all():
        raise ValueError(
            f"Language: embed gave an array of shape {vectors.shape}, but it must be one finite vector for each of "
            f"{len(told)} definitions"
        )
    vectors = vectors.reshape(count, several, -1)
    draws = np.random.default_rng(seed)
    if description == "shuffled":  # by a cycle, so that no task keeps its own
        order = draws.permutation(count)
        vectors[order] = vectors[np.roll(order, 1)]
    if description == "random":
        vectors = np.broadcast_to(draws.normal(size=(count, 1, vectors.shape[2])), vectors.shape)
    return vectors
