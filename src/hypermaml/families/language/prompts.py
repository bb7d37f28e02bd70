"""Prompts of a language model, in words and in tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from hypermaml._misc.failures import short
from hypermaml.data.language.task import LanguageTask

LONGEST_ANSWER = 48  # tokens, by default: all rows have room for the longest answer, and logits at each of them
# Texts before an answer, to find its tokens; the first one fits unless the tokenizer joins it with the answer.
_BEFORE = ("Output:", ":", "\n", "a", "0")


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


def encode_after(encoder: Encoder, text: str) -> list[int]:
    """Return the tokens of a text that goes on after another one.

    They are what is added where both are encoded together. Some tokenizers put a space before each text that is encoded
    alone, and the model has not seen this in the middle of a text.

    Args:
        encoder: the tokenizer.
        text: that goes on, as an answer does after `Output:`.

    Raises:
        ValueError: the tokenizer joins the text with whatever is before it.
    """
    for before in _BEFORE:
        first, whole = list(encoder.encode(before)), list(encoder.encode(before + text))
        if whole[: len(first)] == first:
            return whole[len(first) :]
    raise ValueError(
        f"the tokenizer makes one token of the end of a prompt and the beginning of '{short(text, 40)}': choose a "
        "model whose tokens end with a prompt"
    )


def shown_tokens(encoder: Encoder, asked: str, *, definition: str, examples: Sequence[tuple[str, str]]) -> list[int]:
    """Return the tokens of a prompt with examples, each of which ends with the token that ends an answer.

    Args:
        encoder: the tokenizer, with a token that ends a text.
        asked: the input of an instance.
        definition: of the task, which comes first; empty for none.
        examples: inputs and outputs that come between.
    """
    tokens = list(encoder.begin)
    texts = [prompt_text(given) for given, _ in examples] + [prompt_text(asked)]
    for number, text in enumerate(texts):
        if number:
            tokens += [*encode_after(encoder, answer_text(examples[number - 1][1])), encoder.end or 0]
            tokens += encode_after(encoder, f"\n\n{text}")
        else:
            tokens += encoder.encode(f"{definition}\n\n{text}" if definition else text)
    return tokens


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


def answers_tokens(task: LanguageTask, encoder: Encoder, *, number: int, room: int) -> list[list[int]]:
    """Return the tokens of the right answers of one instance, each with the end.

    Args:
        task: that has it.
        encoder: the tokenizer.
        number: of the instance, from 0.
        room: tokens of an answer at most; answers after the first are left out where they are longer.

    Raises:
        ValueError: the first answer is too long, or the tokenizer has no token that ends a text.
    """
    if encoder.end is None:
        raise ValueError("the tokenizer names no token that ends a text, but an answer needs one")
    found = [[*encode_after(encoder, answer_text(output)), encoder.end] for output in task.instances[number].outputs]
    if len(found[0]) > room:
        what = f"{task.where(number, 'output')} has {len(found[0])} tokens"
        raise ValueError(f"{what}, but there is room for {room}: shorten it")
    return [tokens for tokens in found if len(tokens) <= room]
