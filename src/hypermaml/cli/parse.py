"""Options from the fields of dataclasses, by tyro, with every complaint reduced to a sentence."""

import io
import re
import shutil
import textwrap
from collections.abc import Iterable, Sequence
from contextlib import redirect_stderr
from dataclasses import fields, make_dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, Optional, TypeVar, Union, get_args, get_origin

import tyro
from tyro.constructors import ConstructorRegistry, PrimitiveConstructorSpec, PrimitiveTypeInfo

from hypermaml.cli.names import UsageError, nearest

T = TypeVar("T")
# `X | None` would do, but for that tyro imports typeguard, a third of the time that help takes.
OptionalInt = Optional[int]  # noqa: UP045
OptionalPath = Optional[Path]  # noqa: UP045
_MARKERS = (tyro.conf.FlagCreatePairsOff,)
_FRAME = re.compile(r"\x1b\[[0-9;]*m|[│╭╮╰╯]")


class Names(tuple):
    """The words of an option that takes several."""


def parse(groups: Sequence[Any], args: Sequence[str], *, prog: str, about: str) -> tuple[Any, ...]:
    """Reads options.

    Args:
        groups: instances of dataclasses; each field is an option, its value the default, its docstring the help.
        args: to read.
        prog: how the command begins.
        about: what the command does.

    Returns:
        The groups, with the values given.

    Raises:
        UsageError: an option is unknown, lacks a value or has one that cannot be.
        SystemExit: help was asked for and is printed.
    """
    if {"-h", "--help"} & set(args):  # tyro would write what it is about in one long line
        print(textwrap.fill(" ".join(about.split()), min(shutil.get_terminal_size().columns, 100)), end="\n\n")
    parsed, unknown = _read(groups, args, prog=prog, description="")
    if unknown:
        options = [f"--{name.replace('_', '-')}" for group in groups for name in _shown(group)]
        raise UsageError(_unknown(unknown, options))
    return parsed


def glance(groups: Sequence[Any], args: Sequence[str]) -> tuple[Any, ...]:
    """Reads the options of these groups alone, and neither help nor others: for the defaults of the others."""
    return _read(groups, args, add_help=False)[0]


def hidden(group: T, names: Iterable[str]) -> T:
    """The same values in a dataclass where these fields are no options."""
    kind = type(group)
    kept = {field.name: getattr(group, field.name) for field in fields(group)}  # pyright: ignore[reportArgumentType]
    # tyro would keep the name of a suppressed option reserved, and another group may want it.
    markers = (tyro.conf.Fixed, tyro.conf.Suppress)
    closed = [(name, Annotated[(Any, *markers, tyro.conf.arg(name=f"hidden-{name}"))]) for name in names]
    narrow = make_dataclass(kind.__name__, closed, bases=(kind,), frozen=True, namespace={"__doc__": kind.__doc__})
    return narrow(**kept)


def _shown(group: Any) -> list[str]:
    closed = type(group).__annotations__ if type(group).__bases__ != (object,) else {}
    return [f.name for f in fields(group) if tyro.conf.Suppress not in get_args(closed.get(f.name))]


def _read(groups: Sequence[Any], args: Sequence[str], **how: Any) -> tuple[tuple[Any, ...], list[str]]:
    parts = tuple(Annotated[(type(group), tyro.conf.arg(name=""))] for group in groups)
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            return tyro.cli(
                tuple[parts],  # pyright: ignore[reportArgumentType, reportInvalidTypeArguments]
                args=list(args),
                default=tuple(groups),
                return_unknown_args=True,
                config=_MARKERS,
                registry=_REGISTRY,
                **how,
            )
    except SystemExit as end:
        if not end.code:
            raise
        raise UsageError(_sentence(said.getvalue())) from None
    except ValueError as error:  # a dataclass refused its values
        raise UsageError(str(error)) from None


def _sentence(box: str) -> str:
    """What a framed message of tyro says, before its first rule."""
    lines = [_FRAME.sub("", line).strip() for line in box.splitlines()]
    body = lines[1:] if lines and lines[0].startswith("─") else lines
    rule = next((place for place, line in enumerate(body) if line.startswith("──")), len(body))
    text = " ".join(line for line in body[:rule] if line)
    missing = re.search(r"Missing value for argument '([^']+)'", text)
    if missing:
        return f"{missing[1]} needs a value"
    return re.sub(r"^Error parsing (--[\w-]+)[^:]*: ", r"\1: ", text)


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
        raise ValueError(f"'{word}' is not {'a whole number' if kind is int else 'a number'}") from None


def _choice(names: Sequence[str], word: str) -> str:
    if word not in names:
        raise ValueError(nearest("choice", word, names))
    return word
