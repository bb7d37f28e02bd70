"""The line between processes, here between threads: nobody waits for one that is gone, silent or left behind."""

import queue
import time

import pytest

from hypermaml._compare import link as module
from hypermaml._compare.link import HostEnded, Link


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    for name, seconds in {"BEAT": 0.02, "SILENCE": 0.5, "BEHIND": 0.3, "PATIENCE": 1.0}.items():
        monkeypatch.setattr(module, name, seconds)


@pytest.fixture
def three():
    """Three processes that have come, and the sentences that they end with."""
    ends = [queue.Queue() for _ in range(3)]
    first, *others = (Link(number, 3, end=ends[number].put) for number in range(3))
    port = first.listen()
    for other in others:
        other.follow("127.0.0.1", port, first.token, "same")
    first.accept("same")
    yield [first, *others], ends
    for each in (first, *others):
        each.close()


def test_orders_reach_all_and_a_good_end_ends_nobody(three):
    (first, *others), ends = three
    first.order("full/maml/0")
    assert [other.orders.get(timeout=5) for other in others] == ["full/maml/0"] * 2
    first.close()
    assert all(other.finished.wait(5) for other in others)
    for other in others:
        other.close()
    time.sleep(0.2)
    assert all(end.empty() for end in ends)


def test_all_hear_of_one_that_is_gone(three):
    (_, one, _), ends = three
    one._over.set()
    one.peers[0].connection.shutdown(2)
    assert ends[0].get(timeout=5).startswith("process 1 of 3, on ")
    assert "process 1 of 3, on " in ends[2].get(timeout=5)


def test_one_that_is_silent_is_stuck(three):
    (_, _, other), ends = three
    other._over.set()  # it stops to beat, and its connection stays
    assert "process 2 of 3" in (sentence := ends[0].get(timeout=5))
    assert sentence.endswith("has not been heard of for 0 s")


def test_one_that_beats_and_does_not_advance_is_stuck(three):
    (first, one, other), ends = three
    for _ in range(2):
        for each in (first, one, other):
            each.advance()
        time.sleep(0.1)
    first.advance()
    other.advance()
    assert "process 1 of 3" in (sentence := ends[0].get(timeout=5))
    assert "has not come as far as the others" in sentence


@pytest.mark.parametrize("delay", [0.0, 0.003, 0.007, 0.011, 0.015, 0.019])
def test_those_that_go_on_together_after_a_long_wait_are_left_alone(three, delay):
    links, ends = three
    time.sleep(delay)
    for wait in (0.05, 0.5, 0.1):  # the second is longer than any before, as of the first program
        for each in links:
            each.advance()
        time.sleep(wait)
    assert all(end.empty() for end in ends)


def test_those_that_are_told_of_one_after_another_all_the_time_are_left_alone(three):
    links, ends = three
    for number in range(150):
        for each in links[number % 3 :] + links[: number % 3]:
            each.advance()
            time.sleep(0.002)
    assert all(end.empty() for end in ends)


def test_the_sentence_of_one_that_fails_is_told_by_all(three):
    (_, one, _), ends = three
    one.close("the disk is full")
    for number in (0, 2):
        assert ends[number].get(timeout=5).endswith("ended: the disk is full")


@pytest.mark.parametrize(
    ("identity", "token", "message"),
    [("other", None, "other arguments than process 0"), ("same", "0", "1 of 2 processes have come")],
)
def test_a_stranger_is_refused(identity, token, message):
    first, other = Link(0, 2, end=lambda _: None), Link(1, 2, end=lambda _: None)
    other.follow("127.0.0.1", first.listen(), token or first.token, identity)
    with pytest.raises(HostEnded, match=message):
        first.accept("same")
    other.close()
    first.close()


def test_nobody_at_the_port():
    first = Link(0, 2)
    port = first.listen()
    first._listener.close()
    with pytest.raises(HostEnded, match=r"process 0 is not reached at 127\.0\.0\.1"):
        Link(1, 2).follow("127.0.0.1", port, "", "")
