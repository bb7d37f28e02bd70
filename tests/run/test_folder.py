import json

import pytest

from hypermaml.run import checksums
from hypermaml.run import folder as module
from hypermaml.run.folder import RunFolder, RunFolderError, UnverifiedRun, open_run
from hypermaml.run.lock import RunInUse

CONFIG = {"family": "sine", "seeds": [0, 1], "methods": {"maml": {"inner_lr": 0.01, "steps": 1}}}


@pytest.fixture(autouse=True)
def _no_device(monkeypatch):
    monkeypatch.setattr(module, "environment", lambda: {"command": "hypermaml compare sine"})


def _starts(path):
    return len(json.loads((path / "environment.json").read_text()))


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("exists", [False, True])
def test_an_absent_or_empty_folder_becomes_a_run(tmp_path, resume, exists):
    path = tmp_path / "deep" / "out"
    if exists:
        path.mkdir(parents=True)
    with open_run(path, CONFIG, resume=resume) as run:
        assert run == RunFolder(path, CONFIG)
        assert not run.finished()
    assert json.loads((path / "config.json").read_text())["config"] == CONFIG
    assert _starts(path) == 1
    assert RunFolder.load(path) == run


def test_a_run_is_gone_on_with_only_on_request_and_only_as_it_was(tmp_path):
    with open_run(tmp_path, CONFIG):
        pass
    before = (tmp_path / "config.json").read_bytes()
    with pytest.raises(RunFolderError, match=r"--resume or choose another --out\.$"), open_run(tmp_path, CONFIG):
        pass
    with open_run(tmp_path, dict(reversed(CONFIG.items())), resume=True):
        assert (tmp_path / "config.json").read_bytes() == before
    assert _starts(tmp_path) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seeds": [0]}, "seeds = [0, 1] where [0] is asked"),
        ({"methods": {"maml": {"inner_lr": 0.02, "steps": 2}}}, "methods.maml.inner_lr = 0.01 where 0.02 is asked"),
        ({"methods": {"maml": {"inner_lr": 0.01}}}, "methods.maml.steps, which is not asked for"),
        ({"methods": None, "zeta": 1}, 'methods = {"maml": {"inner_lr": 0.01, "steps": 1}} where null is asked'),
        ({"new": True}, "no new, which is asked for"),
    ],
)
def test_another_configuration_is_refused_with_the_first_difference(tmp_path, change, message):
    with open_run(tmp_path, CONFIG):
        pass
    with pytest.raises(RunFolderError) as refusal, open_run(tmp_path, CONFIG | change, resume=True):
        pass
    assert f"has {message};" in str(refusal.value)
    assert _starts(tmp_path) == 1


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("name", ["thesis.tex", "config.json"])
def test_a_folder_of_something_else_is_refused_and_left_alone(tmp_path, resume, name):
    (tmp_path / name).write_text('{"model_type": "llama"}')
    with pytest.raises(RunFolderError, match="holds no run"), open_run(tmp_path, CONFIG, resume=resume):
        pass
    with pytest.raises(RunFolderError, match="holds no run"):
        RunFolder.load(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_kill_right_after_the_start_leaves_an_empty_folder(tmp_path):
    (tmp_path / "lock").touch()
    (tmp_path / ".config.json.tmp").write_text('{"form')
    with open_run(tmp_path, CONFIG):
        pass
    assert RunFolder.load(tmp_path).config == CONFIG


def test_a_run_of_an_older_version_gets_one_sentence(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"format": "hypermaml run 1", "config": CONFIG}))
    sentence = f"{tmp_path} holds a run of hypermaml 0.1: only that version reads it."
    with pytest.raises(RunFolderError) as refusal:
        RunFolder.load(tmp_path)
    assert str(refusal.value) == sentence
    with pytest.raises(RunFolderError) as refusal, open_run(tmp_path, CONFIG, resume=True):
        pass
    assert str(refusal.value) == sentence


def test_what_does_not_decide_the_results_may_differ(tmp_path):
    with open_run(tmp_path, CONFIG, identity="a"):
        pass
    grown = CONFIG | {"methods": {"maml": {"inner_lr": 0.01, "steps": 1, "new": 0.0}}}
    with open_run(tmp_path, grown, identity="a", resume=True):
        pass
    with (
        pytest.raises(RunFolderError, match=r"has seeds = \[0, 1\] where \[2\] is asked"),
        open_run(tmp_path, grown | {"seeds": [2]}, identity="b", resume=True),
    ):
        pass


def test_a_run_in_use_is_refused(tmp_path):
    with open_run(tmp_path, CONFIG), pytest.raises(RunInUse), open_run(tmp_path, CONFIG, resume=True):
        pass


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "out"):
        with pytest.raises(RunFolderError, match=rf"^Cannot write in {path}: [\w ]+; choose another --out\.$"):
            open_run(path, CONFIG).__enter__()

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.open", refuse)
    with pytest.raises(RunFolderError, match=r": Permission denied; "), open_run(tmp_path / "out", CONFIG):
        pass


def test_an_error_inside_the_run_is_not_taken_for_the_folder_s(tmp_path):
    with pytest.raises(FileNotFoundError), open_run(tmp_path, CONFIG):
        raise FileNotFoundError


def test_training_runs_and_what_is_finished(tmp_path):
    with open_run(tmp_path, CONFIG) as run:
        training_run = run.training_run("full/hypermaml/0")
        assert training_run == tmp_path / "training-runs" / "full" / "hypermaml" / "0"
        assert training_run.is_dir()
        assert not run.finished("full/hypermaml/0")
        (training_run / "results.csv").touch()
        assert run.finished("full/hypermaml/0")
        assert not run.finished("full/hypermaml/1")
        assert not run.finished()
        (tmp_path / "summary.json").touch()
        assert not run.finished()  # a kill may have come before its checksum
        run.write("summary.json", "{}")
    with open_run(tmp_path, CONFIG, resume=True) as run:
        assert run.finished()
    assert _starts(tmp_path) == 1  # nothing was computed, so nothing is recorded


@pytest.mark.parametrize("name", ["", "/etc", "..", "full/../..", "full//0", "full/", "a b", ".hidden"])
def test_a_training_run_cannot_leave_the_run(tmp_path, name):
    with pytest.raises(RunFolderError, match="training run name"):
        RunFolder(tmp_path, {}).training_run(name)
    assert not list(tmp_path.iterdir())


def test_a_file_is_the_new_one_the_old_one_or_damaged(tmp_path, monkeypatch):
    with open_run(tmp_path, CONFIG) as run:
        run.write("facts.json", '{"a": 1}')
        assert run.read_json("facts.json") == {"a": 1}

        def kill(*_):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr("hypermaml.run.checksums.write_atomic", _only_manifests(kill))
            with pytest.raises(KeyboardInterrupt):
                run.write("facts.json", '{"a": 2}')
        assert run.read_json("facts.json") == {"a": 1}
        run.write("facts.json", '{"a": 3}')
        run.write("facts.json", '{"a": 4}')
        run.check()
        (tmp_path / "facts.json").write_text('{"a": 1}')
        with pytest.raises(RunFolderError, match=rf"^{tmp_path}/facts.json is damaged: its bytes do not match"):
            run.read_json("facts.json")
        (tmp_path / "facts.json").unlink()
        with pytest.raises(RunFolderError, match=r"facts.json is missing; "):
            run.check()


def _only_manifests(kill):
    from hypermaml._misc.atomic import write_atomic

    return lambda path, contents: write_atomic(path, contents) if path.name == "manifest.json" else kill()


def test_a_changed_bit_of_the_configuration_is_told(tmp_path):
    with open_run(tmp_path, CONFIG):
        pass
    path = tmp_path / "config.json"
    path.write_bytes(path.read_bytes().replace(b"0.01", b"0.03"))
    with pytest.raises(RunFolderError, match=rf"^{path} is damaged or of another program: its bytes do not match"):
        RunFolder.load(tmp_path)


def test_a_run_without_checksums_is_read_with_a_note_and_not_gone_on_with(tmp_path):
    old = {"format": "hypermaml run 2", "digest": "0", "config": CONFIG}
    (tmp_path / "config.json").write_text(json.dumps(old))
    (tmp_path / "facts.json").write_text('{"a": 1}')
    with pytest.warns(UnverifiedRun, match="was made before runs had checksums"):
        run = RunFolder.load(tmp_path)
    assert run.read_json("facts.json") == {"a": 1}
    with (
        pytest.raises(RunFolderError, match="this version cannot go on with it"),
        open_run(tmp_path, CONFIG, resume=True),
    ):
        pass


def test_a_changed_file_that_the_run_reads_is_named(tmp_path):
    def config(digest):
        return CONFIG | {"files": {"data": {"path": "/data/sites", "sha256": digest}}}

    with open_run(tmp_path / "run", config("a")):
        pass
    with (
        pytest.raises(RunFolderError, match=r"^/data/sites, which --data names, has changed since the run in "),
        open_run(tmp_path / "run", config("b"), resume=True),
    ):
        pass


def test_writes_that_are_cut_again_and_again_leave_the_file_as_it_was(tmp_path, monkeypatch):
    checksums.write(tmp_path, "a.json", "first")
    write = checksums.write_atomic

    def only_manifests(path, contents):
        if path.name != checksums.NAME:
            raise OSError(28, "No space left on device")
        write(path, contents)

    monkeypatch.setattr(checksums, "write_atomic", only_manifests)
    for contents in ("second", "third", "fourth"):
        with pytest.raises(OSError, match="No space"):
            checksums.write(tmp_path, "a.json", contents)
        assert checksums.read(tmp_path, "a.json") == b"first"
    monkeypatch.undo()
    checksums.write(tmp_path, "a.json", "fifth")
    assert checksums.read(tmp_path, "a.json") == b"fifth"


def test_a_reader_beside_a_writer_reads_again(tmp_path, monkeypatch):
    checksums.write(tmp_path, "a.json", "first")
    read = checksums.read_bytes

    def late(path, **options):
        if path.name == "a.json":
            monkeypatch.setattr(checksums, "read_bytes", read)
            checksums.write(tmp_path, "a.json", "second")
            checksums.write(tmp_path, "a.json", "third")
        return read(path, **options)

    monkeypatch.setattr(checksums, "read_bytes", late)
    assert checksums.read(tmp_path, "a.json") == b"third"


@pytest.mark.parametrize("training_run", [None, "any/maml/0"])
def test_a_manifest_that_is_missing_is_named(tmp_path, training_run):
    with open_run(tmp_path, CONFIG) as run:
        checksums.write(run.training_run("any/maml/0"), "results.csv", "a,b\n")
    folder = tmp_path if training_run is None else run.training_run(training_run)
    (folder / checksums.NAME).unlink()
    missing = f"{folder / checksums.NAME} is missing, so that no file beside it can be checked; "
    for look in (
        lambda: RunFolder.load(tmp_path).read("results.csv", training_run=training_run),
        lambda: RunFolder.load(tmp_path).check(training_run),
    ):
        with pytest.raises(RunFolderError) as refusal:
            look()
        assert str(refusal.value).startswith(missing)
    remedy = "the command of the run with --resume writes it again" if training_run is None else f"delete {folder} and"
    assert remedy in str(refusal.value)
    with open_run(tmp_path, CONFIG, resume=True):
        assert RunFolder.load(tmp_path).has("environment.json")


def test_files_that_take_the_place_of_others_are_listed_at_every_moment(tmp_path, monkeypatch):
    for name in ("kept.json", "table.md", "plots/old.png", "summary.json"):
        checksums.write(tmp_path, name, "before")
    write, seen = checksums.write_atomic, []

    def watched(path, contents):
        write(path, contents)
        for name in ("kept.json", "table.md", "summary.json"):
            seen.append(checksums.read(tmp_path, name))

    monkeypatch.setattr(checksums, "write_atomic", watched)
    files = {"table.md": b"after", "plots/new.png": b"after", "summary.json": b"after"}
    checksums.replace(tmp_path, files, lambda name: name != "kept.json")
    assert len(seen) == 15  # two lists and three files
    assert seen[:3] == [b"before"] * 3
    assert seen[-3:] == [b"before", b"after", b"after"]
    assert not (tmp_path / "plots/old.png").exists()
    checksums.check(tmp_path)


def test_a_name_that_is_not_utf8_is_refused_before_the_run(tmp_path):
    config = {"data": "f\udcfc.csv"}
    with pytest.raises(RunFolderError, match=r"half of a surrogate pair.*UTF-8"), open_run(tmp_path / "run", config):
        pass
    assert not (tmp_path / "run" / "config.json").exists()
