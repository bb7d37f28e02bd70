"""A table of names whose entries are loaded when they are asked for, joined by those of other packages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

T = TypeVar("T")


class Catalog(Mapping[str, T]):
    """A table of names and their values: the package's own first, then those of other packages' entry points.

    Entry points are read only where a name is not the package's own, or all names are asked for.

    Args:
        kind: what a name stands for, for messages.
        homes: by name, `module:attribute`, in the order of reports.
        group: of the entry points.
        base: `module:class` that an entry point must be a subclass of.
    """

    def __init__(self, kind: str, homes: Mapping[str, str], *, group: str, base: str):
        self._kind, self._homes, self._group, self._base = kind, homes, group, base

    @cached_property
    def _joined(self) -> dict[str, EntryPoint]:
        """The entry points of other packages; a name of the package's own is not taken from it."""
        from importlib.metadata import entry_points  # which takes as long as all of a help's other imports

        found = sorted(entry_points(group=self._group), key=lambda point: point.name)
        return {point.name: point for point in found if point.name not in self._homes}

    def __getitem__(self, name: str) -> T:
        if name in self._homes:
            return _load(self._homes[name])
        return self._loaded(self._joined[name])

    def _loaded(self, point: EntryPoint) -> T:
        try:
            entry = point.load()
        except Exception as error:
            raise ValueError(
                f"the {self._kind} {point.name} is {point.value}, which cannot be loaded: {error}"
            ) from error
        base = _load(self._base)
        if not isinstance(entry, type) or not issubclass(entry, base):
            raise ValueError(
                f"the {self._kind} {point.name} is {point.value}, but it must be a subclass of {base.__name__}"
            )
        return entry  # pyright: ignore[reportReturnType]

    def __contains__(self, name: object) -> bool:
        return name in self._homes or name in self._joined

    def __iter__(self) -> Iterator[str]:
        return iter((*self._homes, *self._joined))

    def __len__(self) -> int:
        return len(self._homes) + len(self._joined)


def _load(home: str):
    module, _, name = home.partition(":")
    return getattr(import_module(module), name)
