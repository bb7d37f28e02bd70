"""What a family does with a task of the user: read it, adapt to it, predict, and write the model."""

import warnings
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

from hypermaml._core.task_info import TaskInfo, as_description, as_written
from hypermaml.data.rows import Rows, read_rows
from hypermaml.nn.module import module_of


class AbstractOwnTasks(eqx.Module):
    """The part of a family that takes tasks of the user; by default it takes descriptions and files of numbers.

    A family overrides the members of what it can take, and each of the others refuses in a sentence.
    """

    @abstractmethod
    def sample(self, n: int, *, split: str, key: PRNGKeyArray) -> Any:
        """Draw `n` tasks of a split, stacked."""

    @abstractmethod
    def task_infos(self, tasks: Any, *, key: PRNGKeyArray) -> TaskInfo:
        """Return what is known of stacked tasks."""

    @property
    def description_size(self) -> int:
        """Return the number of numbers that describe a task; 0 where nothing is known of tasks.

        Raises:
            ValueError: the family describes its tasks by more than one array of numbers.
        """
        described = shapes_of(self).description
        if not isinstance(described, jax.ShapeDtypeStruct):
            raise ValueError(f"{type(self).__name__} describes its tasks by more than one array of numbers")
        return described.shape[1]

    def as_task_info(self, description: Any = None) -> TaskInfo:
        """Return what the user knows of a new task; the oracle takes the description for the true parameters.

        Args:
            description: numbers, as the family describes its tasks; `None` for zeros, which nothing may read.

        Raises:
            ValueError: the description does not fit the family's.
        """
        given = as_description(description, self.description_size, type(self).__name__)
        size = shapes_of(self).parameters.shape[1]
        return TaskInfo(given, jnp.resize(given, (size,)) if given.size else jnp.zeros(size))

    def read_description(self, text: str) -> Any:
        """Return a description that is written on the command line, as `as_task_info` takes it.

        Args:
            text: `name=value` pairs or numbers, separated by commas.

        Raises:
            ValueError: it is neither.
        """
        return as_written(text)

    def read_examples(self, path: Path) -> tuple[Any, Any]:
        """Return the inputs and outputs in a file of the user, as `as_batch` takes them: the outputs come last.

        Raises:
            ValueError: the file does not fit.
            OSError: it cannot be read.
        """
        inputs, rows = self._width(), read_rows(path)
        columns = len(rows.cells[0])
        if columns <= inputs:
            raise ValueError(f"{path} has {columns} columns, but {inputs} inputs and an output need more")
        return rows.numbers(range(inputs)), self.read_outputs(rows, range(inputs, columns))

    def listed_examples(self, given: Sequence[Any]) -> tuple[Any, Any]:
        """Return the inputs and outputs of examples that a file of tasks lists, as `as_batch` takes them.

        Raises:
            ValueError: an example does not fit, or examples of the family are in a file of their own.
        """
        raise ValueError(f"examples of {type(self).__name__} are rows of a file: give its name instead of a list")

    def read_outputs(self, rows: Rows, columns: Sequence[int]) -> Any:
        """Return the outputs in these columns of a file, as `as_batch` takes them.

        Raises:
            ValueError: a cell does not fit.
        """
        return rows.numbers(columns)

    def read_inputs(self, path: Path) -> Any:
        """Return the inputs in a file of the user, as `as_inputs` takes them: its first columns, whatever their names.

        A warning names the columns where there are more.

        Raises:
            ValueError: the file does not fit.
            OSError: it cannot be read.
        """
        rows, width = read_rows(path), self._width()
        found = rows.numbers(range(width))
        if rows.names and len(rows.names) > width:
            names = ", ".join(f"'{name}'" for name in rows.names[:width])
            columns = f"columns {names} are" if width > 1 else f"column {names} is"
            warnings.warn(f"{path}: the first {columns} the input, and the others are not read", stacklevel=1)
        return found

    def read_cells(self, path: Path) -> Rows:
        """Return all cells of a file of the user as they stand, for predictions beside them.

        Raises:
            ValueError: the file does not fit.
            OSError: it cannot be read.
        """
        return read_rows(path)

    def _width(self) -> int:
        """Return the number of columns of an input in a file."""
        shape = self.export_shape()
        if len(shape) != 1:
            raise ValueError(f"an input of {type(self).__name__} has the shape {shape}, which no row of a file holds")
        return shape[0]

    def for_description(self, description: Any) -> Any:
        """Return the family as it reads the data of a task of the user with this description; itself by default."""
        return self

    def as_task(self, environment: Any) -> Any:
        """Return an environment of the user as a task of the family, for a family that is on-policy.

        Raises:
            ValueError: the environment does not fit the family's, or the family takes none.
        """
        raise ValueError(f"{type(self).__name__} takes no environment of your own")

    def as_batch(self, x: Any, y: Any) -> Any:
        """Return examples of the user as a support set, for a family that is not on-policy.

        Args:
            x: inputs, one an example along the first axis.
            y: outputs, alike.

        Raises:
            ValueError: they do not fit the family's, or the family takes no arrays.
        """
        raise ValueError(f"{type(self).__name__} takes no examples of your own as arrays")

    def as_inputs(self, x: Any) -> Any:
        """Return inputs of the user, or observations, as the model reads them.

        Raises:
            ValueError: they do not fit the family's, or the family takes no arrays.
        """
        raise ValueError(f"{type(self).__name__} takes no inputs of your own as arrays")

    def predict(self, learner: Any, x: Any) -> Array:
        """Return the learner's prediction at each input of `as_inputs`: a number, a class or an action."""
        raise ValueError(f"{type(self).__name__} takes no inputs of your own as arrays")

    def probabilities(self, learner: Any, x: Any) -> Array:
        """Return the learner's probability of each class at inputs of the user, shape `(input, class)`.

        Raises:
            ValueError: an input does not fit the family's, or the family has no classes.
        """
        raise ValueError(f"{type(self).__name__} has no classes, so that there are no probabilities")

    def as_predictions(self, predicted: np.ndarray, x: Any) -> Any:
        """Return predictions as the user reads them.

        Args:
            predicted: from `predict`.
            x: the inputs as the user gave them.
        """
        return predicted

    def predictions(self, learner: Any, x: Any) -> Any:
        """Return the learner's predictions at inputs of the user, in the form that the user reads.

        Raises:
            ValueError: an input does not fit the family's.
        """
        return self.as_predictions(np.asarray(predict(self, learner, self.as_inputs(x))), x)

    def export_predict(self, learner: Any, x: Array) -> Array:
        """Return the prediction at each input of a model that is exported as a program: as the user reads it.

        Args:
            learner: the model.
            x: inputs of the shape `export_shape`, one along the first axis.
        """
        return self.predict(learner, x)

    def export_shape(self) -> tuple[int, ...]:
        """Return the shape of one input of a model that is exported as a program.

        Raises:
            ValueError: inputs are not arrays of numbers.
        """
        raise ValueError(
            f"models of {type(self).__name__} have no inputs that are arrays of numbers: save them instead"
        )

    def export_module(self, learner: Any) -> Any:
        """Return the module whose arrays are exported: of the inputs and with the outputs of `export_predict`."""
        return module_of(learner)

    def write_folder(self, learner: Any, folder: Path) -> None:
        """Write a model as a folder that other programs read, where the family has such a form.

        Raises:
            ValueError: it has none.
        """
        raise ValueError(f"{folder} has no ending: a model is written as .onnx, .stablehlo, .safetensors or .hypermaml")

    def without_tasks(self) -> Any:
        """Return the family without data that only training needs: enough to adapt to a new task, and to be saved."""
        return self


@eqx.filter_jit
def predict(family: AbstractOwnTasks, learner: Any, x: Any) -> Array:
    """Return `family.predict`, compiled."""
    return family.predict(learner, x)


def shapes_of(family: AbstractOwnTasks) -> TaskInfo:
    """Return the shapes of what is known of a task, without computing anything."""

    def one(key: PRNGKeyArray) -> TaskInfo:
        return family.task_infos(family.sample(1, split="meta-train", key=key), key=key)

    return jax.eval_shape(one, jax.random.key(0))
