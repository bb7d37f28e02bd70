import os
import subprocess
import sys
import warnings
from pathlib import Path

import jax
import jax.numpy as jnp
import pytest
from jax import monitoring
from jax.experimental.compilation_cache import compilation_cache

import hypermaml as hm
from hypermaml._misc import kept_programs
from hypermaml._misc.kept_programs import FOLDER, SETTINGS, give_up, keep_programs
from hypermaml.cli.program import warn

NAMES = (FOLDER, *SETTINGS)


@pytest.fixture
def fresh(monkeypatch):
    """JAX without a folder and its variables; as it was, afterwards."""
    before = {name: getattr(jax.config, name.lower()) for name in (*NAMES, "JAX_ENABLE_COMPILATION_CACHE")}
    for name in NAMES:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setitem(SETTINGS, "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)  # as JAX has it
    jax.config.update("jax_compilation_cache_dir", None)
    compilation_cache.reset_cache()
    yield
    for name, value in before.items():
        jax.config.update(name.lower(), value)
    compilation_cache.reset_cache()


def compiled(number):
    """A program that no other test has, called once."""
    return float(jax.jit(lambda x: x * number + 1)(jnp.ones(())))


def entries(folder):
    return sorted(path for path in folder.iterdir() if path.name.endswith("-cache"))


def test_programs_are_kept_in_a_closed_folder_and_read_again(fresh, tmp_path, monkeypatch):
    monkeypatch.setenv("HYPERMAML_CACHE", str(tmp_path / "new"))
    folder = hm.keep_programs()
    assert folder == tmp_path / "new/programs"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert os.environ[FOLDER] == str(folder)
    value = compiled(3.25)
    assert entries(folder)
    jax.clear_caches()
    read = []

    def heard(event, **_):
        read.append(event)

    monitoring.register_event_listener(heard)
    try:
        assert compiled(3.25) == value
    finally:
        monitoring.unregister_event_listener(heard)
    assert "/jax/compilation_cache/cache_hits" in read


def test_a_folder_of_jax_comes_first(fresh, tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER, str(tmp_path / "own"))
    assert keep_programs(tmp_path / "ours") is None
    monkeypatch.delenv(FOLDER)
    jax.config.update("jax_compilation_cache_dir", str(tmp_path / "own"))
    assert keep_programs(tmp_path / "ours") is None
    assert not (tmp_path / "ours").exists()


def test_variables_that_the_user_has_set_stay(fresh, tmp_path, monkeypatch):
    name = "JAX_COMPILATION_CACHE_MAX_SIZE"
    monkeypatch.setenv(name, "1000")
    assert keep_programs(tmp_path) == tmp_path
    assert os.environ[name] == "1000"
    assert jax.config.jax_compilation_cache_dir == str(tmp_path)


def test_a_folder_that_cannot_be_is_one_sentence(fresh, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.warns(
        hm.ProgramsNotKept, match=r"cannot be kept in .*file/programs \(Not a directory\): name a folder"
    ):
        assert keep_programs(tmp_path / "file/programs") is None
    assert FOLDER not in os.environ


def test_a_user_without_a_home_is_one_sentence(fresh, monkeypatch):
    monkeypatch.setattr(kept_programs, "cache_folder", lambda: Path("~no-such-user/x").expanduser())
    with pytest.warns(hm.ProgramsNotKept, match="name a folder with HYPERMAML_CACHE"):
        assert keep_programs() is None


def test_a_program_that_was_cut_is_deleted(fresh, tmp_path):
    for name in ("whole-cache", "whole-atime", "cut-cache"):
        (tmp_path / name).write_bytes(b"12345678")
    keep_programs(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"whole-cache", "whole-atime", ".lockfile"}


def shown(capsys):
    return capsys.readouterr().err.splitlines()


def test_a_damaged_program_is_one_line_and_compiled_again(fresh, tmp_path, monkeypatch, capsys):
    keep_programs(tmp_path)
    value = compiled(5.5)
    for path in entries(tmp_path):
        path.write_bytes(path.read_bytes()[:40])
    jax.clear_caches()
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        monkeypatch.setattr(warnings, "showwarning", warn)
        assert compiled(5.5) == value
        assert compiled(6.5) == 7.5
    (line,) = shown(capsys)
    assert line.startswith(f"hypermaml: a compiled program in {tmp_path} was damaged")
    assert not entries(tmp_path)


def test_a_full_disk_is_one_line(fresh, tmp_path, monkeypatch, capsys):
    def full(self, key, value):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("jax._src.lru_cache.LRUCache.put", full)
    keep_programs(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        monkeypatch.setattr(warnings, "showwarning", warn)
        assert compiled(7.5) == 8.5
        assert compiled(8.5) == 9.5
    (line,) = shown(capsys)
    assert f"cannot be kept in {tmp_path} (OSError: [Errno 28] No space left on device)" in line


def test_other_warnings_are_of_something_else():
    assert give_up("Some donated buffers were not usable") is None


def test_help_makes_no_folder(tmp_path):
    variables = {name: value for name, value in os.environ.items() if not name.startswith("JAX_")}
    for args in (["compare", "--help"], ["list"]):
        call = [sys.executable, "-c", "from hypermaml.cli import main; main()", *args]
        subprocess.run(call, env={**variables, "HYPERMAML_CACHE": str(tmp_path / "c")}, check=True, capture_output=True)
    assert not (tmp_path / "c").exists()
