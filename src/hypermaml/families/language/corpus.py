"""Tasks as arrays of tokens: prompts and answers apart, joined in batches."""

from collections.abc import Sequence
from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from hypermaml.data.language.task import LanguageTask
from hypermaml.families.language.prompts import LONGEST_ANSWER, Encoder, answers_tokens, prompt_tokens
from hypermaml.lm.answers import Answers
from hypermaml.lm.shapes import Reading, shapes_for

LENGTHS = 8  # lengths are multiples of so many tokens, so that few programs are compiled


class Examples(Answers):
    """Instances of a task: prompts with one of their right answers.

    Attributes:
        instances: their numbers.
        starts: where their states begin in those that are cached; `None` where none are.
    """

    instances: Int[Array, " example"] = eqx.field(kw_only=True)
    starts: Int[Array, " example"] | None = eqx.field(kw_only=True, default=None)


class Corpus(eqx.Module):
    """Tasks of different sizes in arrays of one size.

    Attributes:
        prompts: tokens; one definition where prompts have none, otherwise each task's in turn.
        prompt_lengths: how many of them are real.
        answers: tokens of each right answer of any instance, with the end.
        answer_rows: which of them is an instance's right answer of a number; 0 where it has no such answer.
        answer_lengths: how many of its tokens are real; 0 where it has no such answer.
        instances: of each task.
        length: tokens of a row that holds a prompt and its answer.
        reading: the shapes that batches are read in, and the states below the adapters; `None` for one shape without
            states.
        starts: where the states of an instance with one of its right answers begin; 0 where it has no such answer.
    """

    prompts: Int[Array, "task definition instance token"]
    prompt_lengths: Int[Array, "task definition instance"]
    answers: Int[Array, "text answer"]
    answer_rows: Int[Array, "task instance alternative"]
    answer_lengths: Int[Array, "task instance alternative"]
    instances: Int[Array, " task"]
    length: int = eqx.field(static=True)
    reading: Reading | None = None
    starts: Int[Array, "task definition instance alternative"] | None = None

    def rows(
        self,
        task: Int[Array, ""],
        definition: Int[Array, ""],
        instances: Int[Array, " example"],
        alternative: int | Int[Array, ""] = 0,
    ) -> Examples:
        """Return instances of one task with one of their right answers.

        An instance without that answer has weights of zero.
        """
        prompts, prompt_lengths = self.prompts[task, definition], self.prompt_lengths[task, definition]
        answer_rows, answer_lengths = self.answer_rows[task, :, alternative], self.answer_lengths[task, :, alternative]
        starts = None if self.starts is None else self.starts[task, definition, :, alternative]

        def row(instance: Int[Array, ""]) -> Examples:
            prompt, start = prompts[instance], prompt_lengths[instance]
            answer, size = self.answers[answer_rows[instance]], answer_lengths[instance]
            index, at = jnp.arange(self.length), jnp.arange(answer.size)
            after = jnp.where(index < start + size, answer[jnp.clip(index - start, 0, answer.size - 1)], 0)
            tokens = jnp.where(index < start, prompt[jnp.minimum(index, prompt.size - 1)], after)
            places, weights = jnp.where(at < size, start - 1 + at, 0), (at < size).astype(float)
            begin = None if starts is None else starts[instance]
            return Examples(tokens, places, weights, instances=instance, starts=begin)

        return jax.vmap(row)(instances)

    def in_shapes(self, most: int, *, token_cost: float, answer_cost: float) -> "Corpus":
        """Return the corpus with the shapes in which its batches cost least to read.

        Args:
            most: shapes at most, at least 1.
            token_cost: of a token of a row.
            answer_cost: of a token of an answer.
        """
        if most == 1:
            return self
        answers = np.asarray(self.answer_lengths[:, :, 0])
        rows = np.where(answers > 0, np.asarray(self.prompt_lengths).max(axis=1) + answers, 0)
        whole = self.length, self.answers.shape[1]
        shapes = shapes_for(rows, answers, most=most, token_cost=token_cost, answer_cost=answer_cost, whole=whole)
        return replace(self, reading=Reading(shapes)) if len(shapes) > 1 else self


def encode_tasks(
    tasks: Sequence[LanguageTask],
    encoder: Encoder,
    *,
    context: int,
    room: int = LONGEST_ANSWER,
    definition_in_prompt: bool = True,
    definitions: int = 4,
) -> Corpus:
    """Encode tasks, with all right answers of each instance.

    Args:
        tasks: at least one.
        encoder: the tokenizer.
        context: tokens that the model reads at most.
        room: tokens of an answer at most.
        definition_in_prompt: whether a prompt begins with the definition.
        definitions: of a task, at most; a task that has fewer repeats its own.

    Raises:
        ValueError: there are no tasks, or a text is too long; the sentence names file and field.
    """
    if not tasks:
        raise ValueError("there are no tasks to encode")
    several = min(definitions, max(len(task.definitions) for task in tasks)) if definition_in_prompt else 1
    prompts, answers = [], []
    for task in tasks:
        numbers = range(len(task.instances))
        texts = [
            task.definitions[each % len(task.definitions)] if definition_in_prompt else "" for each in range(several)
        ]
        prompts.append(
            [
                [prompt_tokens(task, encoder, number=number, definition=text, context=context) for number in numbers]
                for text in texts
            ]
        )
        spaces = [min(room, context - max(len(own[number]) for own in prompts[-1])) for number in numbers]
        answers.append(
            [
                answers_tokens(task, encoder, number=number, room=space)
                for number, space in zip(numbers, spaces, strict=True)
            ]
        )
    most = max(len(task.instances) for task in tasks)
    prompt_array, prompt_lengths = _padded(prompts, (several, most))
    answer_array, answer_rows, answer_lengths = _listed(answers, most)
    together = prompt_lengths.max(axis=1) + answer_lengths.max(axis=2)
    return Corpus(
        prompts=jnp.asarray(prompt_array),
        prompt_lengths=jnp.asarray(prompt_lengths),
        answers=jnp.asarray(answer_array),
        answer_rows=jnp.asarray(answer_rows),
        answer_lengths=jnp.asarray(answer_lengths),
        instances=jnp.asarray([len(task.instances) for task in tasks]),
        length=min(-(-int(together.max()) // LENGTHS) * LENGTHS, context),
    )


def _listed(
    answers: Sequence[Sequence[Sequence[Sequence[int]]]], most: int
) -> tuple[Int[np.ndarray, "text token"], Int[np.ndarray, "task a b"], Int[np.ndarray, "task a b"]]:
    """Put the answers of tasks into one list, with the row and the length of each: few instances have many answers."""
    alternatives = max(len(row) for task in answers for row in task)
    rows, lengths = (np.zeros((len(answers), most, alternatives), np.int32) for _ in range(2))
    texts = [tokens for task in answers for row in task for tokens in row]
    array, end = np.zeros((len(texts), max(map(len, texts))), np.int32), 0
    for first, task in enumerate(answers):
        for second, row in enumerate(task):
            for third, tokens in enumerate(row):
                rows[first, second, third], lengths[first, second, third] = end, len(tokens)
                array[end, : len(tokens)] = tokens
                end += 1
    return array, rows, lengths


def _padded(
    rows: Sequence[Sequence[Sequence[Sequence[int]]]], shape: tuple[int, int]
) -> tuple[Int[np.ndarray, "task a b token"], Int[np.ndarray, "task a b"]]:
    """Put the token lists of tasks in two axes into one array, with the length of each."""
    lengths = np.zeros((len(rows), *shape), np.int32)
    longest = max(len(tokens) for task in rows for row in task for tokens in row)
    array = np.zeros((*lengths.shape, longest), np.int32)
    for first, task in enumerate(rows):
        for second, row in enumerate(task):
            for third, tokens in enumerate(row):
                lengths[first, second, third] = len(tokens)
                array[first, second, third, : len(tokens)] = tokens
    return array, lengths
