"""A digest of any configuration: numbers, arrays, functions, dataclasses, objects."""

from __future__ import annotations

import hashlib
import inspect
import sys
import sysconfig
import types
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from pathlib import Path
from typing import Any

_LENGTH = 16  # hexadecimal digits that are kept
_CONSTANTS = bool | int | float | complex | str | bytes | tuple | list | set | frozenset | dict
_KNOWN = ("hypermaml", "equinox", "jax", "jaxlib", "numpy", "builtins", "abc", "typing", "dataclasses")


def digest(value: Any) -> str:
    """Return a short SHA-256 of what a value holds; equal values give equal digests in every process.

    Arrays count by their bytes, functions by their code and the values that they close over, objects by their class and
    their attributes. A class of this package counts by its name alone, wherever it is defined. A class of a user counts
    by the code of its methods too. Constants and helpers of a user's module count where a function reads them, so that
    a changed file is noticed.
    """
    hashed = hashlib.sha256()
    for part in _parts(value, frozenset()):
        hashed.update(part)
    return hashed.hexdigest()[:_LENGTH]


def _parts(value: Any, above: frozenset[int]) -> Iterable[bytes]:
    """Yield what is hashed; `above` holds the objects that contain this one."""
    if value is None or isinstance(value, bool | int | float | complex | str | bytes):
        yield f"{type(value).__name__} {value!r};".encode()
    elif id(value) in above:
        yield b"above;"
    elif isinstance(value, Mapping):
        yield b"{"
        for key in sorted(value, key=repr):
            yield from _parts(key, above | {id(value)})
            yield from _parts(value[key], above | {id(value)})
        yield b"}"
    elif isinstance(value, list | tuple | set | frozenset):
        yield b"["
        for entry in sorted(value, key=repr) if isinstance(value, set | frozenset) else value:
            yield from _parts(entry, above | {id(value)})
        yield b"]"
    elif isinstance(value, type):
        yield from _class(value, above | {id(value)})
    elif hasattr(value, "dtype") and hasattr(value, "shape"):
        yield from _array(value)
    else:
        yield from _object(value, above | {id(value)})


def _array(value: Any) -> Iterable[bytes]:
    import numpy as np

    if str(value.dtype).startswith("key<"):
        import jax

        value = jax.random.key_data(value)
    array = np.asarray(value)
    yield f"array {array.dtype} {array.shape};".encode()
    yield repr(array.tolist()).encode() if array.dtype == object else np.ascontiguousarray(array).tobytes()


def _object(value: Any, above: frozenset[int]) -> Iterable[bytes]:
    inner = getattr(value, "__wrapped__", None)
    if isinstance(value, types.FunctionType):
        yield f"function {value.__module__}.{value.__qualname__};".encode()
        yield from _code(value.__code__)
        cells = [cell.cell_contents for cell in value.__closure__ or ()]
        yield from _parts([cells, value.__defaults__, value.__kwdefaults__], above)
        yield from _read(value, above)
    elif isinstance(value, partial):
        yield from _parts(["partial", value.func, value.args, value.keywords], above)
    elif isinstance(value, types.MethodType):
        yield from _parts([value.__func__, value.__self__], above)
    elif isinstance(value, staticmethod | classmethod | property):
        getters = [value.fget, value.fset] if isinstance(value, property) else [value.__func__]
        yield from _parts(getters, above)
    elif is_dataclass(value):
        yield from _class(type(value), above)
        for field in fields(value):
            yield f"{field.name}=".encode()
            yield from _parts(getattr(value, field.name, None), above)
    elif inner is not None:
        yield from _parts(inner, above)
    elif isinstance(value, types.BuiltinFunctionType | types.ModuleType) or not hasattr(value, "__dict__"):
        shown = getattr(value, "__name__", "") if callable(value) else repr(value)
        yield f"{type(value).__qualname__} {'' if ' at 0x' in shown else shown};".encode()
    else:
        yield from _class(type(value), above)
        yield from _parts(vars(value), above)


def _class(kind: type, above: frozenset[int]) -> Iterable[bytes]:
    module = kind.__module__ if kind.__module__.partition(".")[0] != "hypermaml" else "hypermaml"
    yield f"class {module}.{kind.__qualname__};".encode()
    for base in kind.__mro__:
        if base.__module__.partition(".")[0] not in _KNOWN:
            own = {name: entry for name, entry in vars(base).items() if _is_written(entry)}
            yield from _parts({name: own[name] for name in own if not name.startswith("__")}, above | {id(kind)})


def _is_written(entry: Any) -> bool:
    """Whether an attribute of a class is a method or a plain value of it."""
    functions = types.FunctionType | staticmethod | classmethod | property
    return isinstance(entry, functions | bool | int | float | str | tuple) or hasattr(entry, "__wrapped__")


def _read(function: types.FunctionType, above: frozenset[int]) -> Iterable[bytes]:
    """Yield the constants of its module that a function reads, and the code of the helpers that it calls, each once."""
    if function.__module__.partition(".")[0] in _KNOWN:
        return
    waiting, seen = [function], {id(function)}
    while waiting:
        current = waiting.pop()
        for name in _names(current.__code__):
            entry = current.__globals__.get(name)
            if isinstance(entry, _CONSTANTS) or (hasattr(entry, "dtype") and hasattr(entry, "shape")):
                yield f"{name}=".encode()
                yield from _parts(entry, above)
            for helper in _helpers(entry):
                if id(helper) not in seen and _is_own(helper, function):
                    seen.add(id(helper))
                    waiting.append(helper)
                    yield f"helper {helper.__qualname__};".encode()
                    yield from _code(helper.__code__)
                    yield from _parts([helper.__defaults__, helper.__kwdefaults__], above | {id(helper)})


def _names(code: types.CodeType) -> list[str]:
    """Return the names that a function's code and the functions inside it read."""
    inner = [name for constant in code.co_consts if isinstance(constant, types.CodeType) for name in _names(constant)]
    return list(dict.fromkeys([*code.co_names, *inner]))


def _helpers(entry: Any) -> list[types.FunctionType]:
    """Return the functions that an entry of a module consists of: itself, or the methods of a class."""
    entries = vars(entry).values() if isinstance(entry, type) else [entry]
    found = (inspect.unwrap(each) for each in entries if callable(each))
    return [each for each in found if isinstance(each, types.FunctionType)]


def _is_own(helper: types.FunctionType, function: types.FunctionType) -> bool:
    """Whether a helper is of the package of the function that calls it, or not of an installed package."""
    package = helper.__module__.partition(".")[0]
    if package in _KNOWN:
        return False
    file = getattr(sys.modules.get(helper.__module__), "__file__", None) or ""
    installed = any(Path(file).is_relative_to(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib"))
    return package == function.__module__.partition(".")[0] or not installed


def _code(code: types.CodeType) -> Iterable[bytes]:
    yield code.co_code
    yield repr(code.co_names).encode()
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _code(constant)
        else:
            yield repr(sorted(constant, key=repr) if isinstance(constant, frozenset) else constant).encode()
