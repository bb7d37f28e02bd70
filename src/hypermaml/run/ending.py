"""Requests to end: an interruption (Ctrl-C), a termination (as a preempted job gets it), a closed terminal.

While `heeded` is active, the first request raises `Ended`. Inside `postponed` it does so only at the next `check`,
where everything is saved. A second request ends the process at once.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import Any

_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
SOON = 0.05  # seconds until a request is sent again
_NAMES = {"SIGINT": "interrupted", "SIGTERM": "terminated", "SIGHUP": "the terminal was closed"}


class Ended(KeyboardInterrupt):
    """The system or the user asked the process to end.

    Attributes:
        number: of the signal.
    """

    def __init__(self, number: int, advice: str):
        super().__init__(f"{_NAMES[signal.Signals(number).name]}; {advice}")
        self.number = number


class _Request:
    """The request that waits, how many blocks postpone it, and what the user can do next."""

    number: int = 0
    postponing: int = 0
    advice: str = ""


@contextmanager
def heeded(advice: str) -> Iterator[None]:
    """Heed requests to end while the block runs; those that the process ignores stay ignored, as under nohup.

    Args:
        advice: the end of the sentence: the command that goes on.
    """
    _Request.advice = advice
    main = threading.current_thread() is threading.main_thread()  # no other one may set handlers
    own = [each for each in _SIGNALS if main and signal.getsignal(each) not in (signal.SIG_IGN, None)]
    before = {number: signal.signal(number, _ask) for number in own}
    unraisable, sys.unraisablehook = sys.unraisablehook, partial(_again, sys.unraisablehook)
    try:
        yield
    finally:
        sys.unraisablehook = unraisable
        _Request.number = 0
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def postponed() -> Iterator[None]:
    """Postpone the first request to the next `check` while the block runs, at the latest to its end."""
    _Request.postponing += 1
    try:
        yield
    finally:
        _Request.postponing -= 1
    check()


def asked() -> bool:
    """Whether a request waits."""
    return bool(_Request.number)


def check(*, elsewhere: bool = False) -> None:
    """Raise the request that waits, after everything is saved.

    Args:
        elsewhere: whether another process was asked to end, with which this one ends, too.

    Raises:
        Ended: the process was asked to end.
    """
    if _Request.number or elsewhere:
        raise Ended(_Request.number or signal.SIGTERM, _Request.advice)


def _ask(number: int, frame: FrameType | None) -> None:
    # A handler may run in the middle of another write, so it uses no buffer.
    if _Request.number:
        _tell(str(Ended(number, _Request.advice)))
        os._exit(128 + number)  # XLA may be computing in threads of its own, under which Python is not taken down
    _Request.number = number
    if not _Request.postponing:
        raise Ended(number, _Request.advice)
    name = signal.Signals(number).name
    _tell(f"{name}: a checkpoint comes first; a second {name} ends at once")


def _again(otherwise: Callable[[Any], Any], unraisable: Any) -> None:
    """Send a request again that came in a callback which lets no error out, such as one of the garbage collector."""
    if not isinstance(unraisable.exc_value, Ended):
        otherwise(unraisable)
        return
    while True:
        _Request.number = 0
        try:
            threading.Timer(SOON, os.kill, (os.getpid(), unraisable.exc_value.number)).start()
        except Ended:  # on a busy machine it may come before this callback is done, which lets no error out either
            continue
        return


def _tell(sentence: str) -> None:
    try:
        os.write(2, f"hypermaml: {sentence}\n".encode())
    except OSError:  # the terminal is gone: what is printed from here on must not end the process before it has saved
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
