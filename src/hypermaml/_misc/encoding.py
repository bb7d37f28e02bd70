"""Trees of modules, arrays, numbers and names as JSON and arrays, and back: no program text is stored.

A class or a function is stored as the name that it is imported by. Reading a file imports these names and calls
nothing.
"""

import dataclasses
import importlib
import inspect
import math
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

PUBLIC = ("jax.nn", "jax.numpy", "optax", "equinox.nn", "equinox")


def encode(value: Any, arrays: list[np.ndarray], where: str = "") -> Any:
    """Return what JSON holds of a value.

    Args:
        value: a tree of dataclasses (Equinox modules among them), tuples, lists, mappings, arrays, numbers and names.
        arrays: the arrays found so far; those of the value are added.
        where: the place of the value, for the error.

    Raises:
        ValueError: a part is none of these, such as a function without a name that another program could import.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, jax.Array) and jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
        raise ValueError(f"{where or 'the value'} is a random key, which is not saved")
    if isinstance(value, jax.Array | np.ndarray | np.generic):
        arrays.append(np.asarray(value))
        return {"array": len(arrays) - 1, "jax": isinstance(value, jax.Array)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        own, parts = name_of(type(value), where), {}
        for field in dataclasses.fields(value):
            if hasattr(value, field.name):
                part = getattr(value, field.name)
                default = _is_default(type(value), field.name, part)
                place = f"{where}.{field.name}".lstrip(".")
                parts[field.name] = {"default": [own, field.name]} if default else encode(part, arrays, place)
        return {"object": own, "fields": parts}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        parts = [encode(part, arrays, f"{where}[{index}]") for index, part in enumerate(value)]
        return {"named": name_of(type(value), where), "parts": parts}
    if isinstance(value, tuple | list | frozenset):
        kind = next(kind.__name__ for kind in (tuple, list, frozenset) if isinstance(value, kind))
        values = sorted(value) if kind == "frozenset" else value
        return {kind: [encode(part, arrays, f"{where}[{index}]") for index, part in enumerate(values)]}
    if isinstance(value, Mapping):
        return {"map": [[encode(k, arrays, where), encode(v, arrays, f"{where}[{k!r}]")] for k, v in value.items()]}
    if callable(value):
        return {"name": name_of(value, where)}
    raise ValueError(f"{where or 'the value'} is a {type(value).__name__}, which cannot be saved")


def decode(value: Any, arrays: Sequence[np.ndarray], known: Mapping[str, Any]) -> Any:
    """Return the value that `encode` took.

    Args:
        value: from JSON.
        arrays: of the same file.
        known: classes and functions by the names that they were saved under, for those that cannot be imported.

    Raises:
        ValueError: a name cannot be imported, or the value is not of this form.
    """
    if not isinstance(value, dict):
        return value
    kind = next(iter(value), "")
    if kind == "float":
        return float(value["float"])
    if kind == "array":
        array = arrays[value["array"]]
        return jnp.asarray(array) if value["jax"] else array
    if kind == "object":
        cls = object_of(value["object"], known)
        if not (isinstance(cls, type) and dataclasses.is_dataclass(cls)):
            raise ValueError(f"{value['object']} is not a class of data")
        made = object.__new__(cls)
        for name, part in value["fields"].items():
            object.__setattr__(made, name, decode(part, arrays, known))
        return made
    if kind == "named":
        return object_of(value["named"], known)(*(decode(part, arrays, known) for part in value["parts"]))
    if kind in ("tuple", "list", "frozenset"):
        parts = [decode(part, arrays, known) for part in value[kind]]
        return {"tuple": tuple, "list": list, "frozenset": frozenset}[kind](parts)
    if kind == "map":
        return {decode(k, arrays, known): decode(v, arrays, known) for k, v in value["map"]}
    if kind == "name":
        return object_of(value["name"], known)
    if kind == "default":
        own, name = value["default"]
        return inspect.signature(object_of(own, known).__init__).parameters[name].default
    raise ValueError(f"'{kind}' is not a kind of value")


def _is_default(cls: type, name: str, part: Any) -> bool:
    """Whether a function is the default of the class's own argument, which needs no name of its own."""
    if not callable(part):
        return False
    known = inspect.signature(cls.__init__).parameters.get(name)
    return known is not None and known.default is part


def name_of(thing: Any, where: str) -> str:
    """Return the name that a class or a function is imported by, `module:name`.

    Raises:
        ValueError: it has none, as a lambda or a function inside a function.
    """
    name = getattr(thing, "__qualname__", getattr(thing, "__name__", ""))
    for module in (*PUBLIC, getattr(thing, "__module__", "") or ""):
        try:
            if module and "<" not in name and _found(module, name) is thing:
                return f"{module}:{name}"
        except (ImportError, AttributeError):
            continue
    raise ValueError(
        f"{where or 'the value'} is {name or thing!r}, which another program could not import: define it at the top of "
        "a module"
    )


def object_of(name: str, known: Mapping[str, Any]) -> Any:
    """Return the class or the function of a name.

    Raises:
        ValueError: it cannot be imported and is not among the known ones.
    """
    if name in known:
        return known[name]
    module, _, inner = name.partition(":")
    try:
        return _found(module, inner)
    except (ImportError, AttributeError):
        raise ValueError(
            f"it needs {inner} of {module}, which cannot be imported here: import it, and give it as "
            f"known={{{name!r}: {inner}}}"
        ) from None


def _found(module: str, name: str) -> Any:
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found
