"""Commas and points in numbers: of decimals, or of thousands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypermaml.data.table.extra import load
from hypermaml.data.table.texts import numbers

COMMAS = r"^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$"  # 1,234 and 1,234.5
POINTS = r"^[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?$"  # 1.234 and 1.234,5


@dataclass
class Separators:
    """What commas and points in a column of texts may be, as far as its chunks have been seen.

    Attributes:
        comma: whether a value has a comma.
        decimal: whether a comma is sure to be decimal: of a file without commas between cells, or as in 1,5.
        by_comma: whether all are numbers with a decimal point once the commas of thousands are left out.
        by_point: whether all are numbers with a decimal comma once the points of thousands are left out.
        commas: the first row and value whose comma may be of thousands.
        points: the first row and value whose point may be of thousands.
    """

    comma: bool = False
    decimal: bool = False
    by_comma: bool = True
    by_point: bool = True
    commas: tuple[int, str] | None = None
    points: tuple[int, str] | None = None

    def see(self, found: Any, chunk: Any, start: int, *, free: bool) -> None:
        """Take note of further values.

        Args:
            found: the different ones.
            chunk: all of them.
            start: the row of the first.
            free: whether no comma parts the cells of their file.
        """
        compute = load("pyarrow.compute")
        has = compute.match_substring(found, ",")
        some, others = found.filter(has), found.filter(compute.invert(has))
        thousands = compute.match_substring_regex(some, COMMAS)
        every = compute.all(thousands, min_count=0).as_py()
        self.comma = self.comma or len(some) > 0
        self.decimal = self.decimal or (free and len(some) > 0) or not every
        self.by_comma = self.by_comma and every and numbers(others) is not None
        if self.commas is None and len(some) and compute.any(thousands).as_py():
            self.commas = _first(some.filter(thousands), chunk, start)
        if (self.points is None and (free or len(some))) or self.by_point:
            pointed = compute.match_substring_regex(found, POINTS)
            if self.points is None and (free or len(some)) and compute.any(pointed).as_py():
                self.points = _first(found.filter(pointed), chunk, start)
            rest = found.filter(compute.invert(pointed))
            self.by_point = self.by_point and numbers(rest, comma=True) is not None

    def doubtful(self, *, point: bool, comma: bool) -> tuple[int, str] | None:
        """Return the first row and value with a separator that may be of thousands; `None` where there is none.

        Args:
            point: whether all values are numbers as they are written.
            comma: whether all are numbers once a decimal comma is a point.
        """
        if point or not self.comma:
            return None
        if comma:
            return self.points if self.decimal else self.commas
        return self.commas if self.by_comma else self.points if self.by_point else None


def _first(some: Any, chunk: Any, start: int) -> tuple[int, str]:
    return start + load("pyarrow.compute").index(chunk, some[0]).as_py(), some[0].as_py()
