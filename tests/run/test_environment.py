import json
import subprocess
import sys

import pytest

from hypermaml.run import environment as module
from hypermaml.run.environment import environment, versions


def test_absent_packages_are_told_as_absent():
    found = versions(("numpy", "no-such-distribution-here"))
    assert found["python"] == sys.version.split()[0]
    assert found["no-such-distribution-here"] is None
    assert found["numpy"]


def test_the_record_is_json_and_holds_no_folder(monkeypatch):
    arguments = [
        "/opt/bin/hypermaml",
        "compare",
        "sine",
        "--out",
        "/home/somebody/out dir",
        "--log=/home/x/log",
        "a/b=c",
    ]
    monkeypatch.setattr(sys, "argv", arguments)
    record = json.loads(json.dumps(environment()))
    assert record["command"] == "hypermaml compare sine --out 'out dir' --log=log a/b=c"
    assert record["versions"]["jax"]
    assert record["platform"] == "cpu" or record["devices"] >= 1
    assert "/home" not in json.dumps(record)


def test_the_commit_of_a_checkout_and_none_elsewhere(tmp_path, monkeypatch):
    assert module._commit(tmp_path) is None
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)

    def git(*command):
        identity = ("-c", "user.name=n", "-c", "user.email=e@example.org")
        subprocess.run(["git", *identity, *command], cwd=tmp_path, check=True, capture_output=True)

    git("init")
    assert module._commit(tmp_path) is None  # no commit yet
    (tmp_path / "file").write_text("one")
    git("add", "file")
    git("commit", "-m", "first")
    git("tag", "-a", "v1", "-m", "v1")
    commit = module._commit(tmp_path)
    assert commit is not None
    assert len(commit) == 40
    (tmp_path / "file").write_text("two")
    assert module._commit(tmp_path) == f"{commit}-dirty"


@pytest.mark.parametrize("name", ["", "folder", "lock", "checkpoint", "metrics", "manifest", "environment"])
def test_importing_does_not_wait_for_heavy_packages(name):
    heavy = "{'jax', 'orbax', 'tensorboardX', 'numpy'}"
    code = f"import sys, hypermaml.run{name and '.' + name}; assert not {heavy} & set(sys.modules), sorted(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_command_with_a_name_that_is_not_utf8_is_text(monkeypatch):
    monkeypatch.setattr("sys.argv", ["hypermaml", "train", "--out", "r\udcfc"])
    assert environment()["command"].encode() == rb"hypermaml train --out 'r\udcfc'"


def test_a_package_that_python_runs_is_written_so(monkeypatch):
    monkeypatch.setattr("sys.argv", ["/somewhere/hypermaml/__main__.py", "list"])
    assert environment()["command"] == "python -m hypermaml list"
