"""Compiled programs that outlast their process, by JAX's compilation cache in the user's cache folder."""

from __future__ import annotations

import os
import re
import sys
import warnings
from pathlib import Path

from hypermaml._misc.cache import cache_folder

FOLDER = "JAX_COMPILATION_CACHE_DIR"
# By variable of JAX. A size makes JAX lock the folder, so that no process reads what another one is still writing.
SETTINGS: dict[str, int | float] = {
    "JAX_COMPILATION_CACHE_MAX_SIZE": 2 * 1024**3,  # bytes; the programs that were read longest ago go first
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": 0.05,
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": -1,
}
OFF = "JAX_ENABLE_COMPILATION_CACHE=false"
_ENTRY, _TIME, _LOCK = "-cache", "-atime", ".lockfile"  # names that JAX gives
_TROUBLE = re.compile(r"Error (reading|writing) persistent compilation cache entry for '[^']*': (.*)", re.DOTALL)
_OF_SYSTEM = re.compile(r"\w*(OSError|Timeout|PermissionError|FileNotFoundError|BlockingIOError|Errno)")


class ProgramsNotKept(UserWarning):
    """Compiled programs cannot be kept, so the next process compiles them again."""


def keep_programs(folder: str | Path | None = None) -> Path | None:
    """Keep compiled programs in a folder, so that the next process reads them instead of compiling them again.

    The command line does so by itself. In a program it is one line before the first array. Results do not depend on it.
    JAX's own variables come first: where `JAX_COMPILATION_CACHE_DIR` is set, JAX keeps programs there and nothing is
    changed; `JAX_ENABLE_COMPILATION_CACHE=false` keeps none. Whoever can write in the folder can have this user run
    code, so a folder that is made is closed to others.

    Args:
        folder: by default `programs` in the folder that `HYPERMAML_CACHE` names, else in `hypermaml` under
            `XDG_CACHE_HOME` or `~/.cache`.

    Returns:
        The folder; `None` where JAX keeps programs elsewhere, or none are kept.

    Warns:
        ProgramsNotKept: the folder cannot be written.
    """
    jax = sys.modules.get("jax")
    if FOLDER in os.environ or (jax is not None and getattr(jax.config, FOLDER.lower())):
        return None
    path = Path("~/.cache/hypermaml/programs")
    try:
        path = cache_folder() / "programs" if folder is None else Path(folder).expanduser()
        path = path.absolute()
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(path / _LOCK, "a"):
            _mend(path)
    except (OSError, RuntimeError) as error:  # a user without a home folder is a RuntimeError
        warnings.warn(_sentence(path, getattr(error, "strerror", None) or str(error)), ProgramsNotKept, stacklevel=2)
        return None
    values: dict[str, str | int | float] = {FOLDER: str(path), **SETTINGS}
    for name, value in values.items():
        if name not in os.environ:
            os.environ[name] = str(value)  # also for processes that this one starts
            if jax is not None:  # which has read the variables
                jax.config.update(name.lower(), value)
    return path


def give_up(message: str) -> str | None:
    """Return in one sentence which trouble with kept programs JAX warns of, and keep none from here on.

    Damaged programs are deleted.

    Args:
        message: of a warning.

    Returns:
        The sentence; `None` where the warning is of something else.
    """
    found = _TROUBLE.match(message)
    if not found:
        return None
    import jax
    from jax.experimental.compilation_cache import compilation_cache

    path = Path(getattr(jax.config, FOLDER.lower()) or "")
    jax.config.update("jax_enable_compilation_cache", False)
    compilation_cache.reset_cache()
    if found[1] == "reading" and not _OF_SYSTEM.match(found[2]):
        for entry in path.glob(f"*{_ENTRY}"):
            entry.unlink(missing_ok=True)
        return f"a compiled program in {path} was damaged: all of them are deleted and will be compiled again"
    return _sentence(path, " ".join(found[2].split()))


def _sentence(path: Path, reason: str) -> str:
    return f"compiled programs cannot be kept in {path} ({reason}): name a folder with HYPERMAML_CACHE, or set {OFF}"


def _mend(path: Path) -> None:
    """Delete programs without a time, which a killed process or a full disk leaves: JAX could write no more programs.

    JAX writes a program first and then its time, under its lock.
    """
    if not _torn(path):
        return
    import filelock

    try:
        with filelock.FileLock(path / _LOCK, timeout=0):
            for name in _torn(path):
                (path / name).unlink(missing_ok=True)
    except filelock.Timeout:  # another process is writing; the next one mends
        return


def _torn(path: Path) -> list[str]:
    names = set(os.listdir(path))
    return [each for each in names if each.endswith(_ENTRY) and each.removesuffix(_ENTRY) + _TIME not in names]
