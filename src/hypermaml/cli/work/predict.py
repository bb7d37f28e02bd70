"""Predictions beside the rows that they are of."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hypermaml._misc.atomic import write_atomic
from hypermaml.cli.work.models import open_model
from hypermaml.data.rows import Rows

COLUMN = "prediction"


def predict(model: str, file: str, out: Path | None) -> None:
    """Write the rows of a file with their predictions, or print them.

    Args:
        model: the file of an adapted model.
        file: with the inputs.
        out: `None` to print.
    """
    found = open_model(model)
    predictions = found.predict(found.family.read_inputs(Path(file)))
    if isinstance(predictions, list):
        text = in_lines(Path(file), predictions)
    else:
        text = as_csv(found.family.read_cells(Path(file)), predictions)
    if out is None:
        print(text, end="")
    else:
        write_atomic(out, text)
        count = len(predictions)
        print(f"Predictions: {out}, {count} row{'s' * (count != 1)}")


def in_lines(path: Path, predictions: Sequence[Any]) -> str:
    """Return each line of a file of JSON objects with its prediction."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    rows = [json.loads(line) | {COLUMN: found} for line, found in zip(lines, predictions, strict=True)]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def as_csv(rows: Rows, predictions: np.ndarray) -> str:
    """Return the rows of a table with a column for each entry of a prediction."""
    found = np.asarray(predictions)
    flat = found.reshape(len(found), -1)
    names = [COLUMN] if flat.shape[1] == 1 else [f"{COLUMN}_{index}" for index in range(flat.shape[1])]
    if len(rows.cells) != len(flat):
        raise ValueError(f"{rows.path} has {len(rows.cells)} rows, but there are {len(flat)} predictions")
    twice = [name for name in names if name in rows.names]
    if twice:
        raise ValueError(f"{rows.path} has a column '{twice[0]}' already, so that there would be two: rename it")
    text = io.StringIO()
    writer = csv.writer(text, delimiter=rows.delimiter, lineterminator="\n")
    if rows.names:
        writer.writerow([*rows.names, *names])
    for cells, values in zip(rows.cells, flat.tolist(), strict=True):
        writer.writerow([*cells, *values])
    return text.getvalue()
