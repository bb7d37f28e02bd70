"""What one changes on the page: sliders of numbers and choices, and the check of what comes back."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

MOST_POINTS = 24


@dataclass(frozen=True)
class Slider:
    """A number.

    Attributes:
        name: in requests.
        label: on the page.
        least: lowest value.
        most: highest value.
        value: in the beginning.
        step: of an arrow key.
        date: whether the number is days since 2000-01-01.
    """

    name: str
    label: str
    least: float
    most: float
    value: float
    step: float
    date: bool = False

    def read(self, given: Any) -> float:
        """Return the number.

        Raises:
            ValueError: it is not one, or out of its range.
        """
        number = as_number(self.name, given)
        slack = 1e-6 * (self.most - self.least)
        if not self.least - slack <= number <= self.most + slack:
            raise ValueError(f"{self.name} is {number:g}, but it must be from {self.least:g} to {self.most:g}")
        return min(max(number, self.least), self.most)


@dataclass(frozen=True)
class Choice:
    """One of several names.

    Attributes:
        name: in requests.
        label: on the page.
        options: to choose from; an empty one stands for a missing value.
        value: in the beginning.
    """

    name: str
    label: str
    options: tuple[str, ...]
    value: str

    def read(self, given: Any) -> str:
        """Return the name.

        Raises:
            ValueError: it is none of the options.
        """
        if given not in self.options:
            known = ", ".join(option or "''" for option in self.options[:10])
            raise ValueError(f"{self.name} is {shortened(given)}, but it must be one of {known}")
        return given


Control = Slider | Choice


def slider(name: str, values: Sequence[float], *, label: str = "", value: float | None = None) -> Slider:
    """Return a slider over the range of these values, in steps of a hundredth of a power of ten."""
    low, high = min(values), max(values)
    if high <= low:
        low, high = low - 1, high + 1
    step = 10.0 ** (math.floor(math.log10(high - low)) - 2)
    least, most = math.floor(low / step / 10) * step * 10, math.ceil(high / step / 10) * step * 10
    start = (low + high) / 2 if value is None else min(max(value, least), most)
    return Slider(name, label or name, rounded(least), rounded(most), rounded(start), rounded(step))


def rounded(value: float) -> float:
    """Return a number without the noise of its last digits."""
    return float(f"{value:.6g}")


def within(sliders: Sequence[Any], values: Sequence[float] | np.ndarray) -> dict[str, float]:
    """Return the values by name, each within the range of its slider."""
    pairs = zip(sliders, values, strict=True)
    return {each.name: rounded(min(max(float(value), each.least), each.most)) for each, value in pairs}


def shown(controls: Sequence[Control]) -> list[dict[str, Any]]:
    """Return controls as JSON values."""
    return [asdict(each) for each in controls]


def values_of(controls: Sequence[Control], given: Any, what: str) -> dict[str, Any]:
    """Return the value of each control.

    Args:
        controls: all of them.
        given: by name, from the page.
        what: they are, for the sentence.

    Raises:
        ValueError: a value is missing, unknown or out of its range.
    """
    names = [each.name for each in controls]
    if not isinstance(given, Mapping) or set(given) != set(names):
        wanted = ", ".join(names) or "nothing"
        raise ValueError(f"{what} is {shortened(given)}, but it must give {wanted} by name")
    return {each.name: each.read(given[each.name]) for each in controls}


def points_of(given: Any, width: int) -> list[list[float]]:
    """Return the support points.

    Args:
        given: one list of numbers a point.
        width: numbers of a point.

    Raises:
        ValueError: there are too many, or one is not so many finite numbers.
    """
    if not isinstance(given, list):
        raise ValueError(f"the points are {shortened(given)}, but they must be a list")
    if len(given) > MOST_POINTS:
        raise ValueError(f"there are {len(given)} points, but at most {MOST_POINTS} fit: remove some")
    for number, point in enumerate(given, start=1):
        if not isinstance(point, list) or len(point) != width:
            raise ValueError(f"point {number} is {shortened(point)}, but it must be {width} numbers")
    return [[as_number(f"point {number}", each) for each in point] for number, point in enumerate(given, start=1)]


def as_number(name: str, given: Any) -> float:
    """Return a finite number.

    Raises:
        ValueError: it is something else.
    """
    if isinstance(given, bool) or not isinstance(given, int | float) or not abs(given) <= 1e9:
        raise ValueError(f"{name} is {shortened(given)}, but it must be a number between -1e9 and 1e9")
    return float(given)


def as_count(name: str, given: Any, below: int) -> int:
    """Return a whole number from 0 on.

    Raises:
        ValueError: it is something else, or too large.
    """
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given < below:
        raise ValueError(f"{name} is {shortened(given)}, but it must be a whole number from 0 to {below - 1}")
    return given


def shortened(given: Any) -> str:
    """Return a value as text of one line."""
    text = repr(given)
    return text if len(text) <= 60 else f"{text[:60]}…"
