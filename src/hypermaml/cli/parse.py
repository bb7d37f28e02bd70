"""Options from the fields of dataclasses, by tyro, with every complaint reduced to a sentence."""

import io
import re
import shutil
import textwrap
from collections.abc import Container, Sequence
from contextlib import redirect_stderr
from dataclasses import field, fields, make_dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, Optional, Union, get_args, get_origin, get_type_hints

import tyro
from tyro.constructors import ConstructorRegistry, PrimitiveConstructorSpec, PrimitiveTypeInfo

from hypermaml.cli.names import UsageError, nearest

# `X | None` would do, but for that tyro imports typeguard, a third of the time that help takes.
OptionalInt = Optional[int]  # noqa: UP045
OptionalPath = Optional[Path]  # noqa: UP045
_FRAME = re.compile(r"\x1b\[[0-9;]*m|[│╭╮╰╯─|+]|--+")


class Names(tuple):
    """The words of an option that takes several."""


def parse(
    groups: Sequence[Any], args: Sequence[str], *, prog: str, about: str, hidden: Container[str] = ()
) -> tuple[Any, ...]:
    """Reads options.

    Args:
        groups: instances of dataclasses; each field is an option, its value the default, its docstring the help. A
            field that two groups have is one option, with the default of the first.
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
        raise UsageError(_unknown(unknown, [f"--{name.replace('_', '-')}" for name in _fields(groups, hidden)]))
    return parsed


def glance(groups: Sequence[Any], args: Sequence[str]) -> tuple[Any, ...]:
    """Reads the options of these groups alone, and neither help nor others: for the defaults of the others."""
    return _read(groups, args, (), add_help=False)[0]


def _fields(groups: Sequence[Any], hidden: Container[str]) -> dict[str, tuple[Any, Any]]:
    """The type and the default of each option."""
    found: dict[str, tuple[Any, Any]] = {}
    for group in groups:
        types = get_type_hints(type(group), include_extras=True)
        values = {each.name: (types[each.name], getattr(group, each.name)) for each in fields(group)}
        found |= {name: value for name, value in values.items() if name not in found}
    return {name: value for name, value in found.items() if name not in hidden}


def _read(
    groups: Sequence[Any], args: Sequence[str], hidden: Container[str], **how: Any
) -> tuple[tuple[Any, ...], list[str]]:
    said = io.StringIO()
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
        parts = ([each.name for each in fields(group) if each.name not in hidden] for group in groups)
        pairs = zip(groups, parts, strict=True)
        return tuple(replace(group, **{name: getattr(given, name) for name in part}) for group, part in pairs), unknown
    except ValueError as error:  # a dataclass refuses its values
        raise UsageError(str(error)) from None


def _flat(groups: Sequence[Any], hidden: Container[str]) -> type[Any]:
    """One dataclass of all options. It inherits from the groups for their docstrings; their checks come afterwards."""
    options = [(name, kind, field(default=value)) for name, (kind, value) in _fields(groups, hidden).items()]
    every = {each.name: getattr(group, each.name) for group in groups for each in fields(group)}
    for name, value in every.items():
        if name in hidden:  # tyro knows it under another name, so that whoever writes this one hears that it is unknown
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
    if info.type is not Names:
        return None
    return PrimitiveConstructorSpec(
        nargs="*",
        metavar="NAME ...",
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
