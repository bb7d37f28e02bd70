"""Tasks of a table: one long table of rows, and a table of descriptions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.task_info import TaskInfo
from hypermaml._misc.checks import check_count, check_seed
from hypermaml.data.rows import Rows
from hypermaml.data.table.answer import cells_of, encoded_description, encoded_rows, targets_of
from hypermaml.data.table.describe import TableDescription
from hypermaml.data.table.encode import Encoding, Scaled
from hypermaml.data.table.prepare import prepare
from hypermaml.data.table.question import Question
from hypermaml.data.table.target import Target
from hypermaml.families.examples import Examples, check_model
from hypermaml.families.recorded import AbstractRecordedFamily, changed, check_sizes
from hypermaml.families.table_references.references import references_at
from hypermaml.families.text_embedder import minilm
from hypermaml.nn.mlp import MLP
from hypermaml.nn.scaling import gives_raw, reads_raw

TESTED = 1000  # query rows of a test, at most
ASKED = 15  # query rows of a task in meta-training
SIZES = (0, 1, 2, 5, 10, 20)  # support rows of repeated tests
LEFT = 5  # query rows of repeated tests, at least


@dataclass(frozen=True)
class TableColumns:
    """How the columns of a table are read; it is saved with a trained method.

    Attributes:
        inputs: in the order of the entries of an input.
        described: in the order of the entries of a description.
        target: what is predicted.
        ignored: other columns, which a description may have as well.
        asked: the names of all inputs that the user named, also of those that are constant and are left out.
    """

    inputs: tuple[Encoding, ...]
    described: tuple[Encoding, ...]
    target: Target
    ignored: tuple[str, ...]
    asked: tuple[str, ...] = ()

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the columns that an array of inputs has, in their order."""
        return self.asked or tuple(each.name for each in self.inputs)


class TableFamily(AbstractRecordedFamily):
    """Tasks of one long table: each row is an example, and a column names its task.

    The kinds of columns are inferred: numbers, categories, truth values, dates (as days, and the time of the year) and
    text. `print(family.describe_columns())` shows them, and all that was left out or filled in. Inputs, descriptions
    and a target that is a number are standardized by the meta-training tasks. Predictions and scores are in the units
    of the target.

    A missing number counts as the mean. Where meta-training has missing values, an entry says so, and a missing
    category is a category of its own. An unseen category, and elsewhere a missing one, counts as the average of the
    known ones.

    Attributes:
        columns: how the columns are read.
        task_names: the names of the tasks.
        table: what became of each column.
    """

    columns: TableColumns = eqx.field(static=True)
    task_names: tuple[str, ...] = eqx.field(static=True)
    table: TableDescription = eqx.field(static=True)

    def __init__(
        self,
        rows: Any,
        *,
        task: str,
        target: str,
        descriptions: Any = None,
        inputs: Sequence[str] | None = None,
        described: Sequence[str] | None = None,
        shots: int = 5,
        queries: int | None = None,
        splits: Mapping[str, Sequence[Any]] | str | None = None,
        groups: str | None = None,
        classification: bool | None = None,
        kinds: Mapping[str, str] | None = None,
        seed: int = 0,
        support_sizes: Sequence[int] | None = None,
        hidden: tuple[int, ...] = (40, 40),
        model: Callable[[PRNGKeyArray], Any] | None = None,
        loss: Callable[[Any, Any], Any] | None = None,
    ):
        """Read the tables and part the tasks.

        Args:
            rows: the path of a CSV or Parquet file, the path of a folder with one file for each task (the name of a
                file is the name of its task), or a data frame of pandas, polars or pyarrow.
            task: the column that names the task of a row.
            target: the column to predict.
            descriptions: a path or a data frame with one row for each task and a column named as `task`; of a pandas
                frame this may be the index. `None` for none.
            inputs: the columns to predict from; by default all other columns that vary within tasks.
            described: the columns that describe a task; by default those of `descriptions`, or without `descriptions`
                those that are constant within each task.
            shots: support rows K, at least 1. Each task needs one row more.
            queries: query rows of a task in meta-training, at least 1; by default 15, or fewer where there are fewer.
            splits: the names of the tasks of each split, `meta-train`, `meta-validation` and for tests `meta-test`; or
                the name of the column that holds the split of a task; by default 70%, 10% and 20% of the tasks.
            groups: the column of a group of tasks; tasks of one group are in one split.
            classification: whether the target is a class; by default words and truth values are, and numbers are not.
            kinds: the kind of a column (number, category, boolean, date, text), where it is not to be inferred.
            seed: decides which tasks are in which split.
            support_sizes: numbers of support rows with which a comparison repeats its tests; by default those of 0, 1,
                2, 5, 10 and 20 that leave five query rows in half of the tasks of each test split.
            hidden: widths of the hidden layers of the default model.
            model: from a random key to an Equinox module that maps one input to one prediction; by default an MLP.
            loss: from a prediction and a target to the loss of one row. With a loss of your own the target is not
                standardized. By default the squared error of numbers, the cross-entropy of classes.

        Raises:
            ValueError: a column or a value does not fit; the sentence names the file, the row and the column.
            ModuleNotFoundError: a package of the extra `tables` is not installed.
        """
        shots = check_count("TableFamily: shots", shots)
        check_seed(seed)
        question = Question(
            task,
            target,
            names_of("inputs", inputs),
            names_of("described", described),
            splits,
            groups,
            classification,
            dict(kinds or {}),  # pyright: ignore[reportArgumentType]
            seed,
            loss is None,
        )
        read = prepare(rows, descriptions, question, shots=shots, embed=minilm)
        longest = read.x.shape[1]
        queries = min(ASKED, longest - shots) if queries is None else check_count("TableFamily: queries", queries)
        if shots + queries > longest:
            raise ValueError(
                f"TableFamily: queries is {queries}, but it must be at most {longest - shots}: the longest task has "
                f"{longest} rows and {shots} of them are support"
            )
        self.x, self.y = jnp.asarray(read.x, float), jnp.asarray(read.y, int if read.target.classes else float)
        self.lengths, self.descriptions = jnp.asarray(read.lengths), jnp.asarray(read.descriptions, float)
        self.members = tuple(jnp.asarray(own) for own in read.splits.values())
        self.names = tuple(read.splits)
        self.class_values, self.classes = read.target.classes, len(read.target.classes)
        self.input_shape, self.output_shape = read.x.shape[2:], ()
        self.shots, self.queries, self.support_size = shots, queries, None
        tests = list(read.splits.values())[2:]
        asked = sizes_for(read.lengths, tests) if support_sizes is None else support_sizes
        self.sizes = check_sizes("TableFamily", asked, read.lengths, tests)
        self.hidden, self.model, self.loss = hidden, model, loss
        self.columns = TableColumns(read.inputs, read.described, read.target, read.ignored, read.asked)
        self.task_names, self.table = read.tasks, read.table
        check_model(self)

    def describe_columns(self) -> TableDescription:
        """Return what became of each column; printed, it is a table with notes."""
        return self.table

    @property
    def account(self) -> str:
        return str(self.table)

    @property
    def test_size(self) -> int:
        """The number of rows of the longest task that are not reserved for support, at most 1000."""
        return min(super().test_size, TESTED)

    @property
    def target_deviation(self) -> float:
        """The deviation of a target that is a number over meta-training, by which it is divided inside."""
        return self.columns.target.deviation

    def references(self, tasks: Any, support: Any, query: Any) -> dict[str, Float[np.ndarray, " task"]]:
        """Return the scores of ridge regression, boosted trees, Gaussian processes and a linear mixed model."""
        return references_at(self, tasks, support, query)

    def titles(self, tasks: Any) -> list[str]:
        return [self.task_names[task] for task in np.asarray(tasks).tolist()] if self.task_names else []

    def score(self, learner: Any, task: Any, query: Examples) -> dict[str, Float[Array, ""]]:
        """Return the accuracy and the loss of classes; of numbers the squared error, in the units of the target."""
        found = super().score(learner, task, query)
        return found | ({"mse": found["mse"] * self.columns.target.deviation**2} if "mse" in found else {})

    def predict(self, learner: Any, x: Float[Array, "example entry"]) -> Array:
        """Return the prediction of each row, in the units of the target, or the most probable class."""
        found, target = super().predict(learner, x), self.columns.target
        return found if self.classes else found * target.deviation + target.mean

    def as_inputs(self, x: Any) -> Float[Array, "example entry"]:
        """Return rows of the user as the model reads them.

        Args:
            x: a data frame, a mapping from names to values, or the path of a CSV or Parquet file, with the inputs by
                name, in any order and beside other columns; or an array with the inputs in the order of the table, or
                with all that `inputs` names in their order.

        Raises:
            ValueError: an input is absent, or a value is of another kind.
        """
        return jnp.asarray(encoded_rows(x, self.columns.inputs, self.columns.features), float)

    def as_batch(self, x: Any, y: Any) -> Examples:
        """Return rows of the user as a batch.

        Args:
            x: as in `as_inputs`.
            y: the target of each row.

        Raises:
            ValueError: they do not fit each other or the family.
        """
        batch, target = super().as_batch(x, y), self.columns.target
        return batch if self.classes else eqx.tree_at(lambda b: b.y, batch, (batch.y - target.mean) / target.deviation)

    def as_task_info(self, description: Any = None) -> TaskInfo:
        """Return what the user knows of a task.

        Args:
            description: a mapping from names to values, a row of a data frame, or the values in the order of the table.
                Names that are left out are missing; `None` for nothing.

        Raises:
            ValueError: a name is unknown, or a value is of another kind.
        """
        if description is not None and not self.columns.described and not hasattr(description, "keys"):
            return super().as_task_info(description)
        found = encoded_description(description, self.columns.described, self.columns.ignored)
        return TaskInfo(jnp.asarray(found, float), jnp.asarray(found, float))

    def read_examples(self, path: Path) -> tuple[Any, Any]:
        """Return the path, which `as_inputs` reads, and the target of each row of the file."""
        return path, targets_of(path, self.columns.target)

    def read_inputs(self, path: Path) -> Path:
        """Return the path, which `as_inputs` reads."""
        return path

    def read_cells(self, path: Path) -> Rows:
        return cells_of(path)

    @property
    def scales(self) -> tuple[np.ndarray, np.ndarray] | None:
        """The mean and the deviation of each input; `None` where an input is more than one number."""
        inputs = self.columns.inputs
        if not all(isinstance(each, Scaled) and each.width == 1 for each in inputs):
            return None
        mean, deviation = zip(*((each.mean, each.deviation) for each in inputs), strict=True)  # pyright: ignore[reportAttributeAccessIssue]
        return np.asarray(mean), np.asarray(deviation)

    def export_predict(self, learner: Any, x: Float[Array, "example entry"]) -> Array:
        """Return the prediction of each row: of inputs in their own units, where each is a number without gaps.

        Otherwise the inputs are the entries that `as_inputs` returns.
        """
        scales = self.scales
        if scales is not None:
            x = (x - jnp.asarray(scales[0], x.dtype)) / jnp.asarray(scales[1], x.dtype)
        return self.predict(learner, x)

    def export_module(self, learner: Any) -> Any:
        """Return the model; a multilayer perceptron reads the inputs and gives the target of `export_predict`."""
        module, target = super().export_module(learner), self.columns.target
        if not isinstance(module, MLP):
            return module
        module = module if self.scales is None else reads_raw(module, *self.scales)
        return module if self.classes else gives_raw(module, target.mean, target.deviation)

    def without_tasks(self) -> Self:
        """Return the family without its rows, descriptions, names of tasks, and notes, which name files and tasks."""
        return changed(super().without_tasks(), task_names=(), table=replace(self.table, notes=()))


def names_of(what: str, given: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return names of columns; one name alone is a list of one.

    Raises:
        ValueError: it is not a list of names.
    """
    if given is None or isinstance(given, str):
        return given if given is None else (given,)
    if not all(isinstance(name, str) for name in given):
        raise ValueError(f"{what} is {list(given)!r}, but it must be a list of the names of columns")
    return tuple(given)


def sizes_for(lengths: np.ndarray, members: Sequence[np.ndarray]) -> tuple[int, ...]:
    """Return the usual sizes of support sets that leave half of the tasks of each split at least five query rows."""
    left = [lengths[own] - LEFT for own in members]
    return tuple(size for size in SIZES if left and all((rows >= size).mean() >= 0.5 for rows in left))
