"""The columns of recorded tasks as controls and points, and back to what the model reads."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hypermaml.data.table.column import Column
from hypermaml.data.table.encode import Encoding, OneHot, Scaled, encoded
from hypermaml.explore.controls import Choice, Control, Slider, rounded, slider
from hypermaml.families.table import TableFamily

CLASSES = ("false", "true")


def inputs_of(family: Any) -> Sequence[Encoding | None]:
    """Return how each input of a table is read; of arrays `None` for each entry."""
    if isinstance(family, TableFamily):
        return family.columns.inputs
    return [None] * (family.input_shape[0] if len(family.input_shape) == 1 else 0)


def layout(family: Any) -> tuple[list[str], list[int], np.ndarray, np.ndarray]:
    """Return of each input its name, its entry, and the mean and the deviation that it is standardized by."""
    names, places, means, deviations, place = [], [], [], [], 0
    for number, encoding in enumerate(inputs_of(family), start=1):
        names.append(f"x{number}" if encoding is None else encoding.name)
        places.append(place)
        place += 1 if encoding is None else encoding.width
        scaled = isinstance(encoding, Scaled)
        means.append(encoding.mean if scaled else 0.0)
        deviations.append(encoding.deviation if scaled else 1.0)
    return names if len(names) > 1 or names != ["x1"] else ["x"], places, np.asarray(means), np.asarray(deviations)


def encoded_points(family: Any, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs and outputs of points as the model reads them."""
    count, inputs, y = len(points), points[:, :-1], points[:, -1]
    if isinstance(family, TableFamily):
        columns = [Column(each.name, each.kind, inputs[:, place]) for place, each in enumerate(family.columns.inputs)]
        x = encoded(family.columns.inputs, columns, count)
        y = y if family.classes else family.columns.target.standardized(y)
    else:
        x = inputs.astype(np.float32)
    kind = np.int32 if family.classes else np.float32
    return x, (y > 0.5).astype(kind) if family.classes else y.astype(kind).reshape(count, *family.output_shape)


def controls(family: Any, training: np.ndarray) -> list[Control]:
    """Return a control for each column that describes a task, over the range of meta-training; text has none."""
    if not isinstance(family, TableFamily):
        width = training.shape[1]
        names = ["description"] if width == 1 else [f"description {number}" for number in range(1, width + 1)]
        return [slider(name, column.tolist()) for name, column in zip(names, training.T, strict=True)]
    found, place = list[Control](), 0
    for each in family.columns.described:
        column = training[:, place]
        place += each.width
        if isinstance(each, OneHot):
            options = (*each.levels, *([""] if each.indicator else []))
            found.append(Choice(each.name, each.name, options, options[0]))
        elif isinstance(each, Scaled) and each.kind == "boolean":
            found.append(Choice(each.name, each.name, CLASSES, CLASSES[0]))
        elif isinstance(each, Scaled):
            values = column * each.deviation + each.mean
            made = slider(each.name, values.tolist(), value=each.mean)
            if each.kind == "date":
                least, most, value = (float(round(number)) for number in (made.least, made.most, made.value))
                made = Slider(each.name, each.name, least, most, value, 1.0, date=True)
            found.append(made)
    return found


def described(own: Sequence[Control], family: Any, task: int) -> dict[str, Any]:
    """Return the value of each control that describes a task of the family; a missing number is its mean."""
    row, known = np.asarray(family.descriptions)[task], {each.name: each for each in own}
    if not isinstance(family, TableFamily):
        return {name: rounded(float(value)) for name, value in zip(known, row, strict=False)}
    found, place = dict[str, Any](), 0
    for each in family.columns.described:
        entries = row[place : place + each.width]
        place += each.width
        control = known.get(each.name)
        if isinstance(control, Choice) and isinstance(each, OneHot):
            found[each.name] = _level(each, entries)
        elif isinstance(control, Choice) and isinstance(each, Scaled):
            found[each.name] = CLASSES[int(entries[0] * each.deviation + each.mean > 0.5)]
        elif isinstance(control, Slider) and isinstance(each, Scaled):
            value = float(entries[0] * each.deviation + each.mean)
            found[each.name] = rounded(min(max(value, control.least), control.most))
    return found


def _level(each: OneHot, entries: np.ndarray) -> str:
    """Return the level of these entries, "" where it is missing; of a rare or an unseen one the first."""
    place = int(np.argmax(entries))
    if place < len(each.levels):
        return each.levels[place]
    return "" if each.indicator and place == each.width - 1 else each.levels[0]


def encoded_description(family: Any, values: Mapping[str, Any]) -> np.ndarray:
    """Return the values of the controls as the entries of a description; a column without a control is missing."""
    if not isinstance(family, TableFamily):
        return np.asarray(list(values.values()), np.float32)
    columns = [_column(each, values.get(each.name)) for each in family.columns.described]
    return encoded(family.columns.described, columns, 1)[0]


def _column(each: Encoding, value: Any) -> Column:
    """Return one value as a column of the encoding's kind."""
    if isinstance(each, Scaled):
        number = math.nan if value is None else CLASSES.index(value) if value in CLASSES else value
        return Column(each.name, each.kind, np.asarray([number], float))
    levels = (value,) if value else ()
    return Column(each.name, each.kind, np.asarray([len(levels) - 1]), levels)
