"""Tables as arrays: what is an input, what describes a task, and what is left out."""

import numpy as np
import pandas as pd
import pytest
from pupils import about, each_task, prepared, rows

from hypermaml.data.table.answer import cells_of, encoded_description, encoded_rows, targets_of
from hypermaml.data.table.encode import Scaled, spread
from hypermaml.data.table.read import read_table
from hypermaml.data.table.source import open_source
from hypermaml.data.table.target import Target

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
