"""Whether descriptions tell something of a task, and not what the model must predict."""

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hypermaml._check.places import DESCRIPTION, place
from hypermaml._check.results import Finding, ok
from hypermaml._check.subject import Subject
from hypermaml._check.trees import is_float
from hypermaml._core.supervised import AbstractSupervisedFamily
from hypermaml._core.task_info import Curves

MANY = 300
SEVERAL = 4  # different values of an affine fit, at least
NOISE = 0.7  # the share of a description's variance that is noise, above which it tells nothing
NAME, LEAK = "description", "target in description"


def check_description(subject: Subject) -> Iterator[Finding]:
    """Check that descriptions differ between tasks, by more than noise."""
    family, where = subject.family, place(subject.family, DESCRIPTION)
    tasks = subject.sample(MANY, key=subject.key(11))
    one, other = (family.task_infos(tasks, key=subject.key(number)).description for number in (12, 13))
    columns, again = (_columns(described) for described in (one, other))
    if not columns.shape[1]:
        if subject.config.reads_description:
            yield Finding(
                "error",
                NAME,
                where,
                f"{type(subject.config).__name__} reads descriptions, but tasks have none, so that all of them start "
                "alike: describe the tasks, or choose a method that reads no description, such as MAML",
            )
        else:
            yield ok(NAME, "tasks have no description")
        return
    varies = ~np.all(columns == columns[0], axis=0)
    if not varies.any():
        yield Finding(
            "error",
            NAME,
            where,
            f"the description is the same for all of {MANY} tasks, so that it tells nothing: return numbers that "
            "differ between tasks, or none",
        )
        return
    within = np.mean((columns - again)[:, varies] ** 2, axis=0) / 2
    share = within / np.maximum(np.var(np.concatenate([columns, again])[:, varies], axis=0), 1e-30)
    if (share > NOISE).all():
        yield Finding(
            "error",
            NAME,
            where,
            "the description is noise alone: two keys give a task descriptions as different as those of two tasks; "
            "compute it from the task",
        )
        return
    still = np.flatnonzero(~varies)
    if len(still) and isinstance(one, jax.Array):
        yield Finding(
            "warning" if len(still) * 2 > len(varies) else "ok",
            NAME,
            where if len(still) * 2 > len(varies) else "",
            f"{len(still)} of its {len(varies)} numbers are the same for all of {MANY} tasks, such as number "
            f"{still[0]}: they tell nothing",
        )
    else:
        yield ok(NAME, f"it differs between tasks ({columns.shape[1]} number{'s' * (columns.shape[1] > 1)})")


def _columns(described: object) -> np.ndarray:
    """Return all numbers of stacked descriptions, one row a task; those that are masked as 0."""
    parts = jax.tree.leaves(described, is_leaf=lambda node: isinstance(node, Curves))
    arrays = [jnp.where(part.mask > 0, part.values, 0) if isinstance(part, Curves) else part for part in parts]
    found = [np.asarray(array, float).reshape(len(array), -1) for array in arrays]
    return np.concatenate(found, axis=1) if found else np.zeros((MANY, 0))


def check_target(subject: Subject) -> Iterator[Finding]:
    """Check that the description does not hold targets of the query."""
    family = subject.family
    if not isinstance(family, AbstractSupervisedFamily):
        return
    drawn = subject.drawn
    described = drawn.task_info.description
    if not is_float(described) or described.ndim != 2 or not described.shape[1]:
        return
    if jax.tree.structure(drawn.query) != jax.tree.structure(drawn.batch):
        return  # the query of a test is of another form, whose targets only the family knows
    if not is_float(jax.vmap(family.targets)(drawn.query)):
        return  # classes, which numbers of a description equal by chance
    described, targets = np.asarray(described, float), _targets(family, drawn.query)
    alike = jax.tree.structure(drawn.support) == jax.tree.structure(drawn.query)
    every = np.concatenate([_targets(family, drawn.support), targets], axis=1) if alike else targets
    where = place(family, DESCRIPTION)
    held = _held(described, targets)
    if held is not None:
        yield Finding(
            "error",
            LEAK,
            where,
            f"number {held} of the description is a target of the query in every task: describe a task only by what is "
            "known before its query is answered",
        )
    elif (level := _level(described, targets, every)) is not None:
        yield Finding(
            "error" if _constant(targets) else "warning",
            LEAK,
            where,
            f"number {level} of the description gives the mean of a task's targets exactly, so that it holds "
            "answers of the query: compute it without the query, or leave it out",
        )
    elif _determined(described, targets):
        yield Finding(
            "error",
            LEAK,
            where,
            "all targets of a task are equal, and the description determines them, so that no input is needed: "
            "describe a task only by what is known before its query is answered",
        )
    else:
        yield ok(LEAK, "the description holds no target of the query")


def _held(described: np.ndarray, targets: np.ndarray) -> int | None:
    """Return the first number that is one of the targets in every task, apart from common values such as 0 and 1."""
    for number in range(described.shape[1]):
        column = described[:, number]
        if len(np.unique(column)) < len(column) / 2:
            continue
        if all(value in row for value, row in zip(column, targets, strict=True)):
            return number
    return None


def _level(described: np.ndarray, *targets: np.ndarray) -> int | None:
    """Return the first number that gives the mean of the targets in every task, but for units and rounding."""
    for each in targets:
        mean = np.nanmean(each, axis=1)
        for number in range(described.shape[1]):
            if _affine(described[:, number], mean):
                return number
    return None


def _affine(column: np.ndarray, values: np.ndarray) -> bool:
    """Return whether one is the other in other units; with less than four different ones, whether they are equal."""
    if np.allclose(values, values[0]):
        return False
    if min(len(np.unique(column)), len(np.unique(values))) < SEVERAL:
        return bool(np.abs(column - values).max() < 1e-5 * np.abs(values).max())
    return bool(abs(np.corrcoef(column, values)[0, 1]) > 1 - 1e-6)


def _targets(family: AbstractSupervisedFamily, batch: Any) -> np.ndarray:
    """Return the targets of stacked tasks, one row a task; those that are masked as NaN."""
    found = np.asarray(jax.vmap(family.targets)(batch), float)
    mask = getattr(batch, "mask", None)
    if mask is not None and mask.shape == found.shape[: mask.ndim]:
        counts = np.asarray(mask).reshape(*mask.shape, *(1,) * (found.ndim - mask.ndim)) > 0
        found = np.where(counts, found, np.nan)
    return found.reshape(len(found), -1)


def _constant(targets: np.ndarray) -> bool:
    spread = np.nanmax(targets, axis=1) - np.nanmin(targets, axis=1)
    return bool((spread <= 1e-6 * np.nanmax(np.abs(targets))).all())


def _determined(described: np.ndarray, targets: np.ndarray) -> bool:
    """Return whether the targets of a task are equal, and a linear function of the description."""
    level = np.nanmean(targets, axis=1)
    if not _constant(targets) or np.allclose(level, level[0]) or described.shape[1] + 2 > len(targets):
        return False
    inputs = np.concatenate([described, np.ones((len(described), 1))], axis=1)
    residual = level - inputs @ np.linalg.lstsq(inputs, level, rcond=None)[0]
    return bool(np.var(residual) < 1e-6 * np.var(level))
