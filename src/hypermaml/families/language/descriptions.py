"""Descriptions of tasks in words: vectors of their definitions, and controls that say less."""

from __future__ import annotations

from dataclasses import dataclass

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float, Int

from hypermaml.data.language.task import LanguageTask
from hypermaml.families.descriptor import Descriptor
from hypermaml.families.language.prompts import LONGEST_ANSWER, Encoder
from hypermaml.lm.texts import TextEmbedder


class TaskSample(eqx.Module):
    """One task in one of its wordings.

    Attributes:
        index: of the task.
        wording: number of the definition.
    """

    index: Int[Array, "..."]
    wording: Int[Array, "..."]


@dataclass(frozen=True, eq=False)
class Texts:
    """The tasks in words. They are compared by identity: to hash all texts would take long.

    Attributes:
        tasks: in the order of the family's arrays.
        encoder: the tokenizer.
        embed: a vector for each of several texts.
        context: tokens that the model reads at most.
        definition_in_prompt: whether prompts begin with the definition.
        own: the definition of the user's task, where there is one.
        answer_tokens: of an answer, at most.
    """

    tasks: tuple[LanguageTask, ...]
    encoder: Encoder
    embed: TextEmbedder
    context: int
    definition_in_prompt: bool
    own: str = ""
    answer_tokens: int = LONGEST_ANSWER

    def definition(self, index: int, wording: int) -> str:
        """Return one of the definitions of a task."""
        definitions = self.tasks[index].definitions
        return definitions[wording % len(definitions)]


def vectors_of(
    texts: Texts, *, definitions: int, description: Descriptor, seed: int
) -> Float[np.ndarray, "task definition embedding"]:
    """Return the description of each task and definition.

    Args:
        texts: the tasks and their embedder.
        definitions: of a task, at most; a task that has fewer repeats its own.
        description: `full`; `shuffled`, another task's; `random`, the same noise for all; `none`, no entries.
        seed: of the shuffling or the noise.

    Raises:
        ValueError: there is not one finite vector for each definition.
    """
    several = min(definitions, max(len(task.definitions) for task in texts.tasks))
    count = len(texts.tasks)
    if description == "none":
        return np.zeros((count, several, 0))
    definitions_of_all = [texts.definition(index, each) for index in range(count) for each in range(several)]
    vectors = np.array(texts.embed(definitions_of_all))
    if vectors.ndim != 2 or len(vectors) != count * several or not np.isfinite(vectors).all():
        raise ValueError(
            f"Language: embed gave an array of shape {vectors.shape}, but it must be one finite vector for each of "
            f"{count * several} definitions"
        )
    vectors = vectors.reshape(count, several, -1)
    draws = np.random.default_rng(seed)
    if description == "shuffled":  # by a cycle, so that no task keeps its own
        order = draws.permutation(count)
        vectors[order] = vectors[np.roll(order, 1)]
    if description == "random":
        vectors = np.broadcast_to(draws.normal(size=(count, 1, vectors.shape[2])), vectors.shape)
    return vectors
