"""The frozen model without any adaptation, told the task in its prompt: in words, by examples, or by both."""

from __future__ import annotations

from collections.abc import Sequence

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float

from hypermaml.data.language.task import Instance
from hypermaml.families.language.descriptions import Texts
from hypermaml.families.language.frozen_lm import FrozenLM, TaskSample
from hypermaml.families.language.prompts import answers_tokens, shown_tokens
from hypermaml.lm.answers import Answers, pack

ROWS = 16  # texts that are read at once
Pair = tuple[list[int], list[int]]


def in_context(
    model: FrozenLM,
    texts: Texts,
    tasks: TaskSample,
    *,
    shots: int,
    shown: bool,
    test_examples: int,
    definition_in_prompt: bool,
) -> Float[np.ndarray, " task"]:
    """The share of the instances after the support set that are answered rightly.

    A prompt holds as much as the context does: of the examples the last ones, and the definition where there is room.

    Args:
        model: answers with an untouched learner.
        texts: the tasks in words.
        tasks: stacked.
        shots: instances of a support set.
        shown: whether they stand as examples before the question.
        test_examples: instances that are asked.
        definition_in_prompt: whether the definition comes first.
    """
    where = (np.asarray(array) for array in (tasks.index, tasks.wording, tasks.order))
    pairs: list[Pair] = []
    owners: list[tuple[int, int]] = []
    for row, (index, wording, order) in enumerate(zip(*where, strict=True)):
        task = texts.tasks[index]
        chosen = [int(order[place % len(task.instances)]) for place in range(shots + test_examples)]
        examples = [task.instances[number] for number in chosen[:shots]] if shown else []
        for asked, number in enumerate(chosen[shots:]):
            answers = answers_tokens(task, texts.encoder, number=number, room=texts.context, alternatives=3)
            room = texts.context - max(map(len, answers))
            told = texts.definition(index, wording) if definition_in_prompt else ""
            prompt = fitting(texts, task.instances[number].input, examples, told, room)
            pairs += [(prompt, answer) for answer in answers]
            owners += [(row, asked)] * len(answers)
    right = np.zeros((len(tasks.index), test_examples))
    for owner, good in zip(owners, judged(model, pairs), strict=True):
        right[owner] = max(right[owner], good)
    return right.mean(axis=1)


def fitting(texts: Texts, asked: str, examples: Sequence[Instance], definition: str, room: int) -> list[int]:
    """The tokens of a prompt, with the last of the examples, and the definition, as far as there is room."""
    shown = [(each.input, each.outputs[0]) for each in examples]
    for told in dict.fromkeys((definition, "")):
        for first in range(len(shown) + 1):
            tokens = shown_tokens(texts.encoder, asked, definition=told, examples=shown[first:])
            if len(tokens) <= room:
                return tokens
    raise ValueError(f"the input '{asked[:40]}' gives a prompt of {len(tokens)} tokens, but there is room for {room}")


def judged(model: FrozenLM, pairs: Sequence[Pair]) -> list[float]:
    """Whether each prompt is answered with its answer; some at a time, in arrays of one size."""
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
    """Whether the untouched model answers each example rightly."""
    return model.answered(model.learner(key=jax.random.key(0)), batch)[0]
