"""Columns as numbers that a network reads, by statistics of the meta-training tasks.

An encoding is a frozen dataclass of numbers and names, so that it is saved with a trained method.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from hypermaml.data.table.column import Column, Kind, TableError

YEAR = 365.2425  # days
NOISE = 1e-9  # of the mean: a deviation that is rounding
LEVELS = 50  # categories of a column that have an entry of their own, at most


def spread(mean: float, deviation: float) -> float:
    """Return a deviation to divide by: 1 where all values are equal but for rounding."""
    return deviation if deviation > NOISE * abs(mean) else 1.0


@dataclass(frozen=True)
class Scaled:
    """A number, a truth value, or a date as days since 2000-01-01, with mean 0 and deviation 1 in meta-training.

    A missing value is the mean. Where values are missing in meta-training, a further entry is 1 for a missing one.

    Attributes:
        name: of the column.
        kind: number, boolean or date.
        mean: over meta-training.
        deviation: over meta-training.
        indicator: whether a further entry says that a value is missing.
        yearly: whether two further entries are the sine and the cosine of a date within the year.
    """

    name: str
    kind: Kind
    mean: float
    deviation: float
    indicator: bool
    yearly: bool = False

    @classmethod
    def fit(cls, column: Column) -> Scaled:
        """Measure a column of meta-training."""
        present = column.values[~column.missing]
        mean, deviation = (float(present.mean()), float(present.std())) if len(present) else (0.0, 0.0)
        span = np.ptp(present) if len(present) else 0.0
        yearly = column.kind == "date" and bool(span >= YEAR)
        return cls(column.name, column.kind, mean, spread(mean, deviation), bool(column.missing.any()), yearly)

    @property
    def width(self) -> int:
        """The number of entries."""
        return 1 + 2 * self.yearly + self.indicator

    def __call__(self, column: Column) -> Float[np.ndarray, "row entry"]:
        """Return the entries of each value."""
        missing = column.missing
        entries = [np.where(missing, 0.0, (column.values - self.mean) / self.deviation)]
        if self.yearly:
            angle = 2 * np.pi * column.values / YEAR
            entries += [np.where(missing, 0.0, wave(angle)) for wave in (np.sin, np.cos)]
        if self.indicator:
            entries.append(missing.astype(float))
        return np.stack(entries, axis=1)

    def describe(self) -> str:
        """Return what becomes of the column, in words."""
        parts = [f"mean {self.mean:.4g}, deviation {self.deviation:.4g}"]
        parts += ["time of the year"] if self.yearly else []
        return ", ".join([*parts, *(["missing: the mean, with an indicator"] if self.indicator else [])])


@dataclass(frozen=True)
class OneHot:
    """A category, with an entry for each level that meta-training has.

    A missing value has an entry of its own where values are missing in meta-training, and rare levels share one where
    there are more than 50. Other missing or unseen categories have the shares of the levels, which is the average task.

    Attributes:
        name: of the column.
        levels: with an entry of their own.
        shares: the mean of each entry over meta-training.
        rare: whether an entry stands for rare and unseen levels.
        indicator: whether an entry stands for missing values.
    """

    name: str
    levels: tuple[str, ...]
    shares: tuple[float, ...]
    rare: bool
    indicator: bool
    kind: Kind = "category"

    @classmethod
    def fit(cls, column: Column) -> OneHot:
        """Count the levels of a column of meta-training."""
        counts = Counter(dict(enumerate(np.bincount(column.values[~column.missing], minlength=len(column.levels)))))
        seen = [code for code, count in counts.most_common() if count]
        kept = sorted(seen[:LEVELS])
        levels = tuple(column.levels[code] for code in kept)
        bare = cls(column.name, levels, (), len(seen) > LEVELS, bool(column.missing.any()))
        shares = bare._hot(column).mean(axis=0)
        return cls(bare.name, levels, tuple(map(float, shares)), bare.rare, bare.indicator)

    @property
    def width(self) -> int:
        """The number of entries."""
        return len(self.levels) + self.rare + self.indicator

    def _places(self, column: Column) -> np.ndarray:
        """Return the entry of each value; -1 for an unseen level and for a missing value without entries."""
        known = {level: place for place, level in enumerate(self.levels)}
        rare = len(self.levels) if self.rare else -1
        absent = self.width - 1 if self.indicator else -1
        of_code = np.array([*(known.get(level, rare) for level in column.levels), absent], int)
        return of_code[column.values]

    def _hot(self, column: Column) -> Float[np.ndarray, "row entry"]:
        return (self._places(column)[:, None] == np.arange(self.width)).astype(float)

    def __call__(self, column: Column) -> Float[np.ndarray, "row entry"]:
        """Return the entries of each value."""
        return np.where((self._places(column) < 0)[:, None], np.asarray(self.shares), self._hot(column))

    def describe(self) -> str:
        """Return what becomes of the column, in words."""
        shown = ", ".join(self.levels[:6]) + (", …" if len(self.levels) > 6 else "")
        parts = [f"{len(self.levels)} categories: {shown}"]
        parts += ["rare ones together"] if self.rare else []
        return "; ".join([*parts, *(["missing: a category of its own"] if self.indicator else [])])


@dataclass(frozen=True)
class Embedded:
    """A free text by its vector; a missing one has the mean vector of meta-training.

    Attributes:
        name: of the column.
        embed: gives a vector for each of several texts.
        mean: vector over meta-training.
    """

    name: str
    embed: Callable[[Sequence[str]], np.ndarray]
    mean: tuple[float, ...]
    kind: Kind = "text"

    @classmethod
    def fit(cls, column: Column, embed: Callable[[Sequence[str]], np.ndarray]) -> Embedded:
        """Embed the texts of meta-training.

        Raises:
            TableError: a package that embeds texts is not installed.
        """
        used = np.unique(column.values[~column.missing])
        try:
            vectors = np.asarray(embed([column.levels[code] for code in used]), float)
        except (FileNotFoundError, ModuleNotFoundError) as error:
            raise TableError(
                f"'{column.name}' is free text, which describes a task by its sentence vector: {error}; or leave the "
                "column out"
            ) from None
        return cls(column.name, embed, tuple(map(float, vectors.mean(axis=0))))

    @property
    def width(self) -> int:
        """The number of entries."""
        return len(self.mean)

    def __call__(self, column: Column) -> Float[np.ndarray, "row entry"]:
        """Return the vector of each text."""
        found = np.tile(np.asarray(self.mean), (len(column.values), 1))
        present = np.flatnonzero(~column.missing)
        if len(present):
            used, of_row = np.unique(column.values[present], return_inverse=True)
            found[present] = np.asarray(self.embed([column.levels[code] for code in used]), float)[of_row]
        return found

    def describe(self) -> str:
        """Return what becomes of the column, in words."""
        return f"a vector of {self.width} numbers"


Encoding = Scaled | OneHot | Embedded


def fit(column: Column, embed: Callable[[Sequence[str]], np.ndarray] | None = None) -> Encoding:
    """Return the encoding of a column, from the values of meta-training.

    Args:
        column: these values.
        embed: for free text.
    """
    if column.kind == "text" and embed is not None:
        return Embedded.fit(column, embed)
    return OneHot.fit(column) if column.coded else Scaled.fit(column)


def encoded(encodings: Sequence[Encoding], columns: Sequence[Column], rows: int) -> Float[np.ndarray, "row entry"]:
    """Return the entries of all columns, side by side, in this number of rows."""
    parts = [encoding(column) for encoding, column in zip(encodings, columns, strict=True)]
    return np.concatenate([np.zeros((rows, 0)), *parts], axis=1).astype(np.float32)
