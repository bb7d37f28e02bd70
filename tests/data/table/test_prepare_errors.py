"""Tables that do not fit: one sentence says what, where, and what would be right."""

import numpy as np
import pandas as pd
import pytest
from pupils import about, prepared, rows

from hypermaml.data.table.answer import encoded_description, encoded_rows

SECTOR = [["public", "private"][number % 2] for number in range(10)]


def at(frame, row, column, value):
    frame = frame.copy()
    frame[column] = frame[column].astype(object) if isinstance(value, str) else frame[column]
    frame.loc[row, column] = value
    return frame


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: prepared(target="score"),
            "rows has no column 'score', which target names; its columns are task, x, y",
        ),
        (
            lambda: prepared(task="Task"),
            "rows has no column 'Task', which task names; did you mean 'task'. Its columns",
        ),
        (lambda: prepared(inputs=("z",)), "rows has no column 'z', which inputs names"),
        (
            lambda: prepared(rows(c=[f"p{n}" for n in range(40)]), inputs=("x", "c")),
            "rows: 'c' has 40 different names in 40 rows, so it cannot be an input: leave it out of inputs",
        ),
        (
            lambda: prepared(descriptions=about(c=[f"name {n}" for n in range(10)]), described=("c",)),
            "'c' has 10 different names in 10 tasks, so it cannot describe one: leave it out of described",
        ),
        (lambda: prepared(described=("z",)), "rows has no column 'z', which described names"),
        (lambda: prepared(descriptions=about(), described=("s",)), "rows and descriptions together has no column 's'"),
        (lambda: prepared(groups="kin"), "rows has no column 'kin', which groups names"),
        (lambda: prepared(splits="part"), "rows has no column 'part', which splits names"),
        (lambda: prepared(descriptions=about().rename(columns={"task": "t"})), "descriptions has no column 'task'"),
        (
            lambda: prepared(at(rows(), 3, "y", np.nan)),
            "rows, row 4: the target 'y' is missing, but each row needs one",
        ),
        (lambda: prepared(at(rows(), 3, "y", np.inf)), "rows, row 4: the target 'y' is not finite"),
        (lambda: prepared(at(rows(), 3, "task", None)), "rows, row 4: 'task' is missing, but each row needs one"),
        (
            lambda: prepared(rows(y=["good", "bad"] * 20), classification=False),
            "rows, row 1: the target 'y' is 'good', but it must be a number",
        ),
        (
            lambda: prepared(rows(y=[str(n) for n in range(39)] + ["bad"])),
            "rows, row 40: the target 'y' is 'bad', but it must be a number",
        ),
        (
            lambda: prepared(rows(10, 20, y=[f"pupil {n}" for n in range(200)])),
            "rows, row 1: the target 'y' is text .'pupil 0'. with 200 different values, but it must be a number or one",
        ),
        (
            lambda: prepared(rows(y="a")),
            "rows: the target 'y' has one class, a, but a classification has from 2 to 100",
        ),
        (
            lambda: prepared(rows(10, 20), classification=True),
            "rows: the target 'y' has 200 different values, but a classification has from 2 to 100 classes",
        ),
        (
            lambda: prepared(rows(y=pd.Timestamp("2024-01-01"))),
            "rows: the target 'y' is a date, but it must be a number",
        ),
        (
            lambda: prepared(pd.concat([rows(), rows(11, 1).tail(1)])),
            "rows, row 41: the task 't10' has 1 row, but 2 shots and a query need 3; 1 task of 11 has too few rows: l",
        ),
        (lambda: prepared(shots=4), "10 tasks of 10 have too few rows: leave them out, or lower shots"),
        (lambda: prepared(rows(1)), "there is one task, 't0', but three splits need at least 3"),
        (lambda: prepared(rows(2)), "there are 2 tasks, t0, t1, but three splits need at least 3"),
        (
            lambda: prepared(descriptions=pd.concat([about(), about(1)])),
            "descriptions, row 11: the task 't0' is described again, after row 1: a task has one description",
        ),
        (
            lambda: prepared(descriptions=about(task=[f"s{n}" for n in range(10)])),
            "descriptions describes none of the tasks of rows: its 'task' has s0, s1, s2 and 7 more, but the tasks are",
        ),
        (lambda: prepared(descriptions=at(about(), 2, "task", None)), "descriptions, row 3: 'task' is missing"),
        (lambda: prepared(rows().drop(columns="x")), "rows: no column varies within a task beside the target"),
        (lambda: prepared(inputs=("x", "y")), "inputs names 'y', but that is the target"),
        (
            lambda: prepared(inputs=("x",), described=("x",)),
            "inputs and described both name 'x', but a column is one of",
        ),
        (lambda: prepared(task="y"), "task and target both name 'y', but they are different columns"),
        (
            lambda: prepared(rows(w=range(40)), described=("x",)),
            "rows, row 2: 'x', which described names, is 1, but in another row of the task 't0' it is 0: it must be co",
        ),
        (lambda: prepared(kinds={"X": "number"}), "rows has no column 'X', which kinds names; did you mean 'x'"),
        (
            lambda: prepared(splits={"meta-train": ["t0"]}),
            "splits has meta-train, but there must be meta-train and meta-val",
        ),
        (
            lambda: prepared(splits={"meta-train": ["t0"], "meta-validation": ["t1"], "meta-test": ["t99"]}),
            "the split meta-test has the task 't99', which has no rows",
        ),
        (
            lambda: prepared(splits={"meta-train": ["t0"], "meta-validation": ["t1"], "meta-test": ["t1"]}),
            "the task 't1' is in the splits meta-validation and meta-test",
        ),
        (
            lambda: prepared(splits={"meta-train": ["t0", "t0"], "meta-validation": ["t1"]}),
            "the task 't0' is twice in meta-train",
        ),
        (
            lambda: prepared(splits={"meta-train": ["t0"], "meta-validation": [], "meta-test": ["t1"]}),
            "the split meta-validation has no task",
        ),
        (lambda: prepared(splits=[1]), "splits is .1., but it must be the name of a column, or the names of the tasks"),
        (
            lambda: prepared(descriptions=about(part=["train", "test"] * 5), splits="part"),
            "'part' has the splits train, test, but there must be meta-train and meta-validation",
        ),
        (
            lambda: prepared(descriptions=about(part=["train"] * 9 + [None]), splits="part"),
            "the task 't9' has no 'part', which splits names: each task needs one",
        ),
        (
            lambda: prepared(descriptions=about(kin=["a", "b"] * 5), groups="kin"),
            "the tasks have 2 groups, but three spl",
        ),
        (
            lambda: prepared(
                rows(c=[f"long text of more than thirty characters {n}" for n in range(40)]), inputs=("c",)
            ),
            "rows, row 1: 'c' is free text, but an input is a number or a category",
        ),
    ],
)
def test_what_does_not_fit_is_one_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        call()
    assert "\n" not in str(caught.value)


FOUND = prepared(rows(kind=["a", "b"] * 20), about(sector=SECTOR))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: encoded_rows(pd.DataFrame({"X": [1.0]}), FOUND.inputs),
            "the inputs have no column 'x'; did you mean 'X'",
        ),
        (
            lambda: encoded_rows(np.ones((3, 3)), FOUND.inputs),
            r"inputs have the shape \(3, 3\), but it must be \(rows, 2\)",
        ),
        (lambda: encoded_rows(pd.DataFrame({"x": [], "kind": []}), FOUND.inputs), "inputs has no rows"),
        (
            lambda: encoded_rows({"x": [1.0, "two"], "kind": ["a", "b"]}, FOUND.inputs),
            "inputs, row 2: 'x' is two, text, but in row 1 it is a number",
        ),
        (
            lambda: encoded_rows({"x": ["1", "two"], "kind": ["a", "b"]}, FOUND.inputs),
            "inputs, row 2: 'x' is 'two', but it must be a number",
        ),
        (
            lambda: encoded_description({"Sector": "a"}, FOUND.described, ()),
            "the description has 'Sector', but tasks are not described by it; did you mean 'sector'",
        ),
        (
            lambda: encoded_description([1.0], FOUND.described, ()),
            "the description has 1 values, but it must have 2: z, sector; or give them by name",
        ),
        (
            lambda: encoded_description({"z": "big"}, FOUND.described, ()),
            "the description, row 1: 'z' is 'big', but it must be a number",
        ),
        (
            lambda: encoded_description({"z": [1.0, 2.0]}, FOUND.described, ()),
            "the description has 2 values of 'z', but a task has one",
        ),
    ],
)
def test_new_rows_and_descriptions_that_do_not_fit_are_one_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
