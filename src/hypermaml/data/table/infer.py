"""The kind of each column, from all of its values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypermaml.data.table.column import CODED, Kind, TableError
from hypermaml.data.table.extra import load
from hypermaml.data.table.separators import Separators
from hypermaml.data.table.texts import are_dates, are_numbers, booleans, cleaned, days, numbers, on_calendar, zoned

LONG = 30  # mean characters of the values of a column of free text
SEVERAL = 10  # different values that free text has at least
MANY = 100_000  # different values that are counted
STRAYS = 0.1  # of the different values that are numbers or dates: so many others are taken for errors
FITS = {"numbers": are_numbers, "dates": on_calendar}


@dataclass
class Guess:
    """What a column may be, as far as its chunks have been seen.

    Attributes:
        name: of the column.
        rows: seen so far.
        present: values that are not missing.
        typed: the kind of a column that is not text.
        point: whether all are numbers as they are written.
        comma: whether all are numbers once a decimal comma is a point.
        boolean: whether all are truth values.
        date: whether all are dates.
        zones: by whether a time has a zone, the first row.
        distinct: the different values, up to `MANY`.
        separators: the commas and points of numbers.
    """

    name: str
    rows: int = 0
    present: int = 0
    typed: Kind | None = None
    point: bool = True
    comma: bool = True
    boolean: bool = True
    date: bool = True
    zones: dict[bool, int] = field(default_factory=dict)
    distinct: Any = None
    separators: Separators = field(default_factory=Separators)

    def see(self, chunk: Any, table: str, *, free: bool = False) -> None:
        """Take note of further values.

        Args:
            chunk: of Arrow.
            table: where they stand, for sentences.
            free: whether no comma parts the cells of their file.

        Raises:
            TableError: the values are of a type that is not read.
        """
        types, compute = load("pyarrow.types"), load("pyarrow.compute")
        kind = chunk.type
        if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or types.is_boolean(kind):
            self.typed = "boolean" if types.is_boolean(kind) else "number"
            self.present += len(chunk) - chunk.null_count
        elif types.is_date(kind) or types.is_timestamp(kind):
            self.typed = "date"
            self.present += len(chunk) - chunk.null_count
        elif types.is_dictionary(kind):
            self.typed = "category"
            self._see_texts(cleaned(chunk), compute, free)
        elif types.is_string(kind) or types.is_large_string(kind) or _is_view(kind):
            self._see_texts(cleaned(chunk), compute, free)
        elif not types.is_null(kind):
            raise TableError(
                f"{table}: the column '{self.name}' holds values of the type {kind}, but a column holds numbers, "
                "categories, truth values, dates or text; leave it out"
            )
        self.rows += len(chunk)

    def _see_texts(self, chunk: Any, compute: Any, free: bool) -> None:
        self.present += len(chunk) - chunk.null_count
        found = compute.unique(chunk).drop_null()
        if not len(found):
            return
        self.point = self.point and numbers(found) is not None
        self.comma = self.comma and numbers(found, comma=True) is not None
        if self.comma or self.separators.by_comma or self.separators.by_point:
            self.separators.see(found, chunk, self.rows, free=free)
        self.boolean = self.boolean and booleans(found) is not None
        if self.date and not self.comma and are_dates(found) and days_of_each(found):
            has = zoned(chunk)
            for flag in (True, False):
                place = compute.index(has, flag).as_py()
                if place >= 0:
                    self.zones.setdefault(flag, self.rows + place)
        else:
            self.date = False
        if self.distinct is None or len(self.distinct) <= MANY:
            arrow = load("pyarrow")
            before = [] if self.distinct is None else [self.distinct]
            self.distinct = compute.unique(arrow.concat_arrays([*before, found]))

    @property
    def kind(self) -> Kind:
        """The kind of the column."""
        if self.typed is not None:
            return self.typed
        if not self.present:
            return "category"
        if self.comma or self.point:
            return "number"
        if self.boolean:
            return "boolean"
        if self.date:
            return "date"
        compute = load("pyarrow.compute")
        mean = compute.mean(compute.utf8_length(self.distinct)).as_py()
        return "text" if len(self.distinct) >= SEVERAL and mean >= LONG else "category"

    @property
    def decimal_comma(self) -> bool:
        """Whether numbers are written with a decimal comma."""
        return self.typed is None and self.comma and not self.point

    @property
    def doubtful(self) -> tuple[int, str] | None:
        """The first row and value with a separator that may be of thousands; `None` where there is none."""
        return None if self.typed is not None else self.separators.doubtful(point=self.point, comma=self.comma)

    @property
    def nearly(self) -> str | None:
        """Numbers or dates, where nearly all of the different values are these; `None` elsewhere and where all are."""
        if self.typed is not None or self.kind not in CODED or not self.present:
            return None
        compute = load("pyarrow.compute")
        for what, fits in FITS.items():
            known = compute.sum(fits(self.distinct)).as_py()
            if known >= SEVERAL and len(self.distinct) - known <= STRAYS * known:
                return what
        return None


def days_of_each(values: Any) -> bool:
    """Return whether each text is a date of the calendar; of times with and without zone, each kind alone."""
    has = zoned(values)
    compute = load("pyarrow.compute")
    return all(days(values.filter(part)) is not None for part in (has, compute.invert(has)))


def _is_view(kind: Any) -> bool:
    return "string_view" in str(kind)
