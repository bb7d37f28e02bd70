"""Tasks that are recorded: arrays of inputs and outputs, one pair a task."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.task_info import as_numbers
from hypermaml._misc.checks import check_count
from hypermaml.data.table.splits import NEEDED, SHARES, by_seed, in_order
from hypermaml.families.examples import check_model
from hypermaml.families.recorded import AbstractRecordedFamily, check_sizes


class ArrayFamily(AbstractRecordedFamily):
    """Tasks of recorded examples: each task is one array of inputs and one of outputs.

    Tasks are parted into splits, by a seed or as given. Within a task, support and query never share an example. Tasks
    may have different numbers of examples. Outputs that are floating-point numbers are regressed; whole numbers, truth
    values and names are classes.

    The attributes are those of `AbstractRecordedFamily`.
    """

    def __init__(
        self,
        x: Any,
        y: Any,
        *,
        descriptions: Any = None,
        shots: int,
        queries: int | None = None,
        splits: Mapping[str, Sequence[int]] | None = None,
        split_seed: int = 0,
        model: Callable[[PRNGKeyArray], Any] | None = None,
        loss: Callable[[Any, Any], Any] | None = None,
        hidden: tuple[int, ...] = (40, 40),
        support_sizes: Sequence[int] = (),
    ):
        """Check the arrays and part the tasks.

        Args:
            x: inputs of each task: an array of shape `(task, example, *input)`, or a list of one array a task.
            y: outputs of each task, alike.
            descriptions: numbers of each task, shape `(task, number)`; `None` where nothing is known.
            shots: support examples K, at least 1.
            queries: query examples in meta-training, at least 1; as many as `shots` by default, or as there are.
            splits: the numbers of the tasks of each split, by name, `meta-train` and `meta-validation` among them, and
                for tests `meta-test`; by default 70%, 10% and 20% of the tasks.
            split_seed: decides which tasks these are.
            model: from a random key to an Equinox module that maps one input to one prediction; by default an MLP.
            loss: from a prediction and an output to the loss of one example; by default the squared error of numbers,
                the cross-entropy of classes.
            hidden: widths of the hidden layers of the default model.
            support_sizes: sizes of support sets with which a comparison repeats its tests, such as `(0, 1, 5, 10)`.

        Raises:
            ValueError: the arrays do not fit each other, an entry is not finite, a task has too few examples, or a
                split is empty or shares a task with another one; the sentence says which.
        """
        xs, ys, shots = rows_of("x", x), rows_of("y", y), check_count("ArrayFamily: shots", shots)
        check_tasks(xs, ys, shots)
        longest = max(len(each) for each in xs)
        if queries is None:
            queries = min(shots, longest - shots)
        queries = check_count("ArrayFamily: queries", queries, least=0)
        if queries < 1 or shots + queries > longest:
            raise ValueError(
                f"ArrayFamily: queries is {queries}, but it must be from 1 to {longest - shots}: the longest task has "
                f"{longest} examples and {shots} of them are support"
            )
        inputs = [as_numbers("ArrayFamily: x", each) for each in xs]
        inputs = [each[:, None] if each.ndim == 1 else each for each in inputs]
        joined = np.concatenate(ys)
        if jnp.issubdtype(joined.dtype, jnp.floating):
            self.class_values, outputs = (), [np.asarray(each, float) for each in ys]
        else:
            check_classes(joined)
            values, codes = np.unique(joined, return_inverse=True)
            self.class_values = tuple(values.tolist())
            outputs = np.split(codes.reshape(joined.shape), np.cumsum([len(each) for each in ys])[:-1])
        self.classes = len(self.class_values)
        check_finite("x", inputs)
        check_finite("y", outputs)
        self.input_shape, self.output_shape = inputs[0].shape[1:], outputs[0].shape[1:]
        self.x, self.y = padded(inputs, longest, float), padded(outputs, longest, int if self.classes else float)
        self.lengths = jnp.asarray([len(each) for each in xs])
        self.descriptions = described(descriptions, len(xs))
        parts = part(len(xs), split_seed) if splits is None else given(splits, len(xs))
        self.names = tuple(parts)
        self.members = tuple(jnp.asarray(parts[name]) for name in parts)
        self.shots, self.queries, self.hidden, self.model, self.loss = shots, queries, hidden, model, loss
        tests = [np.asarray(own) for own in self.members[2:]]
        self.sizes = check_sizes("ArrayFamily", support_sizes, np.asarray(self.lengths), tests)
        self.support_size = None
        check_model(self)


def rows_of(name: str, values: Any) -> list[np.ndarray]:
    """Return one array a task.

    Raises:
        ValueError: there are no tasks, or tasks have inputs or outputs of different shapes.
    """
    if isinstance(values, str) or not np.iterable(values):
        raise ValueError(f"ArrayFamily: {name} is {values!r}, but it must be one array a task")
    rows = [np.asarray(each) for each in values]
    # A column of a table has objects as entries; their own type decides.
    rows = [np.asarray(row.tolist()) if row.dtype == object else row for row in rows]
    if not rows:
        raise ValueError(f"ArrayFamily: {name} has no tasks")
    for task, row in enumerate(rows):
        if row.ndim == 0:
            raise ValueError(f"ArrayFamily: {name} of task {task} is one value, but it must be one value an example")
        if row.shape[1:] != rows[0].shape[1:]:
            raise ValueError(
                f"ArrayFamily: an entry of {name} has the shape {row.shape[1:]} in task {task} and {rows[0].shape[1:]} "
                "in task 0, but it must be the same in all"
            )
    return rows


def check_tasks(xs: Sequence[np.ndarray], ys: Sequence[np.ndarray], shots: int) -> None:
    """Check that inputs and outputs go together and that each task has a support set and one query example.

    Raises:
        ValueError: the first task that does not fit.
    """
    if len(xs) != len(ys):
        raise ValueError(f"ArrayFamily: x has {len(xs)} tasks and y has {len(ys)}, but they must have the same")
    for task, (x, y) in enumerate(zip(xs, ys, strict=True)):
        if len(x) != len(y):
            raise ValueError(
                f"ArrayFamily: task {task} has {len(x)} inputs and {len(y)} outputs, but an example needs both"
            )
        if len(x) <= shots:
            raise ValueError(
                f"ArrayFamily: task {task} has {len(x)} examples, but {shots} shots and a query need {shots + 1}"
            )


def check_classes(values: np.ndarray) -> None:
    """Check that outputs that are not floating-point numbers are classes: whole numbers, truth values or names.

    Raises:
        ValueError: they are not.
    """
    if values.dtype.kind not in "biuSU":
        raise ValueError(
            f"ArrayFamily: y is of the type {values.dtype}, but it must be floating-point numbers, or classes: whole "
            "numbers, truth values or names"
        )
    if values.ndim > 1:
        raise ValueError(f"ArrayFamily: y has classes of shape {values.shape[1:]}, but a class is one value")


def check_finite(name: str, rows: Sequence[np.ndarray]) -> None:
    """Check that every entry is finite.

    Raises:
        ValueError: the first task and example that are not.
    """
    for task, row in enumerate(rows):
        bad = np.argwhere(~np.isfinite(row))
        if len(bad):
            raise ValueError(f"ArrayFamily: {name} of task {task} is not finite in example {bad[0][0]}")


def padded(rows: Sequence[np.ndarray], length: int, dtype: Any) -> Array:
    """Return the arrays stacked, zeros after the end of each."""
    stacked = np.zeros((len(rows), length, *rows[0].shape[1:]))
    for index, row in enumerate(rows):
        stacked[index, : len(row)] = row
    return jnp.asarray(stacked, dtype)


def described(descriptions: Any, tasks: int) -> Float[Array, "task number"]:
    """Return the descriptions as numbers.

    Raises:
        ValueError: there is not one for each task, or an entry is not finite.
    """
    if descriptions is None:
        return jnp.zeros((tasks, 0))
    values = as_numbers("ArrayFamily: descriptions", descriptions)
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or len(values) != tasks:
        raise ValueError(f"ArrayFamily: descriptions have the shape {values.shape}, but it must be ({tasks}, numbers)")
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        raise ValueError(f"ArrayFamily: the description of task {bad[0][0]} is not finite in its number {bad[0][1]}")
    return jnp.asarray(values, float)


def part(tasks: int, seed: int) -> dict[str, np.ndarray]:
    """Return the tasks of each split, by a seed.

    Raises:
        ValueError: there are fewer than three.
    """
    if tasks < len(SHARES):
        raise ValueError(f"ArrayFamily: there are {tasks} tasks, but three splits need at least {len(SHARES)}")
    return by_seed(tasks, seed)


def given(splits: Mapping[str, Sequence[int]], tasks: int) -> dict[str, np.ndarray]:
    """Return the splits of the user, meta-train, meta-validation and meta-test first.

    Raises:
        ValueError: one of these is missing, a split is empty, or a task is unknown or in two places.
    """
    if not isinstance(splits, Mapping):
        raise ValueError(
            "ArrayFamily: splits must be the numbers of the tasks by the name of the split, such as "
            "{'meta-train': [0, 1], 'meta-validation': [2], 'meta-test': [3]}"
        )
    missing = [name for name in NEEDED if name not in splits]
    if missing:
        raise ValueError(f"ArrayFamily: splits have no {missing[0]}, but they must have {' and '.join(NEEDED)}")
    ordered = {name: np.asarray(splits[name]) for name in in_order(list(splits))}
    seen: dict[int, str] = {}
    for name, members in ordered.items():
        if not len(members):
            raise ValueError(f"ArrayFamily: the split {name} has no task")
        if members.ndim != 1 or members.dtype.kind not in "iu":
            raise ValueError(f"ArrayFamily: the split {name} is not a list of the numbers of tasks, from 0 on")
        for task in members.tolist():
            if not 0 <= task < tasks:
                raise ValueError(f"ArrayFamily: the split {name} has task {task}, but tasks go from 0 to {tasks - 1}")
            if task in seen:
                raise ValueError(f"ArrayFamily: task {task} is in the splits {seen[task]} and {name}")
            seen[task] = name
    return ordered
