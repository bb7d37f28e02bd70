"""Checks of every configuration. The standard library alone is imported here."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from functools import cache
from numbers import Integral, Real
from typing import Any, Literal, get_args, get_origin, get_type_hints

LARGEST = 3e38  # that an array of float32 holds


def check_seed(seed: int) -> None:
    """Raise `ValueError` for a seed that is not a whole number, or whose keys would be those of another one."""
    if not isinstance(seed, Integral) or isinstance(seed, bool):
        raise ValueError(f"seed is {seed}, but it must be a whole number")
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed is {seed}, but it must be at least 0 and below 2^32")


def check_count(name: str, value: Any, *, least: int = 1) -> int:
    """Return a whole number of the user, such as one of NumPy, as Python's.

    Args:
        name: for the sentence.
        value: as it was given.
        least: the smallest right one.

    Raises:
        ValueError: it is not a whole number, or too small.
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise ValueError(f"{name} is {value!r}, but it must be a whole number")
    if value < least:
        raise ValueError(f"{name} is {value}, but it must be at least {least}")
    return int(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real)


@cache
def _types_of(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def check_fields(options: Any, *, zero: bool = False) -> None:
    """Checks the fields of a dataclass against their types: whole numbers count from 1.

    Args:
        options: an instance.
        zero: other numbers may be 0 and must be finite; otherwise they are above 0, and 0 or infinite only where that
            is the default. A number whose default is 0 or whose `metadata` holds `zero` may be 0 as well.

    Raises:
        ValueError: the first field that does not fit, with its value and what would be right.
    """
    types = _types_of(type(options))
    for field in fields(options):
        value, kind = getattr(options, field.name), types[field.name]
        may_be_zero = field.default == 0 or field.metadata.get("zero", False)
        if kind is int and not isinstance(value, int):
            wanted = "a whole number"
        elif kind is int and value < (0 if may_be_zero else 1):
            wanted = "at least 0" if may_be_zero else "at least 1"
        elif kind is int and value >= 2**31:
            wanted = "below 2^31"
        elif kind is float and not _is_number(value):
            wanted = "a number"
        elif kind is float and zero and not (value >= 0 and math.isfinite(value)):
            wanted = "at least 0 and finite"
        elif kind is float and not zero and not (value >= 0 if may_be_zero else value > 0):
            wanted = "at least 0" if may_be_zero else "above 0"
        elif kind is float and math.isinf(value) and field.default != math.inf:
            wanted = "finite"
        elif kind is float and LARGEST < value < math.inf:
            wanted = f"at most {LARGEST:g}"
        elif get_origin(kind) is Literal and value not in get_args(kind):
            wanted = f"one of {', '.join(get_args(kind))}"
        elif is_dataclass(kind) and not isinstance(value, kind):  # pyright: ignore[reportArgumentType]
            wanted = f"a {kind.__name__}, such as {type(field.default).__name__}()"
        else:
            continue
        raise ValueError(f"{field.name} is {value}, but it must be {wanted}")
