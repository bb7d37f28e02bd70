"""Configuration objects: frozen dataclasses that are checked, changed, written down and read back.

The standard library alone is imported here: help does not wait for JAX.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass, replace
from importlib import import_module
from typing import Any, ClassVar, TypeVar, get_type_hints

from hypermaml._misc.checks import check_fields

T = TypeVar("T")


@dataclass(frozen=True)
class Configuration:
    """A choice among several parts of one kind, with the numbers that this part has.

    Raises:
        ValueError: a value is out of its range; the sentence names it.
    """

    name: ClassVar[str]
    """How the command line calls it."""
    module: ClassVar[str]
    """The module whose function `build` makes the part; it is imported when something is built."""

    def __post_init__(self):
        check_fields(self)

    @property
    def builder(self) -> Callable[..., Any]:
        """Return the function that makes the part."""
        return import_module(self.module).build


def value_at(configuration: Any, path: str) -> Any:
    """Return the value of a field, or of a field of a part: `generator.rank`."""
    for name in path.split("."):
        configuration = getattr(configuration, name)
    return configuration


def changed(configuration: Any, changes: Mapping[str, Any]) -> Any:
    """Return the configuration with other values.

    Args:
        configuration: a dataclass whose fields may be configurations.
        changes: by path, as in `value_at`; a part changes before its fields.
    """
    for path in sorted(changes, key=lambda path: path.count(".")):
        name, _, rest = path.partition(".")
        value = changed(getattr(configuration, name), {rest: changes[path]}) if rest else changes[path]
        configuration = replace(configuration, **{name: value})
    return configuration


def written(value: Any) -> Any:
    """Return what JSON holds of a value: a configuration by its class and fields, infinity as text, tuples as lists."""
    if is_dataclass(value) and not isinstance(value, type):
        own = {each.name: written(getattr(value, each.name)) for each in fields(value)}
        return {"class": class_name(type(value)), **own}
    if isinstance(value, Mapping):
        return {name: written(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [written(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return f"{value.__module__}.{value.__qualname__}" if callable(value) else value


def class_name(kind: type) -> str:
    """Return the name of a class of this package, wherever it is defined; of any other, its module with it."""
    own = kind.__module__.partition(".")[0] == "hypermaml"
    return kind.__qualname__ if own else f"{kind.__module__}:{kind.__qualname__}"


def differing(configuration: Any) -> dict[str, Any]:
    """Return the fields of a dataclass whose values differ from their defaults."""
    return {each.name: getattr(configuration, each.name) for each in fields(configuration) if _set(configuration, each)}


def _set(configuration: Any, field: Field) -> bool:
    default = field.default_factory() if field.default_factory is not MISSING else field.default
    return getattr(configuration, field.name) != default


def decisive(value: Any) -> Any:
    """Return a configuration's class with the fields that differ from their defaults, and so on in each field."""
    if is_dataclass(value) and not isinstance(value, type):
        return [type(value), {name: decisive(entry) for name, entry in differing(value).items()}]
    return [decisive(entry) for entry in value] if isinstance(value, list | tuple) else value


def read_back(saved: Mapping[str, Any], classes: Mapping[str, type]) -> Any:
    """Return the configuration that `written` gave; a field that is missing has its default.

    Args:
        saved: of a dataclass, with the name of its class.
        classes: by name, all that may be met.

    Raises:
        TypeError: a field is unknown.
        KeyError: a class is unknown.
        ValueError: a value is out of its range, or a function, which cannot be read back.
    """
    return restored(classes[saved["class"]], saved, classes)


def restored(kind: type[T], saved: Mapping[str, Any], classes: Mapping[str, type]) -> T:
    """Return the configuration of a class that is known; see `read_back`."""
    types = get_type_hints(kind)
    unknown = saved.keys() - {each.name for each in fields(kind)} - {"class"}  # pyright: ignore[reportArgumentType]
    if unknown:
        raise TypeError(f"{kind.__name__} has no {min(unknown)}")
    values = {name: _value(types.get(name), value, classes) for name, value in _own(saved)}
    return kind(**values)


def _own(saved: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in saved.items() if name != "class"]


def _value(kind: Any, value: Any, classes: Mapping[str, type]) -> Any:
    if isinstance(value, dict):
        return read_back(value, classes)
    if isinstance(value, list):
        return tuple(_value(None, entry, classes) for entry in value)
    return float(value) if kind is float and value is not None else value
