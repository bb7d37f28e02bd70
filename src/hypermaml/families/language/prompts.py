"""Prompts of a language model, in words and in tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from hypermaml.data.language.task import LanguageTask


class Encoder(Protocol):
    """A tokenizer.

    Attributes:
        begin: tokens that stand before every text.
        end: the token that ends a text.
    """

    @property
    def begin(self) -> Sequence[int]: ...

    @property
    def end(self) -> int | None: ...

    def encode(self, text: str) -> Sequence[int]:
        """Return the tokens of a text, without `begin` and `end`."""
        ...


def prompt_text(asked: str, *, definition: str = "", examples: Sequence[tuple[str, str]] = (), end: str = "") -> str:
    """Write the prompt of an instance.

    Args:
        asked: the input of an instance.
        definition: of the task, which comes first; empty for none.
        examples: inputs and outputs that come between, for learning in context.
        end: what ends the output of an example.
    """
    shown = [f"Input: {given}\nOutput: {answer}{end}" for given, answer in examples]
    return "\n\n".join([*([definition] if definition else []), *shown, f"Input: {asked}\nOutput:"])


def answer_text(output: str) -> str:
    """Write the text after a prompt; `Encoder.end` comes after it."""
    return f" {output}"


def documents_of(tasks: Sequence[LanguageTask], *, end: str, seed: int = 0) -> list[str]:
    """Write each instance twice, among one, two or four of its task in a text: once with a definition, once without.

    A decoder that is trained on them may answer by a definition, by examples, or by the input alone.

    Args:
        tasks: whose instances they are.
        end: what ends each answer but a text's last: the token that ends a text, so that every answer ends alike.
        seed: of the order of a task's instances, >= 0.
    """
    draws, found = np.random.default_rng(seed), []
    for task in tasks:
        for defined in (True, False):
            left = [task.instances[number] for number in draws.permutation(len(task.instances))]
            while left:
                size = (1, 2, 4)[len(found) % 3]
                (*shown, asked), left = left[:size], left[size:]
                definition = task.definitions[len(found) % len(task.definitions)] if defined else ""
                examples = [(each.input, each.outputs[0]) for each in shown]
                text = prompt_text(asked.input, definition=definition, examples=examples, end=end)
                found.append(text + answer_text(asked.outputs[0]))
    return found


def shown_tokens(encoder: Encoder, asked: str, *, definition: str, examples: Sequence[tuple[str, str]]) -> list[int]:
    """Return the tokens of a prompt with examples, each of which ends with the token that ends an answer.

    Args:
        encoder: the tokenizer, with a token that ends a text.
        asked: the input of an instance.
        definition: of the task, which comes first; empty for none.
        examples: inputs and outputs that come between.
    """
    tokens, before = list(encoder.begin), f"{definition}\n\n" if definition else ""
    for given, answer in examples:
        tokens += [*encoder.encode(before + prompt_text(given) + answer_text(answer)), encoder.end or 0]
        before = "\n\n"
    return [*tokens, *encoder.encode(before + prompt_text(asked))]


def prompt_tokens(task: LanguageTask, encoder: Encoder, *, number: int, definition: str, context: int) -> list[int]:
    """Return the tokens of the prompt of one instance.

    Args:
        task: that has it.
        encoder: the tokenizer.
        number: of the instance, from 0.
        definition: that the prompt begins with; empty for none.
        context: tokens that the model reads at most, of which the answer takes at least two.

    Raises:
        ValueError: it is too long; the sentence names file and field.
    """
    tokens = [*encoder.begin, *encoder.encode(prompt_text(task.instances[number].input, definition=definition))]
    if len(tokens) + 2 > context:
        bare = len(encoder.encode(definition)) if definition else 0
        long = bare + 2 > context
        where = f"{task.place}: 'Definition'" if long else task.where(number, "input")
        what = f"{where} gives a prompt of {bare if long else len(tokens)} tokens"
        raise ValueError(f"{what}, but the model reads at most {context} with the answer: shorten it")
    return tokens


def answers_tokens(
    task: LanguageTask, encoder: Encoder, *, number: int, room: int, alternatives: int
) -> list[list[int]]:
    """Return the tokens of the right answers of one instance, each with the end.

    Args:
        task: that has it.
        encoder: the tokenizer.
        number: of the instance, from 0.
        room: tokens of an answer at most.
        alternatives: answers at most; those after the first are left out where they are too long.

    Raises:
        ValueError: the first answer is too long, or the tokenizer has no token that ends a text.
    """
    if encoder.end is None:
        raise ValueError("the tokenizer names no token that ends a text, but an answer needs one")
    outputs = task.instances[number].outputs[:alternatives]
    found = [[*encoder.encode(answer_text(output)), encoder.end] for output in outputs]
    if len(found[0]) > room:
        what = f"{task.where(number, 'output')} has {len(found[0])} tokens"
        raise ValueError(f"{what}, but there is room for {room}: shorten it")
    return [tokens for tokens in found if len(tokens) <= room]
