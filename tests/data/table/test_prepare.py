"""Tables as arrays: what is an input, what describes a task, what is left out, and what does not fit."""

import numpy as np
import pandas as pd
import pytest

from hypermaml.data.table.answer import cells_of, encoded_description, encoded_rows, targets_of
from hypermaml.data.table.encode import Scaled, spread
from hypermaml.data.table.prepare import Prepared, prepare
from hypermaml.data.table.question import Question
from hypermaml.data.table.read import read_table
from hypermaml.data.table.source import open_source
from hypermaml.data.table.target import Target


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


SECTOR = [["public", "private"][number % 2] for number in range(10)]


def test_what_varies_within_tasks_is_an_input_and_what_does_not_describes_them():
    found = prepared(rows(sector=each_task(SECTOR), size=each_task(np.arange(10.0)), kind=["a", "b"] * 20))
    assert [encoding.name for encoding in found.inputs] == ["x", "kind"]
    assert [encoding.name for encoding in found.described] == ["sector", "size"]
    assert found.x.shape == (10, 4, 3)
    assert found.descriptions.shape == (10, 3)


def test_a_table_of_descriptions_is_matched_by_the_name_of_the_task():
    mixed = about(sector=SECTOR).sample(frac=1, random_state=0)
    found, wanted = prepared(descriptions=mixed), prepared(descriptions=about(sector=SECTOR))
    np.testing.assert_array_equal(found.descriptions, wanted.descriptions)
    assert [encoding.name for encoding in found.described] == ["z", "sector"]
    numbers = prepared(rows(task=each_task(np.arange(10))), about(task=np.arange(10.0)))
    assert numbers.tasks == tuple(map(str, range(10)))
    np.testing.assert_array_equal(numbers.descriptions, prepared(descriptions=about()).descriptions)


def test_statistics_are_of_meta_training_alone():
    splits = {"meta-train": ["t0", "t1"], "meta-validation": ["t2"], "meta-test": ["t3", "t4"]}
    one = rows(5)
    other = one.assign(x=one["x"].where(one["task"].isin(["t0", "t1"]), 1000.0), y=one["y"] ** 2)
    other["y"] = one["y"].where(one["task"].isin(["t0", "t1"]), 1e6)
    found, changed = prepared(one, splits=splits), prepared(other, splits=splits)
    assert found.inputs == changed.inputs
    assert found.target == changed.target
    assert found.target.mean == one["y"].head(8).mean()
    np.testing.assert_allclose(found.y[:2].std(), 1, rtol=1e-6)


def test_missing_values_are_the_mean_with_an_indicator_or_a_category_of_their_own():
    x, kind = np.arange(40) % 7.0, np.array(["a", "b"] * 20, object)
    x[[0, 5]], kind[3] = np.nan, None
    splits = {"meta-train": [f"t{n}" for n in range(8)], "meta-validation": ["t8"], "meta-test": ["t9"]}
    found = prepared(rows(x=x, kind=kind), splits=splits)
    number, category = found.inputs
    assert (number.width, category.width) == (2, 3)
    np.testing.assert_array_equal(found.x[0, 0, :2], [0, 1])
    np.testing.assert_array_equal(found.x[0, 3, 2:], [0, 0, 1])
    assert any("missing values in x, kind" in note for note in found.table.notes)
    assert "missing: the mean, with an indicator" in str(found.table)
    assert "missing: a category of its own" in str(found.table)


def test_infinite_inputs_count_as_missing_and_are_said():
    x = np.arange(40) % 7.0
    x[6] = np.inf
    found = prepared(rows(x=x))
    assert np.isfinite(found.x).all()
    assert "'x' has 1 infinite value, which count as missing (rows, row 7)" in found.table.notes
    x[6] = -1e308  # overflows in a mean square
    found = prepared(rows(x=x))
    assert np.isfinite(found.x).all()
    assert "'x' has 1 value beyond 1e+30, which count as missing (rows, row 7)" in found.table.notes


def test_a_new_task_may_have_unseen_categories_and_missing_values():
    found = prepared(descriptions=about(sector=SECTOR))

    def encode(given):
        return encoded_description(given, found.described, found.ignored)

    whole = encode({"sector": "public", "z": 4.0, "task": "new"})
    np.testing.assert_array_equal(encode(about(sector=SECTOR).loc[2]), whole)
    np.testing.assert_array_equal(encode(about(sector=SECTOR).iloc[[2]]), whole)
    np.testing.assert_array_equal(encode([4.0, "public"]), whole)
    np.testing.assert_array_equal(encode({"sector": "public", "z": "4"}), whole)
    shares = found.described[1].shares
    np.testing.assert_allclose(encode({"sector": "church"}), [0, *shares], rtol=1e-6)
    np.testing.assert_allclose(encode({"sector": None, "z": np.nan}), [0, *shares], rtol=1e-6)
    np.testing.assert_array_equal(encode(None), encode({}))


def test_new_rows_are_read_by_name_or_by_position():
    found = prepared(rows(kind=["a", "b"] * 20))
    frame = pd.DataFrame({"kind": ["b", "new", None], "other": [1, 2, 3], "x": [1.0, None, 3.0]})
    seen = encoded_rows(frame, found.inputs)
    assert seen.shape == (3, 3)
    np.testing.assert_allclose(seen[1:, 1:], [found.inputs[1].shares] * 2, rtol=1e-6)
    array = np.array([[1.0, "b"], [None, "new"], [3.0, None]], object)
    np.testing.assert_array_equal(encoded_rows(array, found.inputs), seen)
    np.testing.assert_array_equal(encoded_rows({"x": 1.0, "kind": "b"}, found.inputs), seen[:1])


def test_rare_categories_share_an_entry():
    kind = [f"k{number % 60:02}" for number in range(200)]
    found = prepared(rows(10, 20, kind=kind), splits=None)
    encoding = found.inputs[1]
    assert (len(encoding.levels), encoding.rare) == (50, True)
    seen = encoded_rows({"x": [0.0, 0.0], "kind": ["never seen", encoding.levels[0]]}, found.inputs)
    np.testing.assert_array_equal(seen[0, 1:], [0] * 50 + [1])
    assert seen[1, 1:].argmax() == 0


def test_dates_are_days_and_the_time_of_the_year():
    days = pd.date_range("2020-01-01", periods=40, freq="29D")
    found = prepared(rows(day=days))
    assert found.inputs[1].yearly
    same = encoded_rows({"x": [0.0] * 2, "day": [days[0], pd.Timestamp("2021-01-01")]}, found.inputs)
    np.testing.assert_allclose(same[0, 2:], same[1, 2:], atol=0.02)
    assert not prepared(rows(day=pd.date_range("2020-01-01", periods=40))).inputs[1].yearly


def test_text_describes_a_task_by_its_vector():
    texts = [f"a long description of the task, of words and more words!{'!' * number}" for number in range(10)]
    found = prepared(descriptions=about(text=texts))
    assert [encoding.kind for encoding in found.described] == ["number", "text"]
    np.testing.assert_allclose(found.descriptions[:, 1], [len(text) for text in texts])
    seen = encoded_description({"text": "short"}, found.described, found.ignored)
    np.testing.assert_allclose(seen[1:], [5, 1])


def test_text_without_a_model_that_embeds_it_is_one_sentence():
    def absent(texts):
        raise FileNotFoundError("the package is not installed: pip install it")

    texts = [f"a long description of the task, of words and more words {number}" for number in range(10)]
    with pytest.raises(ValueError, match=r"'text' is free text, .*: the package is not installed: pip install it; or"):
        prepared(descriptions=about(text=texts), embed=absent)


def test_classes_are_as_they_are_given():
    assert prepared(rows(y=["ham", "spam"] * 20)).target.classes == ("ham", "spam")
    assert prepared(rows(y=[True, False] * 20)).target.classes == (False, True)
    assert prepared(rows(y=[3, 5] * 20), classification=True).target.classes == (3, 5)
    assert prepared(rows(y=[True, False] * 20), classification=False).target.classes == ()
    plain = prepared(rows(y=[0, 1] * 20))
    assert plain.target.classes == ()
    assert any("is 0 or 1 and is read as a number" in note for note in plain.table.notes)


def test_groups_stay_together_in_one_split():
    kin = [f"g{number // 2}" for number in range(20)]
    for seed in range(5):
        found = prepared(rows(20), about(20, kin=kin), groups="kin", seed=seed)
        where = {task: split for split, members in found.splits.items() for task in members.tolist()}
        assert len(where) == 20
        assert all(where[task] == where[task + 1] for task in range(0, 20, 2))
        assert [len(members) for members in found.splits.values()] == [14, 2, 4]
        assert "kin" not in [encoding.name for encoding in found.described]


def test_a_column_may_hold_the_split():
    column = ["meta-train"] * 7 + ["meta-validation", "meta-test", "far"]
    found = prepared(descriptions=about(part=column), splits="part")
    assert {name: members.tolist() for name, members in found.splits.items()} == {
        "meta-train": list(range(7)),
        "meta-validation": [7],
        "meta-test": [8],
        "far": [9],
    }
    again = prepared(rows(part=each_task(column)), splits="part")
    assert [len(members) for members in again.splits.values()] == [7, 1, 1, 1]
    assert again.described == ()


def test_the_split_depends_on_names_and_seed_and_not_on_the_order_of_rows():
    mixed = rows().sample(frac=1, random_state=0)
    assert prepared(mixed).tasks == prepared().tasks
    for name, members in prepared(mixed, seed=1).splits.items():
        np.testing.assert_array_equal(members, prepared(seed=1).splits[name])


@pytest.mark.parametrize(
    ("given", "descriptions", "note"),
    [
        (rows(c=1), None, "'c' is 1 everywhere and is left out"),
        (rows(c=np.nan), None, "'c' has no values and is left out"),
        (rows(c=[f"p{n}" for n in range(40)]), None, "'c' has 40 different names in 40 rows and is left out"),
        (
            rows(c=[f"a very long text of more than thirty characters: {n % 15}" for n in range(40)]),
            None,
            "'c' is free text and is left out: text can describe a task, but is not an input",
        ),
        (None, about(c="same"), "'c' is same everywhere and is left out"),
        (None, about(c=[f"name {n}" for n in range(10)]), "'c' has 10 different names in 10 tasks and is left out"),
        (rows(c=each_task(SECTOR)), about(), "'c' is constant within tasks and is left out: described can name it"),
        (None, about(12), "2 descriptions of tasks without rows left out: 't10' (descriptions, row 11)"),
        (None, about(9), "1 task without a description, all its values missing: 't9'"),
        (
            pd.concat([rows(), rows().head(3)]),
            None,
            "3 rows equal an earlier one (rows, row 41): all are kept, so that a row may be in support and in query",
        ),
        (
            rows(c=[str(n % 5) for n in range(40)]),
            None,
            "'c' holds numbers as text and is read as numbers; kinds={'c': 'category'} makes it a category",
        ),
    ],
)
def test_what_is_left_out_is_said(given, descriptions, note):
    assert note in prepared(given, descriptions).table.notes


def test_empty_rows_of_a_spreadsheet_are_left_out_and_said(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(rows().to_csv(index=False) + ",,\n,,\n")
    found = prepared(path)
    assert found.table.rows == 40
    assert f"{path}: 2 rows are empty and left out ({path}, row 42)" in found.table.notes


def test_the_description_shows_each_column():
    found = prepared(rows(c=1), about(sector=SECTOR, kin=SECTOR), groups=None)
    lines = str(found.table).splitlines()
    assert lines[0].startswith("40 rows of 10 tasks, ")
    assert [line.split()[0] for line in lines[1:9]] == ["column", "task", "y", "x", "z", "sector", "kin", "c"]
    assert lines[8].split()[1:3] == ["left", "out"]


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


def test_rounding_noise_is_not_a_deviation():
    assert spread(0.1, 1e-17) == 1.0
    assert spread(0.0, 0.0) == 1.0
    assert spread(1e-12, 1e-13) == 1e-13


def test_classes_in_files_are_those_of_the_training(tmp_path):
    path = tmp_path / "few.parquet"
    pd.DataFrame({"y": [True, False]}).to_parquet(path)
    assert targets_of(path, Target("y", (False, True))) == [True, False]
    path = tmp_path / "few.csv"
    path.write_text("y,x\n1.0,3\n0,4\n")
    assert targets_of(path, Target("y", (0, 1))) == [1, 0]
    path.write_text("y,x\n007,3\n7,4\n")
    assert targets_of(path, Target("y", ("007", "7"))) == ["007", "7"]
    path.write_text("y,x\n2,3\n")
    with pytest.raises(ValueError, match=r"few\.csv, row 2: 'y' is '2', but it must be one of 0, 1"):
        targets_of(path, Target("y", (0, 1)))


def test_a_description_of_undescribed_tasks_is_not_ignored():
    assert encoded_description({"note": 3}, (), ("note",)).shape == (0,)
    with pytest.raises(ValueError, match="the description has 'size', but tasks are not described by it; no column"):
        encoded_description({"size": 3}, (), ("note",))


def test_a_text_that_no_task_of_meta_training_has_is_left_out():
    splits = {"meta-train": ["t0", "t1", "t2"], "meta-validation": ["t3"]}
    texts = [None, None, None, *(f"a long text about the task with the number {number}" for number in range(7))]
    found = prepared(descriptions=about(text=texts), kinds={"text": "text"}, splits=splits)
    assert [each.name for each in found.described] == ["z"]
    assert "'text' has no text in meta-training and is left out" in found.table.notes
    assert np.isfinite(found.descriptions).all()


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("x|1\n1|2\n||\n\n3|4\n".replace("||", "|"), "utf-8"),
        ("x,1\n1,2\n,\n\n3,4\n", "utf-16"),
        ('x;1\n"1";2\n;\n\n"3";"4"\n', "utf-8"),
    ],
)
def test_cells_beside_predictions_are_the_rows_that_are_read(text, encoding, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(text, encoding=encoding)
    cells = cells_of(path)
    assert cells.names == ("x", "1")
    assert cells.cells == (("1", "2"), ("", ""), ("3", "4"))
    assert cells.lines == (2, 3, 5)
    assert read_table(open_source(path, name="rows")).place(2).endswith("row 5")
    assert len(encoded_rows(path, [Scaled("x", "number", 0.0, 1.0, False)])) == 3
