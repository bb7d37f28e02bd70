"""Packages whose public names are loaded when they are first used."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the `__getattr__` and the `__dir__` of a package with these public names.

    Args:
        package: its full name.
        homes: by public name, the module that defines it, below `hypermaml`.
    """
    space = vars(import_module(package))

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        space[name] = getattr(import_module(f"hypermaml.{homes[name]}"), name)
        return space[name]

    return get, lambda: sorted({*space, *homes})
