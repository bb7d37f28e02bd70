"""The base of families whose tasks are recorded examples, padded to one length."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from hypermaml._core.task_info import TaskInfo, as_description
from hypermaml._misc.checks import check_count
from hypermaml.families.examples import AbstractExampleFamily, Examples, Shape


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
        reserve: the examples of a test that are not query, of which the first ones are support.
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
    reserve: int = eqx.field(static=True)

    @property
    def splits(self) -> tuple[str, ...]:
        return self.names

    @property
    def test_size(self) -> int:
        """The number of examples of the longest task that are not reserved for support."""
        return self.x.shape[1] - self.reserve

    def test_set(self, task: Any, *, support_key: PRNGKeyArray, query_key: PRNGKeyArray) -> tuple[Examples, Examples]:
        """Return the first `shots` of a task's shuffled examples, and those after the reserved ones.

        Without shots the support set is one example of padding.
        """
        drawn = self.batch(None, task, size=self.reserve + self.test_size, key=support_key)
        support = jax.tree.map(lambda leaf: leaf[: max(self.shots, 1)], drawn)
        if not self.shots:
            support = eqx.tree_at(lambda batch: batch.mask, support, jnp.zeros_like(support.mask))
        return support, jax.tree.map(lambda leaf: leaf[self.reserve :], drawn)

    def with_support(self, shots: int, *, reserve: int | None = None) -> Self:
        """Return the family with another number of support examples in tests, and the same query for each number.

        A test shuffles the examples of a task. The first `shots` are its support set, and those after the first
        `reserve` are its query set. With one `reserve`, errors with 0, 1, 2, ... support examples are therefore of the
        same query examples. Tasks without an example after the reserved ones are left out.

        Args:
            shots: support examples of a test, at least 0.
            reserve: examples that are not query, at least `shots`; as many as `shots` by default.

        Raises:
            ValueError: a number is too small, or a test split has no task with enough examples.
        """
        name = type(self).__name__
        shots = check_count(f"{name}: shots", shots, least=0)
        reserve = shots if reserve is None else check_count(f"{name}: reserve", reserve, least=shots)
        enough = np.asarray(self.lengths) > reserve
        members = tuple(own[enough[np.asarray(own)]] for own in self.members)
        for split in self.test_splits:
            if not len(members[self.split_number(split)]):
                raise ValueError(
                    f"{name}: no task of {split} has more than {reserve} examples, so that {reserve} reserved ones "
                    "leave none to test on"
                )
        return changed(self, shots=shots, reserve=reserve, members=members)

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
