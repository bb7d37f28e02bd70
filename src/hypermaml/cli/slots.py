"""Options whose value is a part: which one, by its name, and the fields of the one that is chosen.

`--generator low-rank --generator.rank 2`; where several parts are joined, `--embedder description support-set`.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from functools import cache
from itertools import pairwise
from typing import Any, get_type_hints

from hypermaml._misc.configuration import Configuration, changed
from hypermaml.cli.names import UsageError, check_distinct, nearest
from hypermaml.embed.configuration import EMBEDDERS, EmbedderConfig, Together
from hypermaml.init.configuration import GENERATORS, GeneratorConfig
from hypermaml.outer.configuration import OUTER_UPDATES, OuterConfig
from hypermaml.rl.configuration import ESTIMATORS, EstimatorConfig

CHOICES: Mapping[type[Configuration], Mapping[str, type[Configuration]]] = {
    EmbedderConfig: EMBEDDERS,
    GeneratorConfig: GENERATORS,
    OuterConfig: OUTER_UPDATES,
    EstimatorConfig: ESTIMATORS,
}


@cache
def slots_of(kind: type) -> dict[str, type[Configuration]]:
    """Return the fields of a dataclass that hold a part, each with what the part must be."""
    types = get_type_hints(kind)
    return {each.name: types[each.name] for each in fields(kind) if types[each.name] in CHOICES}


def several(slot: type[Configuration]) -> bool:
    """Return whether parts of this kind can be joined."""
    return slot is EmbedderConfig


def parts_of(part: Any) -> tuple[Configuration, ...]:
    """Return the parts that are joined; one alone, where none is."""
    return part.parts if isinstance(part, Together) else (part,)


def with_choices(group: Any, args: Sequence[str]) -> Any:
    """Return the group with the parts that the arguments name, at their defaults.

    A part that the group holds already stays as it is.

    Raises:
        UsageError: there is no such part.
    """
    for name, slot in slots_of(type(group)).items():
        option = option_of(name)
        words = words_after(args, option, several=several(slot))
        if words is None:
            continue
        for word in words:
            if word not in CHOICES[slot]:
                raise UsageError(f"{option}: {nearest('choice', word, CHOICES[slot])}")
        check_distinct(option, words)
        held = {part.name: part for part in parts_of(getattr(group, name))}
        chosen: list[Any] = [held[word] if word in held else CHOICES[slot][word]() for word in words]
        group = replace(group, **{name: Together(tuple(chosen)) if len(chosen) > 1 else chosen[0]})
    return group


def words_after(args: Sequence[str], option: str, *, several: bool) -> list[str] | None:
    """Return the words that an option is given, where it last stands; `None` where it stands nowhere."""
    found = None
    for index, arg in enumerate(args):
        if arg.startswith(f"{option}="):
            found = [arg.partition("=")[2]]
        elif arg == option:
            ends = (place for place in range(index + 1, len(args)) if args[place].startswith("-"))
            words = list(args[index + 1 : next(ends, len(args))])
            if words or several:
                found = words if several else words[:1]
    return found


def option_of(name: str) -> str:
    """Return the option of a field."""
    return f"--{name.replace('_', '-')}"


def fields_of(part: Any) -> dict[str, tuple[Any, Any, str]]:
    """Return the fields of a part, or of several joined: type, value and help; of a name that two have, the first's."""
    found: dict[str, tuple[Any, Any, str]] = {}
    for each in parts_of(part):
        types, help_of = get_type_hints(type(each)), docs_of(type(each))
        own = {f.name: (types[f.name], getattr(each, f.name), help_of.get(f.name, "")) for f in fields(each)}
        found = own | found
    return found


def with_fields(part: Any, values: Mapping[str, Any]) -> Any:
    """Return the part with these values; of several joined, each that has the field."""
    made = []
    for each in parts_of(part):
        names = {field.name for field in fields(each)}
        made.append(changed(each, {name: value for name, value in values.items() if name in names}))
    return replace(part, parts=tuple(made)) if isinstance(part, Together) else made[0]


def of_another_part(groups: Sequence[Any], token: str) -> str:
    """Return the sentence about an option that only parts have which are not chosen; empty for any other option."""
    option, _, name = token.partition("=")[0].partition(".")
    for group in groups:
        for field, slot in slots_of(type(group)).items():
            own = name.replace("-", "_")
            having = [word for word, kind in CHOICES[slot].items() if own in {each.name for each in fields(kind)}]
            if option == option_of(field) and having:
                chosen = " ".join(part.name for part in parts_of(getattr(group, field)))
                return f"{option}.{name} is an option of {' and '.join(having)}, but {option} is {chosen}"
    return ""


@cache
def docs_of(kind: type) -> dict[str, str]:
    """Return the docstrings of a dataclass's fields, inherited ones included."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if not issubclass(base, Configuration):
            continue
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(base))).body
        body = tree.body  # pyright: ignore[reportAttributeAccessIssue]
        for statement, after in pairwise(body):
            if isinstance(statement, ast.AnnAssign) and isinstance(after, ast.Expr):
                found[statement.target.id] = " ".join(after.value.value.split())  # pyright: ignore[reportAttributeAccessIssue]
    return found
