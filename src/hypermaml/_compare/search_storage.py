"""Where Optuna keeps its trials, and what to do with those that a killed process has left."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import optuna
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock, JournalRedisBackend
from optuna.trial import TrialState

JOURNAL = "journal.log"
SILENT = 3600.0  # s, after which a process on another machine is taken for dead
_WORKER, _SEEN, _AGAIN = "worker", "seen", "again"


def open_storage(given: str, folder: Path) -> BaseStorage:
    """Return the storage.

    Args:
        given: the URL of a database, the path of a journal, or nothing for a journal in the folder.
        folder: of the search, which no other process uses.

    Raises:
        ValueError: it cannot be used.
    """
    try:
        if given.startswith(("redis://", "rediss://", "unix://")):
            return JournalStorage(JournalRedisBackend(given))
        if "://" in given:
            return RDBStorage(given)
        path = Path(given) if given else folder / JOURNAL
        if not given:
            Path(f"{path}.lock").unlink(missing_ok=True)  # of a killed process: the folder is ours alone
        _mend(path)
        return JournalStorage(JournalFileBackend(str(path)))
    except Exception as error:  # of whichever database, driver or file system
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ValueError(
            f"the storage {given or folder / JOURNAL} cannot be used: {reason}; give the URL of a database, such as "
            "postgresql://user@host/name, or the path of a journal"
        ) from None


def _mend(path: Path) -> None:
    """Cut the end of a line that a killed process left in a journal: what it began to say was not said."""
    if not path.exists():
        return
    lock = JournalFileSymlinkLock(str(path))
    lock.acquire()
    try:
        with path.open("r+b") as file:
            contents = file.read()
            whole = contents.rfind(b"\n") + 1
            if whole < len(contents):
                file.truncate(whole)
    finally:
        lock.release()


def mark(trial: optuna.Trial) -> None:
    """Say that this process runs the trial, now."""
    trial.set_user_attr(_WORKER, f"{socket.gethostname()}:{os.getpid()}")
    trial.set_user_attr(_SEEN, time.time())


def give_back(study: optuna.Study, number: int) -> None:
    """Mark a trial that was running as failed, and enter its settings for the next one.

    Args:
        study: that it belongs to.
        number: of the trial.
    """
    try:
        failed = study.tell(number, state=TrialState.FAIL)
    except ValueError:  # another process has done so
        return
    if failed.params:
        study.enqueue_trial(failed.params, user_attrs={_AGAIN: number})


def take_up(study: optuna.Study, *, alone: bool) -> None:
    """Give back the running trials of processes that have ended.

    Args:
        study: whose trials.
        alone: whether no other process works on the study.
    """
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if alone or _is_dead(trial.user_attrs.get(_WORKER, ""), trial.user_attrs.get(_SEEN, 0.0)):
            give_back(study, trial.number)


def _is_dead(worker: str, seen: float) -> bool:
    host, _, process = worker.rpartition(":")
    if host == socket.gethostname() and process.isdigit():
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
    return bool(seen) and time.time() - seen > SILENT
