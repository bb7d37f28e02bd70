"""Shapes of tasks, data and losses, and whether all numbers are finite."""

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hypermaml._check.places import DESCRIPTION, EXAMPLES, INNER, OUTER, TASKS, TESTS, place
from hypermaml._check.results import Finding, ok
from hypermaml._check.subject import Subject
from hypermaml._check.trees import entry, is_float, leaf_names, numbers
from hypermaml._core.task_info import Curves

SHAPES, FINITE, CLASSES = "shapes", "finite", "classes"


def check_shapes(subject: Subject) -> Iterator[Finding]:
    """Check the first axes of tasks and data, that support and query are alike, and that losses are one number."""
    family, count, drawn = subject.family, subject.count, subject.drawn
    wrong = [
        *_axes("the tasks", subject.tasks, (count,), ("task",), place(family, TASKS)),
        *_axes("the descriptions", drawn.task_info.description, (count,), ("task",), place(family, DESCRIPTION)),
        *_axes("the parameters", drawn.task_info.parameters, (count,), ("task",), place(family, DESCRIPTION)),
        *_axes("a batch", drawn.batch, (count, subject.size), ("task", "example"), place(family, EXAMPLES)),
    ]
    if not family.on_policy:
        where = place(family, TESTS)
        wrong += _axes("the support of a test", drawn.support, (count, family.shots), ("task", "example"), where)
        wrong += _alike(subject, where)
    wrong += _scalars(subject)
    yield from wrong or [ok(SHAPES, f"batches of {subject.size} {_sizes(drawn.batch)}")]


def _sizes(batch: Any) -> str:
    """Return the shapes of an example of a batch."""
    pairs = zip(leaf_names(batch), jax.tree.leaves(batch), strict=True)
    return "with " + ", ".join(f"{name.lstrip('.')} {leaf.shape[2:]} {leaf.dtype}" for name, leaf in pairs)


def _axes(what: str, tree: Any, sizes: tuple[int, ...], axes: tuple[str, ...], where: str) -> list[Finding]:
    """Return the finding on the first leaf whose first axes are not of these sizes."""
    for name, leaf in zip(leaf_names(tree), jax.tree.leaves(tree), strict=True):
        shape = np.shape(leaf)
        if shape[: len(sizes)] != sizes:
            text = (
                f"{what}{f' in {name}' if name else ''} have the shape {shape}, but it must begin with {sizes}: "
                f"{' and '.join(f'one entry along axis {i} for each {axis}' for i, axis in enumerate(axes))}"
            )
            return [Finding("error", SHAPES, where, text)]
    return []


def _alike(subject: Subject, where: str) -> list[Finding]:
    """Return the finding that the support of a test has another form than the batches of meta-training."""
    ours, theirs = ((entry(entry(each, 0), 0)) for each in (subject.drawn.batch, subject.drawn.support))
    forms = [
        (jax.tree.structure(each), [(leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(each)])
        for each in (ours, theirs)
    ]
    if forms[0] == forms[1]:
        return []
    text = (
        f"an example of a test is {forms[1][1]}, but one of a batch is {forms[0][1]}: both must have the same shapes "
        "and types, since the same loss reads them"
    )
    return [Finding("error", SHAPES, where, text)]


def _scalars(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each loss that is not one floating-point number."""
    family, batch = subject.family, entry(subject.drawn.batch, 0)
    for loss, names in ((family.inner_loss, INNER), (family.outer_loss, OUTER)):
        seen = jax.eval_shape(lambda loss=loss: loss(subject.learner, batch))
        leaves = jax.tree.leaves(seen)
        if len(leaves) != 1 or leaves[0].shape or not jnp.issubdtype(leaves[0].dtype, jnp.floating):
            shown = ", ".join(f"shape {leaf.shape} of {leaf.dtype}" for leaf in leaves)
            text = f"{loss.__name__} gives {shown or 'nothing'}, but it must be one floating-point number"
            yield Finding("error", SHAPES, place(family, names), text)


def check_finite(subject: Subject) -> Iterator[Finding]:
    """Check that tasks, descriptions, data and losses are finite."""
    family, drawn = subject.family, subject.drawn
    description = jax.tree.map(_measured, drawn.task_info.description, is_leaf=lambda node: isinstance(node, Curves))
    parts = [
        ("the tasks", subject.tasks, TASKS),
        ("the descriptions", description, DESCRIPTION),
        ("the parameters of tasks", drawn.task_info.parameters, DESCRIPTION),
        ("the examples" if drawn.support is not None else "the trajectories", drawn.batch, EXAMPLES),
        ("the support of tests", drawn.support, TESTS),
        ("the query of tests", drawn.query, TESTS),
    ]
    found = [
        Finding("error", FINITE, place(family, names), sentence)
        for what, tree, names in parts
        for sentence in _not_finite(what, tree)
    ]
    yield from found or [ok(FINITE, "tasks, descriptions and data are finite")]


def _measured(part: Any) -> Any:
    """Return a part of a description; of curves the values that were measured."""
    return jnp.where(part.mask > 0, part.values, 0) if isinstance(part, Curves) else part


def _not_finite(what: str, tree: Any) -> list[str]:
    """Return the sentence on the first leaf that is not finite."""
    for name, leaf in zip(leaf_names(tree), jax.tree.leaves(tree), strict=True):
        if is_float(leaf) and not np.isfinite(numbers(leaf).astype(float)).all():
            bad = ~np.isfinite(numbers(leaf).astype(float))
            tasks = int(bad.reshape(len(bad), -1).any(axis=1).sum()) if bad.ndim else 1
            return [
                f"{what}{f' in {name}' if name else ''} are not finite ({bad.sum()} of {bad.size} numbers, in {tasks} "
                f"of {len(bad) if bad.ndim else 1} tasks): all numbers must be finite"
            ]
    return []


def check_classes(subject: Subject) -> Iterator[Finding]:
    """Check what the family itself can say of its draws, such as that classes are in range."""
    try:
        subject.family.check_draws(key=subject.key(14))
    except ValueError as error:
        yield Finding("error", CLASSES, place(subject.family, EXAMPLES), str(error))
