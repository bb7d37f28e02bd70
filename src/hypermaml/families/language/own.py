"""A task of the user in words: its definition, its examples, and answers to its questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax.numpy as jnp

from hypermaml.data.language.task import Instance, LanguageTask
from hypermaml.families.language.corpus import Examples, encode_tasks
from hypermaml.families.language.descriptions import Texts
from hypermaml.families.language.prompts import prompt_text
from hypermaml.lm.adapted import Adapted
from hypermaml.lm.complete import complete_all
from hypermaml.lm.model import LanguageModel
from hypermaml.lm.peft import write_adapter
from hypermaml.lm.tokenizer import Tokenizer


def check_definition(texts: Texts, definition: Any) -> str:
    """Return the definition of a task.

    Raises:
        ValueError: it is not a text, is empty, or too long.
    """
    if not isinstance(definition, str) or not definition.strip():
        raise ValueError("the description of a language task is its definition: say in words what is to be done")
    length = len(texts.encoder.encode(definition.strip()))
    if length > texts.context:
        raise ValueError(f"the definition has {length} tokens, but the model reads at most {texts.context}: shorten it")
    return definition.strip()


def with_definition(texts: Texts, definition: Any) -> Texts:
    """Return the texts with prompts that begin with the definition of the user's task, if prompts do so."""
    if not texts.definition_in_prompt:
        return texts
    return replace(texts, own=check_definition(texts, definition))


def examples_of(texts: Texts, inputs: Any, outputs: Any) -> Examples:
    """Return the user's examples as a support set.

    Args:
        texts: with the tokenizer.
        inputs: texts.
        outputs: for each input a text, or a list of right ones.

    Raises:
        ValueError: there are more of one than of the other, one is not a text or empty, an input comes twice, or one is
            too long; the sentence names the example, from 1 on.
    """
    for name, given in {"inputs": inputs, "outputs": outputs}.items():
        if isinstance(given, str) or not isinstance(given, Sequence):
            raise ValueError(f"{name} must be a list of texts, one an example")
    if len(inputs) != len(outputs):
        raise ValueError(f"there are {len(inputs)} inputs and {len(outputs)} outputs: give one output an input")
    instances, seen = [], dict[str, int]()
    for number, (asked, answers) in enumerate(zip(inputs, outputs, strict=True), 1):
        right: tuple[Any, ...] = tuple(answers) if isinstance(answers, list | tuple) and answers else (answers,)
        for what, text in [("input", asked), *(("output", answer) for answer in right)]:
            if not isinstance(text, str) or not text.strip():
                raise ValueError(f"example {number}: '{what}' is {text!r}, but it must be a text that is not empty")
        if (other := seen.setdefault(asked.strip(), number)) != number:
            raise ValueError(
                f"example {number}: 'input' repeats that of example {other}: list all its right answers once"
            )
        own = tuple(dict.fromkeys(answer.strip() for answer in right))
        instances.append(Instance(asked.strip(), own, place=f"example {number}"))
    definition = texts.own or "-"  # no prompt has it where texts have none
    task = LanguageTask("own", "own", (definition,), tuple(instances), place="the description")
    corpus = encode_tasks(
        [task],
        texts.encoder,
        context=texts.context,
        room=texts.answer_tokens,
        definition_in_prompt=texts.definition_in_prompt,
    )
    longest = min(_rounded(corpus.answers.shape[1]), texts.answer_tokens)
    answers = jnp.pad(corpus.answers, ((0, 0), (0, longest - corpus.answers.shape[1])))
    corpus = replace(corpus, answers=answers, length=min(_rounded(corpus.length), texts.context))
    return corpus.rows(jnp.asarray(0), jnp.asarray(0), jnp.arange(len(instances)))


def _rounded(length: int) -> int:
    """Return the power of two that is at least a length, so that tasks of similar length share a compiled program."""
    return 1 << max(length - 1, 0).bit_length()


def answers_to(model: LanguageModel, texts: Texts, lora: Any, asked: Any) -> Any:
    """Return the answer to each of several questions, by greedy decoding; to one text, one answer.

    Raises:
        ValueError: a question is not a text, is empty or too long.
    """
    single = isinstance(asked, str)
    questions = [asked] if single else list(asked)
    for number, question in enumerate(questions, 1):
        if not isinstance(question, str) or not question.strip():
            raise ValueError(f"input {number} is {question!r}, but it must be a text that is not empty")
    prompts = [prompt_text(question.strip(), definition=texts.own) for question in questions]
    places = [f"input {number}" for number in range(1, len(questions) + 1)]
    found = complete_all(model, prompts, lora=lora, longest=texts.answer_tokens, where=places)
    return found[0].strip() if single else [each.strip() for each in found]


def language_model(model: Any, texts: Texts) -> LanguageModel:
    """Return the frozen decoder with its tokenizer.

    Raises:
        ValueError: the family was made of something else.
    """
    if not isinstance(model, Adapted) or not isinstance(texts.encoder, Tokenizer):
        raise ValueError("the language model of the family is not one that load_model reads")
    source = texts.encoder.source
    return LanguageModel(model.decoder, texts.encoder, source.parent if source.name == "tokenizer.json" else source)


def write_lora(model: LanguageModel, lora: Any, folder: Path) -> None:
    """Write a LoRA as a folder that the package peft loads beside the language model.

    Raises:
        ValueError: the path is a file.
        OSError: the folder cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file, but a LoRA is written as a folder: name another one")
    write_adapter(folder, lora, model.decoder.architecture, base=str(model.source))
