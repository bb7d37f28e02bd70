"""Whether draws depend on the key, on nothing else that is random, and on the task."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from hypermaml._check.places import DESCRIPTION, EXAMPLES, SCORE, TASKS, TESTS, place
from hypermaml._check.results import Finding, ok
from hypermaml._check.subject import Subject
from hypermaml._check.tracing import draws_numbers
from hypermaml._check.trees import entry, rows, same

MANY = 100
KEYS = "keys"
_ADDRESS = re.compile(r"0x[0-9a-f]+")
_HIDDEN = (
    "draws random numbers that the key does not decide, such as those of NumPy's or Python's random: draw all of them "
    "by jax.random with the key that it is given"
)


def check_keys(subject: Subject) -> Iterator[Finding]:
    """Check that the same key gives the same data, and another key other data."""
    family, sample = subject.family, subject.sample
    found = list(_tasks(subject))
    hidden = {name for name, draw in _draws(subject).items() if _differs(draw, on_host=family.on_host)}
    found += [Finding("error", KEYS, place(family, names), f"it {_HIDDEN}") for names in _blamed(hidden)]
    other = subject.draw(family, subject.learners, subject.tasks, subject.key(7))
    equal = not found and same(subject.drawn.batch, other.batch)
    if equal and _draws_numbers(subject):
        text = (
            "two different keys give a task the same data, though random numbers are drawn: draw them with the key "
            "that it is given, and store no key"
        )
        found.append(Finding("error", KEYS, place(family, EXAMPLES), text))
    text = "equal keys give equal tasks and data, and other keys give others"
    yield from found or [ok(KEYS, "a task has the same data for each key; tasks depend on it" if equal else text)]
    many = sample(MANY, key=subject.key(8))
    if not found and not family.on_host and not family.on_policy:
        yield from _depend_on_task(subject, many)


def _tasks(subject: Subject) -> Iterator[Finding]:
    """Yield what is wrong with the draws of tasks."""
    family, where = subject.family, place(subject.family, TASKS)
    one, again, other = (subject.sample(MANY, key=subject.key(number)) for number in (8, 8, 9))
    if not same(one, again):
        yield Finding("error", KEYS, where, f"it {_HIDDEN}")
    elif same(one, other):
        yield Finding(
            "error",
            KEYS,
            where,
            "two different keys give the same tasks: draw them with the key that it is given, and store no key",
        )
    elif len(set(rows(one))) == 1 and family.count(family.splits[0]) != 1:
        yield Finding(
            "error", KEYS, where, f"all of {MANY} tasks of one draw are equal: give each task a key of its own"
        )


def _draws(subject: Subject) -> dict[str, Callable[[], Any]]:
    """Return what is drawn for the first task, by the functions that may be responsible; on a host for all tasks."""
    family, tasks, key = subject.family, subject.tasks, subject.key(6)
    if family.on_host:
        return {
            "EXAMPLES": lambda: family.batches(subject.learners, tasks, size=subject.size, key=key),
            "DESCRIPTION": lambda: family.task_infos(tasks, key=key),
        }
    # Everything is made here: what is made while a program is traced belongs to it.
    task, learner, query_key = entry(tasks, 0), subject.learner, subject.key(5)
    policy = learner if family.on_policy else None
    draws = {
        "DESCRIPTION": lambda: family.task_info(task, key=key),
        "EXAMPLES": lambda: family.batch(policy, task, size=subject.size, key=key),
    }
    if not family.on_policy:
        query = entry(subject.drawn.query, 0)
        draws["TESTS"] = lambda: family.test_set(task, support_key=key, query_key=query_key)
        draws["SCORE"] = lambda: family.score(learner, task, query)
    return draws


def _draws_numbers(subject: Subject) -> bool:
    """Return whether the data of a task have something random; a simulation on the host has."""
    if subject.family.on_host:
        return True
    return draws_numbers(_draws(subject)["EXAMPLES"])


def _blamed(hidden: set[str]) -> list[tuple[str, ...]]:
    named = {"DESCRIPTION": DESCRIPTION, "EXAMPLES": EXAMPLES, "TESTS": TESTS, "SCORE": SCORE}
    # A test set that is drawn as batches are has their fault.
    return [names for name, names in named.items() if name in hidden and not (name == "TESTS" and "EXAMPLES" in hidden)]


def _differs(draw: Callable[[], Any], *, on_host: bool) -> bool:
    """Return whether two calls differ: their values on a host, else the programs that they are traced to."""
    if on_host:
        return not same(draw(), draw())
    one, other = jax.make_jaxpr(lambda: draw())(), jax.make_jaxpr(lambda: draw())()
    if _ADDRESS.sub("", str(one)) != _ADDRESS.sub("", str(other)):
        return True
    arrays = [[const for const in each.consts if isinstance(const, jax.Array | np.ndarray)] for each in (one, other)]
    return not same(*arrays)


def _depend_on_task(subject: Subject, tasks: Any) -> Iterator[Finding]:
    """Yield a finding on whether the examples of tasks differ where their keys are equal."""
    family = subject.family
    batches = subject.same_key(tasks, subject.key(6))
    if len(set(rows(tasks))) > 1 and len(set(rows(batches))) == 1:
        yield Finding(
            "error",
            "tasks",
            place(family, EXAMPLES),
            f"{MANY} different tasks have the same examples where the key is the same: the examples must depend on "
            "the task",
        )
    else:
        yield ok("tasks", "the examples depend on the task")
