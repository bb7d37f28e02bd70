"""Errors of a user's own functions as sentences. Nothing here waits for JAX."""

from __future__ import annotations

import sysconfig
import traceback
from pathlib import Path

_HERE = str(Path(__file__).parents[1])
_LIBRARIES = tuple({_HERE, *(sysconfig.get_paths()[name] for name in ("purelib", "platlib", "stdlib", "platstdlib"))})
# The class names of JAX's errors about values that do not exist yet, and a remedy for each.
_TRACED = {
    "TracerArrayConversionError": (
        "NumPy needs the values of an array that JAX only traces here, and would cut the gradient: use jax.numpy "
        "instead of numpy"
    ),
    "TracerBoolConversionError": (
        "an `if`, `while`, `and` or `or` needs the value of an array that JAX only traces here: use jax.numpy.where "
        "or jax.lax.cond"
    ),
    "TracerIntegerConversionError": (
        "an index or a shape needs the value of an array that JAX only traces here: use a Python number, or "
        "jax.numpy.take"
    ),
    "ConcretizationTypeError": (
        "float(), int(), a module such as math, or a shape needs the value of an array that JAX only traces here: use "
        "jax.numpy and arrays"
    ),
    "NonConcreteBooleanIndexError": (
        "an array of truth values selects entries, so that the shape of the result is unknown: use jax.numpy.where"
    ),
    "UnexpectedTracerError": (
        "an array that JAX traced was stored, in a field or a global name, and used later: return it instead"
    ),
}


def sentence_of(error: BaseException) -> str:
    """Return the text of an error in one line; an error about traced values as a remedy."""
    for kind in type(error).__mro__:
        if kind.__name__ in _TRACED:
            return _TRACED[kind.__name__]
    text = str(getattr(error, "msg", error)).partition("\n\n")[0]
    return " ".join(text.split()) or "no message"


def short(value: object, most: int = 60) -> str:
    """Return a value for an error: its beginning, in one line that can be printed.

    Args:
        value: any; its text is taken.
        most: letters.
    """
    text = " ".join(str(value).encode("utf-8", "backslashreplace").decode().split())
    text = "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text[: most + 1])
    return text if len(text) <= most else f"{text[: most - 1]}…"


def place_of(error: BaseException, default: str = "") -> tuple[str, int | None]:
    """Return the file and the line of the user's code that an error comes from.

    Args:
        error: caught.
        default: the file, where no frame is the user's.

    Returns:
        The file, and the line in it; `None` where it is not known.
    """
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_own(frame.filename)]
    return (own[-1].filename, own[-1].lineno) if own else (default, None)


def _is_own(file: str) -> bool:
    return not file.startswith(("<", *_LIBRARIES))
