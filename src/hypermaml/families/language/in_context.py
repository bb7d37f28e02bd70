"""In-context learning: the frozen model with the definition, with examples, or with both in its prompt."""

from __future__ import annotations

from collections.abc import Sequence

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float, Int

from hypermaml._misc.failures import short
from hypermaml.data.language.task import Instance
from hypermaml.families.language.descriptions import TaskSample, Texts
from hypermaml.families.language.frozen_lm import FrozenLM
from hypermaml.families.language.prompts import answers_tokens, shown_tokens
from hypermaml.lm.answers import Answers, pack

ROWS = 16  # texts that are read at once
Pair = tuple[list[int], list[int]]


def in_context(
    model: FrozenLM,
    texts: Texts,
    tasks: TaskSample,
    questions: Int[np.ndarray, "task example"],
    *,
    examples: Int[np.ndarray, "task shot"],
    definition_in_prompt: bool,
) -> Float[np.ndarray, " task"]:
    """Return the share of the questions that are answered rightly.

    A prompt holds as much as the context does: of the examples the last ones, and the definition where there is room.

    Args:
        model: answers with an untouched learner.
        texts: the tasks in words.
        tasks: stacked.
        questions: numbers of the instances that are asked.
        examples: numbers of the instances that stand before each question.
        definition_in_prompt: whether the definition comes first.
    """
    pairs: list[Pair] = []
    owners: list[tuple[int, int]] = []
    rows = zip(np.asarray(tasks.index), np.asarray(tasks.wording), questions, examples, strict=True)
    for row, (index, wording, asked, shown) in enumerate(rows):
        task, definition = texts.tasks[index], texts.definition(index, wording) if definition_in_prompt else ""
        for column, number in enumerate(map(int, asked)):
            answers = answers_tokens(task, texts.encoder, number=number, room=texts.context)
            room = texts.context - max(map(len, answers))
            before = [task.instances[example] for example in shown]
            prompt = prompt_in_room(texts, task.instances[number].input, before, definition, room)
            pairs += [(prompt, answer) for answer in answers]
            owners += [(row, column)] * len(answers)
    right = np.zeros(questions.shape)
    for owner, good in zip(owners, judged(model, pairs), strict=True):
        right[owner] = max(right[owner], good)
    return right.mean(axis=1)


def prompt_in_room(texts: Texts, question: str, examples: Sequence[Instance], definition: str, room: int) -> list[int]:
    """Return the tokens of a prompt, with the last of the examples, and the definition, as far as there is room."""
    shown = [(each.input, each.outputs[0]) for each in examples]
    for first_words in dict.fromkeys((definition, "")):
        for first in range(len(shown) + 1):
            tokens = shown_tokens(texts.encoder, question, definition=first_words, examples=shown[first:])
            if len(tokens) <= room:
                return tokens
    raise ValueError(
        f"the input '{short(question, 40)}' gives a prompt of {len(tokens)} tokens, but there is room for {room}"
    )


def judged(model: FrozenLM, pairs: Sequence[Pair]) -> list[float]:
    """Return whether each prompt is answered with its answer; some at a time, in arrays of one size."""
    length = max(len(prompt) + len(answer) for prompt, answer in pairs)
    longest = max(len(answer) for _, answer in pairs)
    length, longest = (-(-size // step) * step for size, step in ((length, 32), (longest, 4)))
    found: list[float] = []
    for first in range(0, len(pairs), ROWS):
        part = list(pairs[first : first + ROWS])
        batch = pack(part + part[-1:] * (ROWS - len(part)), length=length, longest=longest)
        found += np.asarray(answered_rightly(model, batch))[: len(part)].tolist()
    return found


@eqx.filter_jit
def answered_rightly(model: FrozenLM, batch: Answers) -> Float[Array, " example"]:
    """Return whether the untouched model answers each example rightly."""
    return model.answered(model.learner(key=jax.random.key(0)), batch)[0]
