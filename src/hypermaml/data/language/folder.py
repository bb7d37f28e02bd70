"""Tasks from a folder of JSON files, as Super-NaturalInstructions has them (Wang et al. 2022, arXiv 2204.07705)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hypermaml._misc.failures import short
from hypermaml._misc.read import parse_json, read_bytes
from hypermaml.data.language.task import OTHER, SPLITS, Instance, LanguageTask

LIMIT, MOST = 1 << 27, 1 << 30  # bytes of a task's file, and of all together
READ = ("definition", "instances", "split", "categories", "input_language", "output_language", "source")
FORMAT = '{"Definition": "…", "Instances": [{"input": "…", "output": "…"}, …]}'


def load_tasks(folder: Path, *, instances: int = 1) -> tuple[LanguageTask, ...]:
    """Reads every .json file of a folder, sorted by name; hidden files and other kinds are left out.

    Args:
        folder: of the files, one a task.
        instances: that each task must have at least.

    Raises:
        ValueError: the folder is absent or has no such file, or a file is no task: the sentence names file and field.
    """
    if not folder.is_dir():
        raise ValueError(f"the folder {folder} does not exist; name one of JSON files such as {FORMAT}")
    files = sorted(file for file in folder.iterdir() if file.suffix == ".json" and not file.name.startswith("."))
    if not files:
        raise ValueError(f"{folder} holds no .json files; each task is one, such as {FORMAT}")
    check_names((file.name for file in files), str(folder))
    tasks = tuple(
        read_task(read_bytes(file, what="a task", limit=LIMIT), name=file.stem, place=str(file)) for file in files
    )
    for task in tasks:
        task.check_count(instances)
    return tasks


def check_names(files: Iterable[str], place: str) -> None:
    """Raise `ValueError` where two files of tasks give one name, or a name holds more than letters that are printed."""
    seen: dict[str, str] = {}
    for file in files:
        name = Path(file).stem
        if not file.isprintable():
            raise ValueError(f"{place} has a file {short(file)}, whose name is not plain text: rename it")
        if name in seen:
            raise ValueError(f"{place}: {seen[name]} and {file} are two tasks of one name, {name}")
        seen[name] = file


def read_task(contents: bytes, *, name: str, place: str) -> LanguageTask:
    """One task from the contents of its file.

    `Definition` is a sentence or a list of sentences that say the same; the `output` of an instance is an answer or a
    list of right ones. Of the other fields these are read where they are there: `Categories` (the kind is the first),
    `Input_language`, `Output_language`, `Source`, `Instance License`, and our own `Split`. Capitals of field names
    do not matter, and white space around texts is dropped.

    Args:
        contents: UTF-8.
        name: of the task.
        place: of the file, for the sentence.

    Raises:
        ValueError: it is no JSON, or a field is absent, empty, of another type or repeats another.
    """
    given = parse_json(contents.removeprefix(b"\xef\xbb\xbf"), place, what=f"a task, such as {FORMAT}", finite=False)
    fields: dict[str, tuple[str, Any]] = {}
    for key, value in given.items():
        if (other := fields.setdefault(key.lower(), (key, value))[0]) != key and key.lower() in READ:
            raise ValueError(f"{place}: {other!r} and {key!r} are one field: keep one of them")
    split = _first(fields, "split", place) or None
    if split is not None and split not in SPLITS:
        raise ValueError(f"{place}: 'Split' is {short(repr(split))}, but it must be one of {', '.join(SPLITS)}")
    ours, theirs = (_first(fields, key, place) or "English" for key in ("input_language", "output_language"))
    return LanguageTask(
        name=name,
        kind=_first(fields, "categories", place) or OTHER,
        definitions=_texts(_required(fields, "Definition", place), f"{place}: 'Definition'"),
        instances=_instances(_required(fields, "Instances", place), f"{place}: 'Instances"),
        languages=(ours, theirs),
        split=split,
        source=_first(fields, "source", place),
        license=_first(fields, "instance license", place),
        place=place,
    )


def task_json(task: LanguageTask) -> bytes:
    """The contents of a task's file, which `read_task` reads; equal tasks give equal bytes."""
    fields = {
        "Source": [task.source],
        "Categories": [task.kind],
        "Definition": list(task.definitions),
        "Input_language": [task.languages[0]],
        "Output_language": [task.languages[1]],
        "Instances": [_plain(instance) for instance in task.instances],
        "Instance License": [task.license],
    }
    if task.split is not None:
        fields["Split"] = task.split
    return (json.dumps(fields, ensure_ascii=False, indent=1) + "\n").encode()


def _plain(instance: Instance) -> dict[str, Any]:
    plain: dict[str, Any] = {"input": instance.input, "output": list(instance.outputs)}
    return plain | ({"about": list(instance.about)} if instance.about else {})


def _instances(given: Any, where: str) -> tuple[Instance, ...]:
    if not isinstance(given, list) or not given:
        raise ValueError(f"{where}' is {_what(given)}, but it must be a list of at least one instance")
    found, asked = [], dict[str, int]()
    for index, each in enumerate(given):
        place = f"{where}[{index}]"
        if not isinstance(each, dict):
            raise ValueError(f"{place}' is {_what(each)}, but it must be an object with 'input' and 'output'")
        if missing := [key for key in ("input", "output") if key not in each]:
            raise ValueError(f"{place}' has no {missing[0]!r}")
        if not isinstance(each["input"], str) or not each["input"].strip():
            raise ValueError(f"{place}.input' is {_what(each['input'])}, but it must be a text")
        asks = each["input"].strip()
        if (first := asked.setdefault(asks, index)) != index:
            raise ValueError(
                f"{place}.input' repeats that of instance {first}: an instance must not be in two of support and query"
            )
        about = _texts(each["about"], f"{place}.about'") if each.get("about") else ()
        found.append(Instance(asks, _texts(each["output"], f"{place}.output'"), about))
    return tuple(found)


def _texts(given: Any, where: str) -> tuple[str, ...]:
    """A text or a list of texts, each once."""
    texts = given if isinstance(given, list) else [given]
    for text in texts or [texts]:
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"{where} is {_what(text)}, but it must be a text or a list of texts, none empty")
    return tuple(dict.fromkeys(text.strip() for text in texts))


def _required(fields: dict[str, tuple[str, Any]], name: str, place: str) -> Any:
    if name.lower() not in fields:
        raise ValueError(f"{place}: '{name}' is missing; a task is {FORMAT}")
    return fields[name.lower()][1]


def _first(fields: dict[str, tuple[str, Any]], name: str, place: str) -> str:
    """The first text of a field that a task may leave out or empty."""
    key, value = fields.get(name, (name, None))
    return _texts(value, f"{place}: '{key}'")[0] if value not in (None, "", [], [""]) else ""


def _what(given: Any) -> str:
    return short(json.dumps(given, ensure_ascii=False), 40)
