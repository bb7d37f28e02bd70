"""A file with a task of the user on each line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from hypermaml._core.family import AbstractFamily
from hypermaml._misc.failures import sentence_of, short
from hypermaml._misc.read import parse_json, read_text

_FIELDS = ("name", "description", "support")
_NAME = re.compile(r"\w(?:[\w .+-]{0,58}\w)?")  # 240 bytes at most, which a file may be called with an ending


class NamedTask(NamedTuple):
    """A task of the user.

    Attributes:
        name: of the task and of its model.
        place: its file and line, for errors.
        x: inputs of its examples; `None` without examples.
        y: their outputs, alike.
        description: `None` for none.
    """

    name: str
    place: str
    x: Any
    y: Any
    description: Any


def read_tasks(path: Path, family: AbstractFamily) -> list[NamedTask]:
    """Return the tasks in a file; blank lines are skipped.

    Args:
        path: of a file with an object on each line: the text `name`, and where the task has them the text `description`
            and `support`, which is the name of a file of examples, seen from this file, or a list of them.
        family: reads descriptions and examples.

    Raises:
        ValueError: there is no such file, it holds no task, or a line is none; the sentence names file and line.
    """
    such = f"such as {family.task_line}"
    text = read_text(path, what=f"a file of tasks, each line of which is {such}").removeprefix("\ufeff")
    found, places = [], dict[str, str]()
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        place = f"{path}, line {number}"
        fields = parse_json(line, place, what=f"a task, {such}")
        try:
            task = _task(fields, place, path.parent, family)
        except (ValueError, OSError) as error:
            raise ValueError(f"{place}: {sentence_of(error)}") from error
        if (other := places.setdefault(task.name.casefold(), place)) != place:
            raise ValueError(f"{place}: 'name' repeats that of {other}, but each task needs its own")
        found.append(task)
    if not found:
        raise ValueError(f"{path} holds no task: each line is one, {such}")
    return found


def _task(fields: dict[str, Any], place: str, folder: Path, family: AbstractFamily) -> NamedTask:
    if unknown := sorted(fields.keys() - set(_FIELDS)):
        raise ValueError(f"'{short(unknown[0])}' is not a field of a task: its fields are {', '.join(_FIELDS)}")
    name, description, support = (fields.get(field) for field in _FIELDS)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(
            f"'name' is {_shown(name)}, but it must be the name of a file: up to 60 letters, digits and any of "
            "' _.+-', of which only '_' may be first or last"
        )
    if "description" in fields and not (isinstance(description, str) and description.strip()):
        raise ValueError(f"'description' is {_shown(description)}, but it must be a text that is not empty")
    x = y = None
    if isinstance(support, str) and support.strip():
        x, y = family.read_examples(folder / support)
    elif isinstance(support, list):
        x, y = family.listed_examples(support)
    elif "support" in fields:
        raise ValueError(f"'support' is {_shown(support)}, but it must be a list of examples or the name of a file")
    return NamedTask(name, place, x, y, family.read_description(description) if description else None)


def _shown(value: Any) -> str:
    return short(json.dumps(value, ensure_ascii=False), 40)
