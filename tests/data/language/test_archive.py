import json
import os
import re
import zipfile
from pathlib import Path

import pytest

from hypermaml.data.language import archive
from hypermaml.data.language.archive import digest, load_language, read_tasks, tasks_file, write_tasks
from hypermaml.data.language.task import Instance, LanguageTask

TASKS = (
    LanguageTask("b", "x", ("Do.",), (Instance("é", ("2", "3")),), split="meta-test", place="FILE/b.json"),
    LanguageTask("a", "x", ("Go.",), (Instance("1", ("2",), ("word",)),), split="meta-train", place="FILE/a.json"),
)


def test_what_is_written_is_read_and_equal_tasks_give_equal_bytes(tmp_path):
    first, second = tmp_path / "1.zip", tmp_path / "2.zip"
    write_tasks(first, TASKS)
    write_tasks(second, TASKS[::-1])
    assert first.read_bytes() == second.read_bytes()
    read = read_tasks(first)
    assert [task.name for task in read] == ["a", "b"]
    assert [task.place for task in read] == [f"{first}/a.json", f"{first}/b.json"]
    assert [task.instances for task in read] == [TASKS[1].instances, TASKS[0].instances]
    assert digest(read) == digest(TASKS)
    assert digest(TASKS[:1]) != digest(TASKS)


def test_the_file_is_a_folder_that_was_packed(tmp_path):
    write_tasks(tmp_path / "tasks.zip", TASKS)
    with zipfile.ZipFile(tmp_path / "tasks.zip") as packed:
        packed.extractall(tmp_path / "folder")
    assert digest(load_language(tmp_path / "folder")) == digest(load_language(tmp_path / "tasks.zip")) == digest(TASKS)


def test_without_a_place_the_tasks_of_the_package_are_read():
    assert len(load_language()) >= 40


@pytest.mark.parametrize("contents", [b"", b"no zip", b"PK\x03\x04"])
def test_a_damaged_file(tmp_path, contents):
    path = tmp_path / "tasks.zip"
    path.write_bytes(contents)
    with pytest.raises(ValueError, match=re.escape(f"{path} is damaged, or no .zip file of tasks")):
        read_tasks(path)


def test_a_file_that_is_cut_or_holds_none(tmp_path):
    path = tmp_path / "tasks.zip"
    write_tasks(path, TASKS)
    whole = bytearray(path.read_bytes())
    whole[45:60] = bytes(15)
    path.write_bytes(whole)
    with pytest.raises(ValueError, match=r"tasks\.zip: a\.json is damaged \(.*\); it must be a task"):
        read_tasks(path)
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("notes.txt", "no")
    with pytest.raises(ValueError, match=r"holds no \.json files; each task is one"):
        read_tasks(path)
    with pytest.raises(FileNotFoundError, match=r"there is no folder or file of tasks .*; `hypermaml data lang"):
        read_tasks(tmp_path / "none.zip")


def test_an_entry_that_is_no_task_is_named(tmp_path):
    path = tmp_path / "tasks.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("a.json", json.dumps({"Definition": "A"}))
    with pytest.raises(ValueError, match=re.escape(f"{path}/a.json: 'Instances' is missing")):
        read_tasks(path)


def test_where_it_is_kept():
    assert tasks_file({"HYPERMAML_CACHE": "/a"}) == Path("/a/language.zip")
    assert tasks_file({"XDG_CACHE_HOME": "/b"}) == Path("/b/hypermaml/language.zip")


def test_sizes_are_checked_before_they_are_unpacked(tmp_path, monkeypatch):
    path = tmp_path / "tasks.zip"
    monkeypatch.setattr(archive, "LIMIT", 10_000)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.json", bytes(20_000))
    with pytest.raises(ValueError, match=r"tasks\.zip: a\.json has 20,000 bytes or more, but a task may have at most"):
        read_tasks(path)
    monkeypatch.setattr(archive, "MOST", 15_000)
    with pytest.raises(ValueError, match=r"has 20,000 bytes once it is unpacked, but tasks may have at most 15,000"):
        read_tasks(path)


def test_files_that_are_not_read_and_two_of_one_name(tmp_path):
    with zipfile.ZipFile(tmp_path / "tasks.zip", "w") as packed:
        packed.writestr("one/a.json", "{}")
        packed.writestr("two/a.json", "{}")
    with pytest.raises(ValueError, match=r"tasks\.zip: one/a\.json and two/a\.json are two tasks of one name, a"):
        read_tasks(tmp_path / "tasks.zip")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match=r"pipe is a named pipe, but it must be a \.zip file of tasks"):
        load_language(tmp_path / "pipe")
    folder = tmp_path / "folder"
    folder.mkdir()
    os.mkfifo(folder / "a.json")
    with pytest.raises(ValueError, match=r"folder/a\.json is a named pipe, but it must be a task"):
        load_language(folder)
    (folder / "a.json").unlink()
    (folder / "\udcff.json").touch()
    with pytest.raises(ValueError, match=r"folder has a file \\udcff\.json, whose name is not plain text"):
        load_language(folder)
