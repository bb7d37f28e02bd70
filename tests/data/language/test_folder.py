"""What is a task, and the one sentence about each thing that is none."""

import json
import re

import pytest

from hypermaml.data.language.folder import load_tasks, read_task, task_json
from hypermaml.data.language.task import Instance, LanguageTask

ONE = {"input": "1 + 1", "output": "2"}
WHOLE = {
    "Contributors": ["nobody"],
    "Source": ["a book"],
    "Categories": ["Translation", "Fill in"],
    "Definition": ["Add the numbers. ", "What is the sum?"],
    "Input_language": ["Italian"],
    "Output_language": ["English"],
    "Positive Examples": [{"input": "0 + 0", "output": "0", "explanation": "none"}],
    "Instances": [
        {"id": "task1-1", "input": " 1 + 1\n", "output": ["2", " 2", "two"]},
        {"input": "2 + 1", "output": "3"},
    ],
    "Instance License": ["CC0"],
}


def read(given) -> LanguageTask:
    contents = given if isinstance(given, bytes) else json.dumps(given).encode()
    return read_task(contents, name="sum", place="tasks/sum.json")


def test_a_task_of_super_natural_instructions():
    assert read(WHOLE) == LanguageTask(
        "sum",
        "Translation",
        ("Add the numbers.", "What is the sum?"),
        (Instance("1 + 1", ("2", "two")), Instance("2 + 1", ("3",))),
        languages=("Italian", "English"),
        source="a book",
        license="CC0",
        place="tasks/sum.json",
    )


def test_the_least_that_a_task_has():
    task = read({"definition": "Add.", "instances": [ONE]})
    assert (task.kind, task.split, task.languages, task.source) == ("other", None, ("English", "English"), "")
    assert task.definitions == ("Add.",)
    assert task.instances == (Instance("1 + 1", ("2",)),)


def test_what_is_written_is_read_again():
    task = LanguageTask(
        "sum",
        "arithmetic",
        ("Füge zu.",),
        (Instance("a\nb", ("c",), ("a",)),),
        ("German", "English"),
        "meta-test",
        "s",
        "l",
    )
    assert read_task(task_json(task), name="sum", place="sum") == task
    assert task_json(task) == task_json(task)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (b"", "tasks/sum.json is empty, but it must be a task, such as {"),
        (b'{"Definition": "Add."', "tasks/sum.json is not JSON (Expecting ',' delimiter, line 1, column 22)"),
        (
            b'{"Definition": "\\ud83d", "Instances": []}',
            "tasks/sum.json holds \\ud83d, half of a surrogate pair",
        ),
        (b'{"Definition": ' + b"[" * 200 + b"]" * 200 + b"}", "tasks/sum.json is nested deeper than 100 levels, but"),
        (b"[" * 10**6, "tasks/sum.json is nested deeper than 100 levels, but it must be a task, such as {"),
        (b'{"Definition": ' + b"9" * 10**4 + b"}", "tasks/sum.json holds the integer 99999999999999999999…, which has"),
        (b'{"Definition": "A", "Definition": "B"}', "tasks/sum.json has the key 'Definition' twice in one object, but"),
        (b'{"Definition": "A", "DEFINITION": "B"}', "tasks/sum.json: 'Definition' and 'DEFINITION' are one field: "),
        (b"\xff\xfe\x00", "tasks/sum.json is not text in UTF-8 (byte 1), but"),
        ([WHOLE], "tasks/sum.json does not hold an object {…}, but it must be a task, such as {"),
        ({"Instances": [ONE]}, "tasks/sum.json: 'Definition' is missing; a task is {"),
        ({"Definition": "Add."}, "tasks/sum.json: 'Instances' is missing; a task is {"),
        ({"Definition": [], "Instances": [ONE]}, "tasks/sum.json: 'Definition' is [], but it must be a text or a list"),
        ({"Definition": " ", "Instances": [ONE]}, "tasks/sum.json: 'Definition' is \" \", but it must be a text or a"),
        ({"Definition": ["A", 1], "Instances": [ONE]}, "tasks/sum.json: 'Definition' is 1, but it must be a text or a"),
        ({"Definition": None, "Instances": [ONE]}, "tasks/sum.json: 'Definition' is null, but it must be a text or a"),
        ({"Definition": "A", "Instances": []}, "tasks/sum.json: 'Instances' is [], but it must be a list of at least"),
        (
            {"Definition": "A", "Instances": {"a": 1}},
            "tasks/sum.json: 'Instances' is {\"a\": 1}, but it must be a list",
        ),
        ({"Definition": "A", "Instances": [3]}, "tasks/sum.json: 'Instances[0]' is 3, but it must be an object with"),
        ({"Definition": "A", "Instances": [ONE, {"input": "a"}]}, "tasks/sum.json: 'Instances[1]' has no 'output'"),
        ({"Definition": "A", "Instances": [{"output": "a"}]}, "tasks/sum.json: 'Instances[0]' has no 'input'"),
        (
            {"Definition": "A", "Instances": [{"input": "", "output": "a"}]},
            "tasks/sum.json: 'Instances[0].input' is \"\", but it must be a text",
        ),
        (
            {"Definition": "A", "Instances": [{"input": 7, "output": "a"}]},
            "tasks/sum.json: 'Instances[0].input' is 7, but it must be a text",
        ),
        (
            {"Definition": "A", "Instances": [ONE, {"input": "b", "output": []}]},
            "tasks/sum.json: 'Instances[1].output' is [], but it must be a text or a list of texts, none empty",
        ),
        (
            {"Definition": "A", "Instances": [ONE, {"input": "b", "output": ["a", ""]}]},
            "tasks/sum.json: 'Instances[1].output' is \"\", but it must be a text or a list of texts, none empty",
        ),
        (
            {"Definition": "A", "Instances": [ONE, {"input": "b", "output": 2}]},
            "tasks/sum.json: 'Instances[1].output' is 2, but it must be a text or a list of texts, none empty",
        ),
        (
            {"Definition": "A", "Instances": [ONE, {"input": "b", "output": "b"}, {"input": "1 + 1 ", "output": "3"}]},
            "tasks/sum.json: 'Instances[2].input' repeats that of instance 0: ",
        ),
        (
            {"Definition": "A", "Instances": [ONE], "Categories": [5]},
            "tasks/sum.json: 'Categories' is 5, but it must be a text or a list of texts, none empty",
        ),
        (
            {"Definition": "A", "Instances": [ONE], "Split": "train"},
            "tasks/sum.json: 'Split' is 'train', but it must be one of meta-train, meta-validation, meta-test, ",
        ),
    ],
)
def test_what_is_no_task_is_one_sentence(given, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}") as caught:
        read(given)
    assert "\n" not in str(caught.value)


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path):
    for name in ("b.json", "a.json", ".hidden.json", "notes.txt"):
        (tmp_path / name).write_text(json.dumps({"Definition": "A", "Instances": [ONE]}) if name[0] in "ab" else "no")
    tasks = load_tasks(tmp_path)
    assert [task.name for task in tasks] == ["a", "b"]
    assert tasks[0].place == str(tmp_path / "a.json")
    with pytest.raises(ValueError, match=re.escape(f"{tmp_path / 'a.json'}: 'Instances' has 1, but 2 are needed")):
        load_tasks(tmp_path, instances=2)


def test_a_folder_that_is_none_or_empty(tmp_path):
    with pytest.raises(ValueError, match=re.escape(f"the folder {tmp_path / 'no'} does not exist; name one of JSON")):
        load_tasks(tmp_path / "no")
    with pytest.raises(ValueError, match=re.escape(f"{tmp_path} holds no .json files; each task is one, such as {{")):
        load_tasks(tmp_path)
