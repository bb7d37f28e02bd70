"""Trees of modules, arrays, numbers and names as JSON and arrays, and back: no program text is stored.

A class or a function is stored as the name that it is imported by; `named` says which ones a file may name. Reading
calls no constructor. An object with a method `__saved__` is stored as what that returns, and read by the
method `__restored__` of the result: so a file names large data that lie elsewhere.
"""

import dataclasses
import inspect
import math
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import PyTreeDef

from hypermaml._misc.named import name_of, object_of

PLAIN = "biuf"  # kinds of arrays that every file can hold


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
        return _encode_array(np.asarray(value), arrays, where) | {"jax": isinstance(value, jax.Array)}
    if hasattr(value, "__saved__") and not isinstance(value, type):
        return encode(value.__saved__(), arrays, where)
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
    if isinstance(value, PyTreeDef):  # as a tree that has it
        count = value.num_leaves  # pyright: ignore[reportAttributeAccessIssue]
        return {"structure": encode(jax.tree.unflatten(value, [0] * count), arrays, where)}
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
    if kind in ("array", "texts"):
        return _decode_array(value, arrays)
    if kind == "object":
        cls = object_of(value["object"], known)
        if not (isinstance(cls, type) and dataclasses.is_dataclass(cls)):
            raise ValueError(f"{value['object']} is not a class of data")
        check_fields(cls, value["fields"])
        made = object.__new__(cls)
        for name, part in value["fields"].items():
            object.__setattr__(made, name, decode(part, arrays, known))
        return made.__restored__() if hasattr(cls, "__restored__") else made  # pyright: ignore[reportAttributeAccessIssue]
    if kind == "named":
        cls = object_of(value["named"], known)
        if not (isinstance(cls, type) and issubclass(cls, tuple) and hasattr(cls, "_fields")):
            raise ValueError(f"{value['named']} is not a tuple with names")
        return tuple.__new__(cls, [decode(part, arrays, known) for part in value["parts"]])
    if kind in ("tuple", "list", "frozenset"):
        parts = [decode(part, arrays, known) for part in value[kind]]
        return {"tuple": tuple, "list": list, "frozenset": frozenset}[kind](parts)
    if kind == "map":
        return {decode(k, arrays, known): decode(v, arrays, known) for k, v in value["map"]}
    if kind == "structure":
        return jax.tree.structure(decode(value["structure"], arrays, known))
    if kind == "name":
        return object_of(value["name"], known)
    if kind == "default":
        own, name = value["default"]
        return inspect.signature(object_of(own, known).__init__).parameters[name].default
    raise ValueError(f"'{kind}' is not a kind of value")


def _encode_array(array: np.ndarray, arrays: list[np.ndarray], where: str) -> dict[str, Any]:
    if array.dtype.kind in "US":
        return {"texts": array.tolist(), "dtype": str(array.dtype)}
    stored = array
    if array.dtype.kind not in PLAIN:  # dates, bfloat16
        if array.dtype.hasobject:
            raise ValueError(f"{where or 'the value'} is an array of objects, which cannot be saved")
        stored = np.ascontiguousarray(array).view(f"u{array.dtype.itemsize}")
    arrays.append(np.ascontiguousarray(stored).reshape(stored.shape))
    return {"array": len(arrays) - 1, "dtype": str(array.dtype)}


def _decode_array(value: Mapping[str, Any], arrays: Sequence[np.ndarray]) -> Any:
    dtype = jnp.dtype(value["dtype"])
    if "texts" in value:
        return np.asarray(value["texts"], dtype)
    array = arrays[value["array"]]
    array = array if array.dtype == dtype else array.view(dtype)
    if not value["jax"]:
        return array
    if jax.dtypes.canonicalize_dtype(dtype) != dtype:
        raise ValueError(f"it holds {dtype}: set jax_enable_x64 as it was when the file was saved")
    return jnp.asarray(array)


def check_fields(cls: type, given: Mapping[str, Any]) -> None:
    """Check that the fields of a saved object are those of its class.

    Raises:
        ValueError: one is missing or unknown.
    """
    fields = {field.name for field in dataclasses.fields(cls)}
    lacking = [name for name in fields - given.keys() if not hasattr(cls, name)]
    for name in (*sorted(lacking), *sorted(given.keys() - fields)):
        here = "lacks" if name in lacking else "has"
        raise ValueError(f"its {cls.__name__} {here} '{name}', unlike that of the version here")


def _is_default(cls: type, name: str, part: Any) -> bool:
    """Whether a function is the default of the class's own argument, which needs no name of its own."""
    if not callable(part):
        return False
    known = inspect.signature(cls.__init__).parameters.get(name)
    return known is not None and known.default is part
