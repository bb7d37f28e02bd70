"""Whether functions would be traced and compiled again for data of equal shapes."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

import equinox as eqx
import jax
import numpy as np

import hypermaml as hm
from hypermaml._check.places import EXAMPLES, MODEL, TASKS, place
from hypermaml._check.results import Finding, ok
from hypermaml._check.subject import Subject
from hypermaml._check.trees import leaf_names

NAME = "retracing"
_DRAWS = ("random_bits", "threefry2x32")  # names of primitives
REMEDY = "JAX compiles everything again for each value"


def check_static(subject: Subject) -> Iterator[Finding]:
    """Check that tasks are arrays and the static fields of the family can be compared. This comes before any draw."""
    family = subject.family
    for field in fields(family):
        value = getattr(family, field.name, None)
        if field.metadata.get("static") and not _is_hashable(value):
            text = (
                f"the static field {field.name} holds {_kind(value)}, which JAX cannot compare: make arrays ordinary "
                "fields, and lists and dictionaries tuples"
            )
            yield Finding("error", NAME, f"{type(family).__name__}.{field.name}", text)
    for name, leaf in zip(leaf_names(subject.tasks), jax.tree.leaves(subject.tasks), strict=True):
        if not isinstance(leaf, jax.Array | np.ndarray):
            text = (
                f"the tasks hold the {type(leaf).__name__} {leaf!r}{f' in {name}' if name else ''}, and {REMEDY}: "
                "return arrays with one entry for each task"
            )
            yield Finding("error", NAME, place(family, TASKS), text)


def _is_hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _kind(value: Any) -> str:
    return f"a {type(value).__name__}"


def check_traces(subject: Subject) -> Iterator[Finding]:
    """Check that a second draw of tasks, another learner and another access give what was traced before."""
    family, found = subject.family, []
    other = subject.sample(subject.count, key=subject.key(17))
    if _form(other) != _form(subject.tasks):
        text = (
            f"two draws of tasks differ in a static field, a shape or a type, and {REMEDY}: what differs between tasks "
            "must be in arrays of one shape"
        )
        found.append(Finding("error", NAME, place(family, TASKS), text))
    elif not family.on_host:
        subject.drawn  # noqa: B018 (the first trace)
        before = subject.traces
        subject.draw(family, subject.learners, other, subject.key(18))
        if subject.traces > before:
            text = f"data of other tasks of the same shapes are traced again, and {REMEDY}: let fields be arrays"
            found.append(Finding("error", NAME, place(family, EXAMPLES), text))
    second = hm.init.learner_for(family, key=subject.key(19))
    if _form(second) != _form(subject.learner):
        text = (
            f"two initializations of the learner differ in a static field, a function, a shape or a type, and {REMEDY}:"
            " make numbers arrays, and functions those of a module, not new ones of each call"
        )
        found.append(Finding("error", NAME, place(family, MODEL), text))
    for name in ("inputs", "items", "labels"):
        if hasattr(family, name) and getattr(family, name) != getattr(family, name):
            text = f"each access gives another function, and {REMEDY}: return a function of a module"
            found.append(Finding("error", NAME, place(family, (name,)), text))
    yield from found or [ok(NAME, "other tasks and keys of the same shapes need no new compilation")]


def draws_numbers(function: Callable[[], Any]) -> bool:
    """Return whether a function draws random numbers of JAX."""
    program = str(jax.make_jaxpr(lambda: function())())
    return any(draw in program for draw in _DRAWS)


def _form(tree: Any) -> Any:
    """Return what a program is compiled for: structure, shapes and types of arrays, and everything else."""
    arrays, rest = eqx.partition(tree, eqx.is_array)
    shapes = [(leaf.shape, leaf.dtype, getattr(leaf, "weak_type", False)) for leaf in jax.tree.leaves(arrays)]
    return jax.tree.structure(arrays), shapes, jax.tree.leaves(rest)
