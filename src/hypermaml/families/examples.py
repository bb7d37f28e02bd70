"""The base of families whose tasks are examples: inputs with a number or a class each."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, PRNGKeyArray

from hypermaml._core.family import Metric
from hypermaml._core.own_tasks import predict
from hypermaml._core.supervised import AbstractSupervisedFamily
from hypermaml._core.task_info import as_numbers
from hypermaml._misc.checks import check_count
from hypermaml.data.rows import Rows
from hypermaml.nn.likelihood import AbstractLikelihood, Categorical, Gaussian
from hypermaml.nn.masked import masked_mean
from hypermaml.nn.mlp import MLP, each
from hypermaml.nn.module import as_learner

Shape = tuple[int, ...]


class Examples(eqx.Module):
    """Examples of a task.

    Attributes:
        x: inputs.
        y: a number, an array of numbers, or a class from 0 on.
        mask: 1 for an example, 0 for padding.
    """

    x: Float[Array, "example ..."]
    y: Array
    mask: Float[Array, " example"]


class ExampleLabels(eqx.Module):
    """Reads the class of each example; 0 where examples have numbers."""

    classes: int = eqx.field(static=True)

    def __call__(self, batch: Examples) -> Int[Array, " example"]:
        return batch.y if self.classes else jnp.zeros(len(batch.mask), int)


class ExampleItems(eqx.Module):
    """Reads each example as one vector: its input and its output, the class as one entry a class."""

    classes: int = eqx.field(static=True)

    def __call__(self, batch: Examples) -> Float[Array, "example item"]:
        y = jax.nn.one_hot(batch.y, self.classes) if self.classes else batch.y
        rows = [flat(batch.x), flat(y)]
        # Padding of a support set repeats its examples; where all is padding, there is nothing to read.
        return jnp.concatenate(rows, axis=1) * jnp.max(batch.mask)


def example_inputs(batch: Examples) -> Float[Array, "example ..."]:
    """Return the input of each example."""
    return batch.x


def example_targets(batch: Examples) -> Array:
    """Return the output of each example."""
    return batch.y


def flat(values: Array) -> Float[Array, "example feature"]:
    """Return each example's entries as one row."""
    return values.reshape(values.shape[0], -1)


class AbstractExampleFamily(AbstractSupervisedFamily):
    """Tasks of examples, any model, any loss of one example.

    Attributes:
        shots: support examples K.
        queries: query examples in meta-training.
        hidden: widths of the hidden layers of the default model, an MLP with ReLU.
        model: from a random key to a module that maps one input to one prediction; `None` for the default model.
        loss: from a prediction and an output to the loss of one example; `None` for the squared error of numbers and
            the cross-entropy of classes.
        classes: how many classes an output has; 0 where outputs are numbers.
        input_shape: of one input.
        output_shape: of one output.
    """

    hidden: eqx.AbstractVar[tuple[int, ...]]
    model: eqx.AbstractVar[Callable[[PRNGKeyArray], Any] | None]
    loss: eqx.AbstractVar[Callable[[Any, Any], Float[Array, ""]] | None]
    classes: eqx.AbstractVar[int]
    if TYPE_CHECKING:
        input_shape: ClassVar[Shape]
        output_shape: ClassVar[Shape]
    else:
        input_shape: eqx.AbstractVar[Shape]
        output_shape: eqx.AbstractVar[Shape]

    @property
    def metrics(self) -> Mapping[str, Metric]:
        found = {"accuracy": Metric(higher_is_better=True)} if self.classes else {"mse": Metric()}
        if not self.classes and self.prediction_shape != self.output_shape:
            found = {}
        return found | ({"loss": Metric()} if self.classes or self.loss else {})

    @property
    def prediction_shape(self) -> Shape:
        """The shape of the model's output for one input; with a loss of the user's it may differ from a target's."""
        if self.model is None:
            return (self.classes,) if self.classes else self.output_shape
        x = jax.ShapeDtypeStruct((1, *self.input_shape), jnp.asarray(0.0).dtype)
        return jax.eval_shape(lambda x: each(self.learner(key=jax.random.key(0)), x), x).shape[1:]

    @property
    def networks(self) -> bool:
        return self.model is None

    @property
    def inputs(self) -> Callable[[Any], Array]:
        return example_inputs

    @property
    def items(self) -> ExampleItems:
        return ExampleItems(self.classes)

    @property
    def labels(self) -> ExampleLabels:
        return ExampleLabels(self.classes)

    @property
    def targets(self) -> Callable[[Any], Array]:
        return example_targets

    @property
    def likelihood(self) -> AbstractLikelihood:
        return Categorical() if self.classes else Gaussian()

    def as_batch(self, x: Any, y: Any) -> Examples:
        """Return examples of the user as a batch.

        Raises:
            ValueError: a shape does not fit the family's, the numbers of inputs and outputs differ, or an entry is not
                finite.
        """
        x, y = self.as_inputs(x), np.asarray(y) if self.classes else as_numbers("outputs", y)
        if y.ndim == 0:
            raise ValueError("there is one output without an axis of examples: give one output an input")
        if not self.classes and _without_ones(y.shape[1:]) == _without_ones(self.output_shape):
            y = y.reshape(len(y), *self.output_shape)
        if len(x) != len(y):
            raise ValueError(f"there are {len(x)} inputs and {len(y)} outputs: give one output an input")
        if y.shape[1:] != self.output_shape:
            raise ValueError(f"an output has the shape {y.shape[1:]}, but it must be {self.output_shape}")
        if self.classes and (y.min(initial=0) < 0 or y.max(initial=0) >= self.classes):
            raise ValueError(f"a class is {y.max()}, but classes go from 0 to {self.classes - 1}")
        if not self.classes and not np.isfinite(y).all():
            raise ValueError("an output is not finite")
        return Examples(x, jnp.asarray(y, int if self.classes else float), jnp.ones(len(x)))

    def as_inputs(self, x: Any) -> Float[Array, "example ..."]:
        """Return inputs of the user as the model reads them.

        Raises:
            ValueError: there are none, the shape of one does not fit, or an entry is not finite.
        """
        x = as_numbers("inputs", x)
        if x.ndim == 0 or not len(x):
            raise ValueError("there are no inputs: give at least one, along the first axis")
        if x.ndim == 1 and self.input_shape == (1,):
            x = x[:, None]
        if x.shape[1:] != self.input_shape:
            raise ValueError(f"an input has the shape {x.shape[1:]}, but it must be {self.input_shape}")
        if not np.isfinite(x).all():
            raise ValueError("an input is not finite")
        return jnp.asarray(x, float)

    def read_outputs(self, rows: Rows, columns: Sequence[int]) -> Any:
        if not self.classes:
            return rows.numbers(columns)
        return [_as_class(cells[columns[0]]) for cells in rows.cells]

    def export_shape(self) -> Shape:
        return self.input_shape

    def outputs(self, learner: Any, x: Float[Array, "example ..."]) -> Array:
        """Return the learner's output at each input."""
        out = each(learner, flat(x) if self.model is None else x)
        return out.reshape(x.shape[0], *self.output_shape) if self.model is None and not self.classes else out

    def predict(self, learner: Any, x: Float[Array, "example ..."]) -> Array:
        """Return the prediction at each input: a number, or the most probable class."""
        out = self.outputs(learner, x)
        return jnp.argmax(out, axis=-1) if self.classes else out

    def predictions(self, learner: Any, x: Any) -> Any:
        inputs = self.as_inputs(x)
        # Padded to a power of two: tables of any length share a few compiled programs.
        size = 1 << (len(inputs) - 1).bit_length()
        padded = jnp.concatenate([inputs, jnp.zeros((size - len(inputs), *inputs.shape[1:]))])
        return self.as_predictions(np.asarray(predict(self, learner, padded))[: len(inputs)], x)

    def probabilities(self, learner: Any, x: Any) -> Float[Array, "example class"]:
        if not self.classes:
            return super().probabilities(learner, x)
        return jax.nn.softmax(self.outputs(learner, self.as_inputs(x)))

    def losses(self, outputs: Array, y: Array) -> Float[Array, " example"]:
        """Return the loss of each example."""
        if self.loss is not None:
            return jax.vmap(self.loss)(outputs, y)
        if self.classes:
            return optax.softmax_cross_entropy_with_integer_labels(outputs, y)
        return flat(jnp.square(outputs - y)).mean(axis=1)

    def inner_loss(self, learner: Any, batch: Examples) -> Float[Array, ""]:
        """Return the mean loss of the examples; with fewer than `shots` their sum over `shots`.

        A step on few examples is thereby smaller, as the gradient of a posterior is: one example says little.
        """
        return self.outer_loss(learner, batch) * jnp.minimum(jnp.sum(batch.mask) / self.shots, 1)

    def outer_loss(self, learner: Any, batch: Examples) -> Float[Array, ""]:
        """Return the mean loss of the examples."""
        return masked_mean(self.losses(self.outputs(learner, batch.x), batch.y), batch.mask)

    def score(self, learner: Any, task: Any, query: Examples) -> dict[str, Float[Array, ""]]:
        """Return the accuracy and the loss of classes; of numbers the squared error, and the loss that is given.

        Predictions of another shape than the targets have a loss, and no squared error.
        """
        out = self.outputs(learner, query.x)
        if self.classes:
            found = {"accuracy": masked_mean(jnp.argmax(out, axis=-1) == query.y, query.mask)}
        elif "mse" not in self.metrics:
            found = {}
        else:
            found = {"mse": masked_mean(flat(jnp.square(out - query.y)).mean(axis=1), query.mask)}
        return found | ({"loss": masked_mean(self.losses(out, query.y), query.mask)} if "loss" in self.metrics else {})

    def learner(self, *, context: int = 0, key: PRNGKeyArray) -> Any:
        if self.model is not None:
            if context:
                raise ValueError(
                    "the method joins a description to the model's input, but the model is the user's own: "
                    "choose another method, or leave model out"
                )
            return as_learner(self.model(key))
        width = int(np.prod(self.input_shape))
        return MLP((width + context, *self.hidden, self.classes or int(np.prod(self.output_shape))), key=key)

    def item_encoder(self, width: int, *, key: PRNGKeyArray) -> MLP:
        size = int(np.prod(self.input_shape)) + (self.classes or int(np.prod(self.output_shape)))
        return MLP((size, width, width), key=key)

    def signature(self, batch: Examples) -> Float[Array, " feature"]:
        """Return the mean item, each item of length 1."""
        items = self.items(batch)
        return jnp.mean(items / jnp.maximum(jnp.linalg.norm(items, axis=1, keepdims=True), 1e-6), axis=0)


def _as_class(cell: str) -> Any:
    """Return the number of a class, or the text where it is not one."""
    return int(cell) if cell.isdigit() else cell


def _without_ones(shape: Shape) -> Shape:
    return tuple(size for size in shape if size != 1)


def check_model(family: AbstractExampleFamily) -> None:
    """Check that the model's prediction and the loss fit the outputs, without computing anything.

    Raises:
        ValueError: one does not.
    """
    if not isinstance(family.hidden, tuple | list):
        raise ValueError(f"hidden is {family.hidden!r}, but it must be widths of layers, such as (40, 40)")
    for width in family.hidden:
        check_count("a width of hidden", width)
    try:
        seen = family.prediction_shape
    except Exception as error:
        first = str(error).partition("\n")[0]
        raise ValueError(f"the model fails on an input of shape {family.input_shape}: {first}") from error
    wanted = (family.classes,) if family.classes else family.output_shape
    if seen != wanted and (family.loss is None or family.classes):
        raise ValueError(
            f"the model maps an input of shape {family.input_shape} to an output of shape {seen}, but it "
            f"must be {wanted}" + (", one entry a class" if family.classes else "")
        )
    if family.loss is not None:
        check_loss(family.loss, seen, family.output_shape, int if family.classes else float)


def check_loss(loss: Callable[[Any, Any], Any], predicted: Shape, output: Shape, kind: type) -> None:
    """Check that a loss maps one prediction and one output to one number, without computing anything.

    Raises:
        ValueError: it does not.
    """
    shapes = (jax.ShapeDtypeStruct(predicted, float), jax.ShapeDtypeStruct(output, kind))
    try:
        found = jax.eval_shape(lambda out, y: jnp.asarray(loss(out, y)), *shapes)
    except Exception as error:
        first = str(error).partition("\n")[0]
        raise ValueError(
            f"the loss fails on one prediction of shape {predicted} and one output of shape {output}: {first}"
        ) from error
    if found.shape:
        raise ValueError(f"the loss of one example has the shape {found.shape}, but it must be one number")
