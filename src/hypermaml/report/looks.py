"""How each method is called and drawn, as its run recorded it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hypermaml._compare.record import MethodRecord
from hypermaml.methods import METHODS

INK, PAPER = "#24292f", "#fefefe"
_OTHERS = ("#7a6a58", "#a0a000", "#4f7f7f", "#b06060", "#6070c0")  # of methods without a color of their own
_MARKERS, _WIDTH = "hXPd", 1.4


@dataclass(frozen=True)
class Look:
    """How a method is drawn, everywhere; methods of one color have other markers.

    Attributes:
        label: its name in prose and plots.
        color: of line and marker.
        marker: its shape.
        width: of the line.
        open: whether the marker is hollow, as are those of all methods that share the color of another.
    """

    label: str
    color: str
    marker: str
    width: float = _WIDTH
    open: bool = False

    @property
    def markers(self) -> dict[str, Any]:
        """The options of Matplotlib for the markers."""
        return {"marker": self.marker, "markerfacecolor": PAPER if self.open else self.color}


@dataclass(frozen=True)
class Looks:
    """The looks of the methods of a run, in the order of its report.

    Attributes:
        methods: as recorded, by name; a method without a color is drawn in one by its place among those.
    """

    methods: Mapping[str, MethodRecord]

    def __getitem__(self, method: str) -> Look:
        known = self.methods.get(method, MethodRecord())
        others = [name for name, each in self.methods.items() if not each.color] if not known.color else []
        place = others.index(method) if method in others else sum(method.encode())
        color = known.color or _OTHERS[place % len(_OTHERS)]
        marker, width = known.marker or _MARKERS[place // len(_OTHERS) % len(_MARKERS)], known.width or _WIDTH
        return Look(known.label or method, color, marker, width, known.open_marker)

    def label(self, method: str) -> str:
        """Return how prose and plots call a method."""
        return self[method].label

    def summary(self, method: str) -> str:
        """Return one line on what a method is; empty where none is recorded."""
        return self.methods.get(method, MethodRecord()).summary

    def ordered(self, methods: Iterable[str]) -> list[str]:
        """Return the methods in the order of the report, then the others in alphabetical order."""
        places = {name: place for place, name in enumerate(self.methods)}
        return sorted(set(methods), key=lambda name: (places.get(name, len(places)), name))


class _OfPackage(Mapping[str, MethodRecord]):
    """The records of the package's own methods, each read when it is asked for."""

    def __getitem__(self, name: str) -> MethodRecord:
        return MethodRecord.of_class(METHODS[name])

    def __iter__(self) -> Iterator[str]:
        return iter(METHODS)

    def __len__(self) -> int:
        return len(METHODS)


PACKAGE = Looks(_OfPackage())
