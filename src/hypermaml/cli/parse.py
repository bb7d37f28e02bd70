"""Options from the fields of dataclasses, by tyro, with every complaint reduced to a sentence."""

import io
import re
import shutil
import textwrap
from collections.abc import Callable, Container, Sequence
from contextlib import redirect_stderr
from dataclasses import field, fields, make_dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, Optional, Union, get_args, get_origin, get_type_hints

import tyro
from tyro.constructors import ConstructorRegistry, PrimitiveConstructorSpec, PrimitiveTypeInfo

from hypermaml.cli.names import UsageError, nearest
from hypermaml.cli.slots import (
    CHOICES,
    fields_of,
    of_another_part,
    parts_of,
    several,
    slots_of,
    with_choices,
    with_fields,
)

# `X | None` would do, but for that tyro imports typeguard, a third of the time that help takes.
OptionalInt = Optional[int]  # noqa: UP045
OptionalPath = Optional[Path]  # noqa: UP045
_FRAME = re.compile(r"\x1b\[[0-9;]*m|[│╭╮╰╯─|+]|--+")


class Names(tuple):
    """The words of an option that takes several."""


NOTHING = Names()


class Parts(Names):
    """The names of parts that are joined."""

    choices: Sequence[str] = ()


def parse(
    groups: Sequence[Any], args: Sequence[str], *, prog: str, about: str, hidden: Container[str] = ()
) -> tuple[Any, ...]:
    """Read options.

    Args:
        groups: instances of dataclasses; each field is an option, its value the default, its docstring the help. A
            field that two groups have is one option, with the default of the first. A field that holds a part is the
            option of its name, and an option for each field of the part that is chosen; a function is no option.
        args: to read.
        prog: how the command begins.
        about: what the command does.
        hidden: fields that are no options and keep their values.

    Returns:
        The groups, with the values given.

    Raises:
        UsageError: an option is unknown, lacks a value or has one that cannot be.
        SystemExit: help was asked for and is printed.
    """
    if {"-h", "--help"} & set(args):  # tyro would write what it is about in one long line
        print(textwrap.fill(" ".join(about.split()), min(shutil.get_terminal_size().columns, 100)), end="\n\n")
    parsed, unknown = _read(groups, args, hidden, prog=prog, description="")
    if unknown:
        groups = [with_choices(group, args) for group in groups]
        options = [_written(name) for name in _fields(groups, hidden)]
        raise UsageError(of_another_part(groups, unknown[0]) or _unknown(unknown, options))
    return parsed


def glance(groups: Sequence[Any], args: Sequence[str]) -> tuple[Any, ...]:
    """Read the options of these groups alone, and neither help nor others: for the defaults of the others."""
    return _read(groups, args, (), add_help=False)[0]


def _fields(groups: Sequence[Any], hidden: Container[str]) -> dict[str, tuple[Any, Any]]:
    """Return the type and the default of each option; that of a part's field is `SLOT__FIELD`."""
    found: dict[str, tuple[Any, Any]] = {}
    for group in groups:
        types = get_type_hints(type(group), include_extras=True)
        for each in fields(group):
            if each.name not in found and each.name not in hidden and not _is_function(types[each.name]):
                found |= _options(each.name, types[each.name], getattr(group, each.name))
    return found


def _options(name: str, kind: Any, value: Any) -> dict[str, tuple[Any, Any]]:
    if kind not in CHOICES:
        return {name: (kind, value)}
    names, found = [part.name for part in parts_of(value)], dict[str, tuple[Any, Any]]()
    if several(kind):
        joined = type("Parts", (Parts,), {"choices": tuple(CHOICES[kind])})
        found[name] = joined, joined(names)
    else:
        found[name] = Literal[tuple(CHOICES[kind])], names[0]  # pyright: ignore[reportInvalidTypeForm]
    for own, (own_kind, default, text) in fields_of(value).items():
        shown = tyro.conf.arg(name=f"{name.replace('_', '-')}.{own.replace('_', '-')}", help=text)
        found[f"{name}__{own}"] = (Annotated[own_kind, shown], default)
    return found


def _is_function(kind: Any) -> bool:
    return any(get_origin(each) is Callable for each in (kind, *get_args(kind)))


def _written(name: str) -> str:
    """Return the option of an entry of `_fields`."""
    return f"--{name.replace('__', '.').replace('_', '-')}"


def _filled(group: Any, given: Any, names: Container[str]) -> Any:
    """Return the group with the values that were given for these of its options."""
    slots, values = slots_of(type(group)), {}
    for each in fields(group):
        if each.name in slots:
            part = getattr(group, each.name)
            own = {name: getattr(given, f"{each.name}__{name}", old) for name, (_, old, _) in fields_of(part).items()}
            old = {name: value for name, (_, value, _) in fields_of(part).items()}
            values[each.name] = with_fields(part, {name: value for name, value in own.items() if value != old[name]})
        elif each.name in names:
            values[each.name] = getattr(given, each.name)
    return replace(group, **values)


def _read(
    groups: Sequence[Any], args: Sequence[str], hidden: Container[str], **how: Any
) -> tuple[tuple[Any, ...], list[str]]:
    said = io.StringIO()
    groups = [with_choices(group, args) for group in groups]
    try:
        with redirect_stderr(said):
            given, unknown = tyro.cli(
                _flat(groups, hidden),
                args=list(args),
                return_unknown_args=True,
                config=(tyro.conf.FlagCreatePairsOff,),
                registry=_REGISTRY,
                **how,
            )
    except SystemExit as end:
        if not end.code:
            raise
        raise UsageError(_unframed(said.getvalue())) from None
    except _WrongWord as wrong:
        raise UsageError(f"{_option(args, wrong.word)}: {wrong}") from None
    try:
        names = _fields(groups, hidden)
        return tuple(_filled(group, given, names) for group in groups), unknown
    except ValueError as error:  # a dataclass refuses its values
        raise UsageError(str(error)) from None


def _flat(groups: Sequence[Any], hidden: Container[str]) -> type[Any]:
    """One dataclass of all options. It inherits from the groups for their docstrings; their checks come afterwards."""
    shown = _fields(groups, hidden)
    options = [(name, kind, field(default=value)) for name, (kind, value) in shown.items()]
    every = {each.name: getattr(group, each.name) for group in groups for each in fields(group)}
    for name, value in every.items():
        if (
            name not in shown
        ):  # tyro knows it under another name, so that whoever writes this one hears that it is unknown
            closed = Annotated[(object, tyro.conf.Fixed, tyro.conf.Suppress, tyro.conf.arg(name=f"hidden-{name}"))]
            options.append((name, closed, field(default=value)))
    bases = tuple(type(group) for group in reversed(groups))  # fields of the last base come first
    return make_dataclass("Options", options, bases=bases, frozen=True, namespace={"__post_init__": lambda self: None})


class _WrongWord(Exception):
    """A word that cannot be an option's value; tyro passes on what is no `ValueError`."""

    def __init__(self, word: str, sentence: str):
        super().__init__(sentence)
        self.word = word


def _option(args: Sequence[str], word: str) -> str:
    """The option that the word was given to."""
    place = next(place for place, arg in enumerate(args) if arg == word or arg.endswith(f"={word}"))
    return next(arg.partition("=")[0] for arg in reversed(args[: place + 1]) if arg.startswith("--"))


def _unframed(box: str) -> str:
    """What tyro says in a frame: that an option lacks its value, since all else is found before or after."""
    missing = re.search(r"Missing value for argument '([^']+)'", box)
    return f"{missing[1]} needs a value" if missing else " ".join(_FRAME.sub(" ", box).split())


def _unknown(tokens: Sequence[str], options: Sequence[str]) -> str:
    wrong = next((token.partition("=")[0] for token in tokens if token.startswith("-")), None)
    if wrong is None:
        return f"'{tokens[0]}' is one argument too many: names come first, options are written --NAME VALUE"
    return nearest("option", wrong, options)


_REGISTRY = ConstructorRegistry()


@_REGISTRY.primitive_rule
def _one_word(info: PrimitiveTypeInfo) -> PrimitiveConstructorSpec | None:
    """Numbers and choices, and what may be absent, with messages of our own."""
    kinds = [kind for kind in get_args(info.type) if kind is not type(None)]
    kind = kinds[0] if get_origin(info.type) is Union and len(kinds) == 1 else info.type
    if kind is int or kind is float:
        metavar, read = kind.__name__.upper(), partial(_number, kind)
    elif get_origin(kind) is Literal:
        metavar, read = "{" + ",".join(get_args(kind)) + "}", partial(_choice, get_args(kind))
    elif kind is Path:
        metavar, read = "PATH", Path
    else:
        return None
    return PrimitiveConstructorSpec(
        nargs=1,
        metavar=metavar,
        instance_from_str=lambda words: read(words[0]),
        is_instance=lambda value: True,
        str_from_instance=lambda value: [str(value)],
    )


@_REGISTRY.primitive_rule
def _words(info: PrimitiveTypeInfo) -> PrimitiveConstructorSpec | None:
    if not (isinstance(info.type, type) and issubclass(info.type, Names)):
        return None
    choices = getattr(info.type, "choices", ())
    return PrimitiveConstructorSpec(
        nargs="*",
        metavar="{" + ",".join(choices) + "} ..." if choices else "NAME ...",
        instance_from_str=Names,
        is_instance=lambda value: True,
        str_from_instance=list,
    )


def _number(kind: type[int] | type[float], word: str) -> int | float:
    try:
        return kind(word)
    except ValueError:
        raise _WrongWord(word, f"'{word}' is not {'a whole number' if kind is int else 'a number'}") from None


def _choice(names: Sequence[str], word: str) -> str:
    if word not in names:
        raise _WrongWord(word, nearest("choice", word, names))
    return word
