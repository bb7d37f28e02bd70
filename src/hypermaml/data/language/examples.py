"""A few examples of a task of one's own, a JSON object a line, and the task that they make with its definition."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypermaml.data.language.task import Instance, LanguageTask

LINE = '{"input": "mouse", "output": "mice"}'


def read_examples(path: Path) -> tuple[Instance, ...]:
    """The examples in a file; blank lines are skipped.

    Args:
        path: of a file with an object with the text `input` and the text or list of texts `output` on each line.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it holds no example, or a line is none; the sentence names file, line and field.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no file of examples {path}: each line of one is {LINE}") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no text in UTF-8: {error.reason} at byte {error.start}") from None
    except IsADirectoryError:
        raise ValueError(f"{path} is a folder, but examples are a file: each line of it is {LINE}") from None
    found = [_example(line, f"{path}, line {number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise ValueError(f"{path} holds no example: each line is one, such as {LINE}")
    first: dict[str, Instance] = {}
    for example in found:
        if (other := first.setdefault(example.input, example)) is not example:
            raise ValueError(f"{example.place}: 'input' repeats that of {other.place}: list all its right answers once")
    return tuple(found)


def _example(line: str, place: str) -> Instance:
    try:
        fields = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"{place} is no JSON: {error.msg} at column {error.colno}; a line is {LINE}") from None
    if not isinstance(fields, dict):
        raise ValueError(f"{place} is no object; a line is {LINE}")
    for name in ("input", "output"):
        if name not in fields:
            raise ValueError(f"{place}: '{name}' is missing; a line is {LINE}")
    asks, outputs = fields["input"], fields["output"]
    answers: list[Any] = outputs if isinstance(outputs, list) and outputs else [outputs]
    for name, text in [("input", asks), *(("output", answer) for answer in answers)]:
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"{place}: '{name}' is {json.dumps(text)[:40]}, but it must be a text that is not empty")
    return Instance(asks.strip(), tuple(dict.fromkeys(answer.strip() for answer in answers)), place=place)


def own_task(definition: str, examples: tuple[Instance, ...]) -> LanguageTask:
    """The task that a definition and examples make.

    Args:
        definition: what to do, in words.
        examples: none or more.

    Raises:
        ValueError: the definition is empty.
    """
    if not definition.strip():
        raise ValueError("the definition is empty: say in words what is to be done")
    return LanguageTask("own", "own", (definition.strip(),), examples, place="--definition")
