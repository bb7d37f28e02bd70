"""The base of families whose tasks are recorded examples, padded to one length."""

import math
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from hypermaml._core.task_info import TaskInfo, as_description
from hypermaml._misc.checks import check_count
from hypermaml.data.classes import classes_in
from hypermaml.data.rows import Rows
from hypermaml.families.examples import AbstractExampleFamily, Examples, Shape

LARGEST = 1000  # examples of a padded support set


class AbstractRecordedFamily(AbstractExampleFamily):
    """Tasks of recorded examples, as padded arrays.

    Attributes:
        x: inputs, shape `(task, example, *input)`, padded.
        y: outputs or classes, shape `(task, example, *output)`, padded.
        lengths: the number of examples of each task.
        descriptions: numbers that are known of each task, shape `(task, number)`; no numbers where nothing is known.
        members: the tasks of each split, in the order of `splits`.
        names: the names of the splits.
        class_values: the classes as the user wrote them.
        sizes: of the support sets with which tests are repeated.
        support_size: of the support set of a test; `None` for `shots`.
    """

    x: Float[Array, "task example ..."]
    y: Array
    lengths: Int[Array, " task"]
    descriptions: Float[Array, "task number"]
    members: tuple[Int[Array, " member"], ...]
    names: tuple[str, ...] = eqx.field(static=True)
    class_values: tuple[Any, ...] = eqx.field(static=True)
    classes: int = eqx.field(static=True)
    input_shape: Shape = eqx.field(static=True)
    output_shape: Shape = eqx.field(static=True)
    shots: int = eqx.field(static=True)
    queries: int = eqx.field(static=True)
    hidden: tuple[int, ...] = eqx.field(static=True)
    model: Callable[[PRNGKeyArray], Any] | None = eqx.field(static=True)
    loss: Callable[[Any, Any], Any] | None = eqx.field(static=True)
    sizes: tuple[int, ...] = eqx.field(static=True)
    support_size: Int[Array, ""] | None

    @property
    def splits(self) -> tuple[str, ...]:
        return self.names

    @property
    def support_sizes(self) -> tuple[int, ...]:
        return self.sizes

    @property
    def reserve(self) -> int:
        """The number of a task's shuffled examples that are not query in a test."""
        return self.shots if self.support_size is None else max(self.sizes)

    @property
    def test_size(self) -> int:
        """The number of examples of the longest task that may be query in a test."""
        return self.x.shape[1] - self.reserve

    def test_set(self, task: Any, *, support_key: PRNGKeyArray, query_key: PRNGKeyArray) -> tuple[Examples, Examples]:
        """Return the first of a task's shuffled examples as support, and those after the reserved ones as query.

        Where tests are repeated with several sizes of support sets, these have one shape, so that they are one compiled
        program: padding repeats the examples equally often, so that a mean over all is the mean over those that count.
        """
        drawn = self.batch(None, task, size=self.reserve + self.test_size, key=support_key)
        query = jax.tree.map(lambda leaf: leaf[self.reserve :], drawn)
        size = self.support_size
        if size is None:
            return jax.tree.map(lambda leaf: leaf[: self.shots], drawn), query
        place = jnp.arange(padded_size(self.sizes))
        support = jax.tree.map(lambda leaf: leaf[place % jnp.maximum(size, 1)] * (size > 0), drawn)
        mask = jnp.asarray(place < size, drawn.mask.dtype)
        return Examples(support.x, support.y, mask), query

    def with_support(self, size: int) -> Self:
        """Return the family with support sets of this size in tests, one of `support_sizes`, and one query for all.

        A test shuffles the examples of a task. The first `size` are its support set, and those after the largest of
        `support_sizes` are its query set. Test tasks without such examples are left out, for each size.

        Args:
            size: 0 is an empty support set, of which all is padding.

        Raises:
            ValueError: the size is none of `support_sizes`.
        """
        if size not in self.sizes:
            have = ", ".join(map(str, self.sizes)) or "none"
            raise ValueError(
                f"{type(self).__name__}: a support set of {size} is asked for, but support_sizes are {have}"
            )
        enough = np.asarray(self.lengths) > max(self.sizes)
        tests = tuple(own[enough[np.asarray(own)]] for own in self.members[2:])
        return changed(self, support_size=jnp.asarray(size), members=(*self.members[:2], *tests))

    def read_outputs(self, rows: Rows, columns: Sequence[int]) -> Any:
        if not self.class_values:
            return super().read_outputs(rows, columns)
        return [value for _, value in classes_in([cells[columns[0]] for cells in rows.cells], self.class_values)]

    def count(self, split: str) -> int:
        return len(self.members[self.split_number(split)])

    def sample(self, n: int, *, split: str, key: PRNGKeyArray) -> Int[Array, " task"]:
        """Return `n` tasks of a split; none comes again before all had their turn."""
        members, key = self.members[self.split_number(split)], self.split_key(split, key)
        if not len(members):
            raise ValueError(f"{type(self).__name__}: a saved method has no tasks: give the family of your data")
        rounds = jax.random.split(key, -(-n // len(members)))
        order = jax.vmap(lambda key: jax.random.permutation(key, len(members)))(rounds)
        return members[order.reshape(-1)[:n]]

    def task_info(self, task: Int[Array, ""], *, key: PRNGKeyArray) -> TaskInfo:
        return TaskInfo(self.descriptions[task], self.descriptions[task])

    def set_size(self, count: int) -> int:
        return min(count, self.x.shape[1])

    def batch(self, learner: Any, task: Int[Array, ""], *, size: int, key: PRNGKeyArray) -> Examples:
        """Return `size` examples without repetition; where the task has fewer, the last ones are padding."""
        longest = self.x.shape[1]
        if size > longest:
            raise ValueError(
                f"{type(self).__name__}: {size} examples are asked for, but the longest task has {longest}"
            )
        ranks = jax.random.uniform(key, (longest,)) + (jnp.arange(longest) >= self.lengths[task])
        chosen = jnp.argsort(ranks)[:size]
        mask = jnp.asarray(jnp.arange(size) < self.lengths[task], self.x.dtype)
        return Examples(self.x[task, chosen], self.y[task, chosen], mask)

    @property
    def description_size(self) -> int:
        return self.descriptions.shape[1]

    def as_task_info(self, description: Any = None) -> TaskInfo:
        given = as_description(description, self.description_size, type(self).__name__)
        return TaskInfo(given, given)

    def as_batch(self, x: Any, y: Any) -> Examples:
        if not self.classes:
            return super().as_batch(x, y)
        if np.ndim(y) != 1:
            raise ValueError(f"classes have the shape {np.shape(y)}, but there must be one class an input")
        codes = {value: code for code, value in enumerate(self.class_values)}
        unknown = [value for value in np.asarray(y).tolist() if value not in codes]
        if unknown:
            known = ", ".join(map(str, self.class_values))
            raise ValueError(f"a class is {unknown[0]!r}, but the classes are {known}")
        return super().as_batch(x, [codes[value] for value in np.asarray(y).tolist()])

    def as_predictions(self, predicted: np.ndarray, x: Any) -> np.ndarray:
        return np.asarray(self.class_values)[predicted] if self.classes else predicted

    def without_tasks(self) -> Self:
        """Return the family without its data: enough to adapt to a new task."""
        empty = {name: getattr(self, name)[:0] for name in ("x", "y", "lengths", "descriptions")}
        return changed(self, **empty, members=tuple(own[:0] for own in self.members))


def changed(family: Any, **values: Any) -> Any:
    """Return a family with other values of its fields, unchecked."""
    made = object.__new__(type(family))
    for field in fields(family):
        object.__setattr__(made, field.name, values.get(field.name, getattr(family, field.name)))
    return made


def padded_size(sizes: Sequence[int]) -> int:
    """Return the smallest number that each positive size divides."""
    return math.lcm(*(size for size in sizes if size))


def check_sizes(name: str, sizes: Any, lengths: np.ndarray, members: Sequence[Any]) -> tuple[int, ...]:
    """Return the sizes of support sets with which tests are repeated.

    Args:
        name: of the family.
        sizes: as given.
        lengths: the number of examples of each task.
        members: the tasks of each test split.

    Raises:
        ValueError: a size is negative or stands twice, the sizes have no small common multiple, or a test split has no
            task with more examples.
    """
    if not isinstance(sizes, Sequence) or isinstance(sizes, str):
        raise ValueError(f"{name}: support_sizes are {sizes!r}, but they must be whole numbers, such as (0, 1, 5)")
    found = tuple(check_count(f"{name}: one of support_sizes", size, least=0) for size in sizes)
    if len(set(found)) < len(found):
        raise ValueError(f"{name}: support_sizes are {list(found)}, but each must be there once")
    if padded_size(found) > LARGEST:
        raise ValueError(
            f"{name}: support_sizes are {list(found)}, but each must divide a number up to {LARGEST}, such as 1, 5, 10"
        )
    for own in members if found else ():
        if not (lengths[np.asarray(own)] > max(found)).any():
            raise ValueError(
                f"{name}: the largest of support_sizes is {max(found)}, but a test split has no task with "
                f"{max(found) + 1} examples"
            )
    return found
