"""How a call on odd input ends: with a value or with one sentence, and in time."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import HealthCheck, Phase, settings

SECONDS = 60
LONGEST = 1500  # characters of a sentence


def examples(count: int) -> settings:
    """Return the settings of a test on so many generated inputs, the same in each run."""
    return settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=(HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large),
    )


@contextmanager
def within(seconds: int = SECONDS) -> Iterator[None]:
    """End the block with an error where it hangs."""

    def late(*_):
        raise AssertionError(f"no answer within {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def outcome(call: Callable[[], Any], value: str = "right value", errors: Any = ValueError) -> tuple[Any, str]:
    """Return the value of a call, and how it ended; anything but a value or one sentence fails.

    Args:
        call: without arguments.
        value: how an end with a value is called.
        errors: what may be raised with one sentence.
    """
    with within():
        try:
            return call(), value
        except errors as error:
            sentence = str(error)
            whole = sentence and len(sentence) <= LONGEST and "\n" not in sentence and "\r" not in sentence
            if isinstance(error, UnicodeError) or not whole:
                raise AssertionError(f"not one sentence: {error!r}") from error
            sentence.encode()
            return None, "one sentence"
