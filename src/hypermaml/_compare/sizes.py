"""The memory that a budget will take, estimated from below before any is taken."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import equinox as eqx
import jax
from jax.errors import JAXIndexError, JAXTypeError

from hypermaml._core.evaluate import test_data
from hypermaml._core.execution import present
from hypermaml._core.family import AbstractFamily
from hypermaml._core.mapping import at_once
from hypermaml._misc.memory import available, size
from hypermaml.experiments.experiment import Budget
from hypermaml.methods.config import MethodConfig

ROW = 400  # bytes of a row of scores
ITERATION = 64  # bytes of what is kept of an iteration, for each task


def check_sizes(methods: Iterable[MethodConfig], family: AbstractFamily, budget: Budget) -> None:
    """Check that there is memory for the tasks, learners and scores of a budget. Only shapes are computed.

    Args:
        methods: that will learn the family.
        family: the tasks.
        budget: iterations and tasks.

    Raises:
        ValueError: a number of the budget needs more memory than there is; the sentence names the largest one.
    """
    free = available()
    if free is None:
        return
    methods = list(methods)
    needed = needed_by(family, budget)
    name = max(needed, key=lambda name: needed[name])
    _check(f"{name} is {getattr(budget, name):,}: that", needed[name], free)
    for method in methods:
        inner, steps = _learner(family), getattr(method, "inner_steps", 1)
        own = f"{type(method).__name__} with {steps:,} inner steps and"
        together = min(budget.meta_batch, at_once() or budget.meta_batch)
        kept = 1 if present().recompute else steps
        _check(f"{own} {together:,} tasks at once", together * inner * kept, free)
        made = _bytes(lambda method=method: method.build(family, key=jax.random.key(0)))
        _check(f"the arrays of {type(method).__name__}, as it is set,", made, free)


def _check(what: str, needed: int, free: int) -> None:
    if needed > free:
        verb = "needs" if what.endswith("that") else "need"
        raise ValueError(
            f"{what} {verb} about {size(needed)} of memory, but {size(free)} are free; give a smaller number"
        )


def needed_by(family: AbstractFamily, budget: Budget) -> dict[str, int]:
    """Return the bytes that each number of a budget takes at least.

    Args:
        family: the tasks.
        budget: iterations and tasks.
    """
    learner = _learner(family)
    tested = {"validation_tasks": budget.validation_tasks, "test_tasks": budget.test_tasks}
    found = {"steps": _test(family, 1, budget.steps, learner)}
    found |= {name: _test(family, count, budget.steps, learner) for name, count in tested.items()}
    if budget.steps > max(tested.values()):  # the larger of the two numbers is named
        found["steps"] = max(found.values()) + 1
    found["meta_batch"] = budget.meta_batch * (learner + _tasks(family, 1))
    found["chunk"] = min(budget.chunk, budget.iterations) * ITERATION
    return found


def _test(family: AbstractFamily, count: int, steps: int, learner: int) -> int:
    """Return the bytes of the tasks, their data, and the learners and scores after each step."""
    rows = count * (steps + 1) * len(family.metrics) * ROW
    return rows + count * (steps + 1) * learner + count * _tasks(family, 1)


def _learner(family: AbstractFamily) -> int:
    return _bytes(lambda: family.learner(key=jax.random.key(0)))


def _tasks(family: AbstractFamily, count: int) -> int:
    def drawn() -> Any:
        key = jax.random.key(0)
        tasks = family.sample(count, split=family.splits[0], key=key)
        return tasks, test_data(family, tasks, key=key)

    return _bytes(drawn)


def _bytes(made: Any) -> int:
    """Return the bytes of the arrays that a function returns; 0 where a family computes on the host."""
    try:
        leaves = jax.tree.leaves(eqx.filter_eval_shape(made))
    except (JAXTypeError, JAXIndexError):  # a number is needed where there is a shape alone
        return 0
    return sum(leaf.size * leaf.dtype.itemsize for leaf in leaves if hasattr(leaf, "size"))
