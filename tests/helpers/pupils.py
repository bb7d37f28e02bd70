"""A table of tasks and one of their descriptions, with any columns."""

import numpy as np
import pandas as pd

from hypermaml.data.table.prepare import Prepared, prepare
from hypermaml.data.table.question import Question


def rows(tasks=10, each=4, **columns) -> pd.DataFrame:
    count = tasks * each
    own = {"task": np.repeat([f"t{number}" for number in range(tasks)], each), "x": np.arange(count) % 7.0}
    return pd.DataFrame({**own, "y": np.arange(count) * 1.0, **columns})


def about(tasks=10, **columns) -> pd.DataFrame:
    return pd.DataFrame({"task": [f"t{number}" for number in range(tasks)], "z": np.arange(tasks) ** 2.0, **columns})


def by_length(texts):
    return np.array([[len(text), 1.0] for text in texts])


def prepared(given=None, descriptions=None, shots=2, embed=by_length, **asked) -> Prepared:
    question = Question(**{"task": "task", "target": "y", **asked})
    return prepare(rows() if given is None else given, descriptions, question, shots=shots, embed=embed)


def each_task(values, each=4):
    return np.repeat(values, each)
