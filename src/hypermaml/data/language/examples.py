"""A few examples of a task of one's own, a JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypermaml._misc.failures import short
from hypermaml._misc.read import parse_json, read_text
from hypermaml.data.language.task import Instance

LINE = '{"input": "mouse", "output": "mice"}'
FIELDS = ("input", "output")


def read_examples(path: Path) -> tuple[Instance, ...]:
    """Return the examples in a file; blank lines are skipped.

    Args:
        path: of a file with an object with the text `input` and the text or list of texts `output` on each line.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it holds no example, or a line is none; the sentence names file, line and field.
    """
    return _distinct([_example(_object(line, place, FIELDS), place) for place, line in _lines(path)])


def listed_examples(given: Sequence[Any]) -> tuple[Instance, ...]:
    """Return the examples of a list in JSON.

    Args:
        given: objects with the text `input` and the text or list of texts `output`.

    Raises:
        ValueError: it is empty, or holds something else; the sentence begins with the example, from 1 on.
    """
    if not given:
        raise ValueError(f"the list of examples is empty: an example is {LINE}")
    found = []
    for number, fields in enumerate(given, 1):
        if not isinstance(fields, dict):
            raise ValueError(f"example {number} is {short(json.dumps(fields), 40)}, but it must be such as {LINE}")
        found.append(_example(_with(fields, f"example {number}", FIELDS), f"example {number}"))
    return _distinct(found)


def _distinct(found: Sequence[Instance]) -> tuple[Instance, ...]:
    """Return the examples, of which no two have one input."""
    first: dict[str, Instance] = {}
    for example in found:
        if (other := first.setdefault(example.input, example)) is not example:
            raise ValueError(f"{example.place}: 'input' repeats that of {other.place}: list all its right answers once")
    return tuple(found)


def read_inputs(path: Path) -> list[str]:
    """Return the inputs in a file; an output beside an input is not read, and blank lines are skipped.

    Args:
        path: of a file with an object with the text `input` on each line.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it holds none, or a line has none; the sentence names file, line and field.
    """
    return [_text(_object(line, place, ("input",)), "input", place) for place, line in _lines(path)]


def _lines(path: Path) -> list[tuple[str, str]]:
    """Return the place and the text of each line that is not blank."""
    if not path.exists():
        raise FileNotFoundError(f"there is no file of examples {path}: each line of one is {LINE}")
    text = read_text(path, what=f"a file of examples, each line of which is {LINE}").removeprefix("\ufeff")
    # Not splitlines: a text in JSON may hold separators of lines that JSON does not know.
    found = [(f"{path}, line {number}", line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not found:
        raise ValueError(f"{path} holds no example: each line is one, such as {LINE}")
    return found


def _object(line: str, place: str, names: Sequence[str]) -> dict[str, Any]:
    return _with(parse_json(line, place, what=f"an example, such as {LINE}", finite=False), place, names)


def _with(fields: dict[str, Any], place: str, names: Sequence[str]) -> dict[str, Any]:
    """Return the fields of an example, which must have these."""
    for name in names:
        if name not in fields:
            raise ValueError(f"{place}: '{name}' is missing; a line is {LINE}")
    return fields


def _text(fields: dict[str, Any], name: str, place: str) -> str:
    return _checked(fields[name], name, place)


def _checked(text: Any, name: str, place: str) -> str:
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{place}: '{name}' is {short(json.dumps(text), 40)}, but it must be a text that is not empty")
    return text.strip()


def _example(fields: dict[str, Any], place: str) -> Instance:
    outputs = fields["output"]
    answers: list[Any] = outputs if isinstance(outputs, list) and outputs else [outputs]
    asks = _text(fields, "input", place)
    return Instance(asks, tuple(dict.fromkeys(_checked(answer, "output", place) for answer in answers)), place=place)
