"""Tasks that are sampled: what a user's own family of examples has to say."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.task_info import TaskInfo
from hypermaml._misc.checks import check_count
from hypermaml.families.examples import AbstractExampleFamily, Examples, Shape, check_model

CHECKED = 8  # tasks whose draws are looked at
PROBE = 2  # examples that show the shapes; one would hide an axis of another meaning


class SampledFamily(AbstractExampleFamily):
    """Tasks that are drawn from a distribution, and their examples.

    A family of one's own defines `sample_task` and `sample_examples`, and `describe` where something is known of a task
    before it is adapted to.

    Attributes:
        shots: support examples K, at least 1.
        queries: query examples in meta-training, at least 1.
        test_examples: query examples of a test, at least 1.
        hidden: widths of the hidden layers of the default model, an MLP with ReLU.
        model: from a random key to an Equinox module that maps one input to one prediction; `None` for the default.
        loss: from a prediction and an output to the loss of one example; `None` for the squared error of numbers, the
            cross-entropy of classes.
        classes: how many classes an output has; 0 where outputs are numbers.

    Raises:
        ValueError: a number is too small, or an output or a prediction does not fit.
    """

    shots: int = eqx.field(static=True, default=10)
    queries: int = eqx.field(static=True, default=10)
    test_examples: int = eqx.field(static=True, default=100)
    hidden: tuple[int, ...] = eqx.field(static=True, default=(40, 40))
    model: Callable[[PRNGKeyArray], Any] | None = eqx.field(static=True, default=None)
    loss: Callable[[Any, Any], Any] | None = eqx.field(static=True, default=None)
    classes: int = eqx.field(static=True, default=0)

    def __check_init__(self):
        name = type(self).__name__
        check_count(f"{name}: test_examples", self.test_examples)
        x, y = self.shapes
        if x.shape[:1] != (PROBE,) or y.shape[:1] != (PROBE,):
            raise ValueError(
                f"{name}: sample_examples with n = {PROBE} gave arrays of shapes {x.shape} and {y.shape}, "
                "but their first axis must be the n examples"
            )
        if self.classes and y.shape[1:]:
            raise ValueError(f"{name}: outputs are classes of shape {y.shape[1:]}, but a class is one number")
        described = jax.eval_shape(lambda key: jnp.asarray(self.describe(self.sample_task(key))), jax.random.key(0))
        if len(described.shape) > 1:
            raise ValueError(f"{name}: describe gave an array of shape {described.shape}, but it must be (numbers,)")
        if jnp.issubdtype(y.dtype, jnp.integer) != (self.classes > 0):
            have = "whole numbers" if self.classes == 0 else f"of the type {y.dtype}"
            need = "classes must say how many there are" if self.classes == 0 else "classes need whole numbers"
            raise ValueError(f"{name}: outputs are {have}, but {need}")
        check_model(self)

    @abstractmethod
    def sample_task(self, key: PRNGKeyArray) -> Any:
        """Return one task, any tree of arrays."""

    @abstractmethod
    def sample_examples(self, task: Any, n: int, key: PRNGKeyArray) -> tuple[Array, Array]:
        """Return `n` examples of a task: inputs of shape `(n, *input)` and outputs of shape `(n, *output)`."""

    def describe(self, task: Any) -> Float[Array, " number"]:
        """Return the numbers that are known of a task before adaptation; none by default."""
        return jnp.zeros(0)

    @property
    def shapes(self) -> tuple[jax.ShapeDtypeStruct, jax.ShapeDtypeStruct]:
        """The shape and type of one example's input and output, without drawing it."""

        def one(key: PRNGKeyArray) -> tuple[Array, Array]:
            x, y = self.sample_examples(self.sample_task(key), PROBE, key)
            return jnp.asarray(x), jnp.asarray(y)

        return jax.eval_shape(one, jax.random.key(0))

    @property
    def input_shape(self) -> Shape:
        return self.shapes[0].shape[1:] or (1,)

    @property
    def output_shape(self) -> Shape:
        return self.shapes[1].shape[1:]

    @property
    def test_size(self) -> int:
        return self.test_examples

    def sample(self, n: int, *, split: str, key: PRNGKeyArray) -> Any:
        return jax.vmap(self.sample_task)(jax.random.split(self.split_key(split, key), n))

    def task_info(self, task: Any, *, key: PRNGKeyArray) -> TaskInfo:
        known = jnp.atleast_1d(jnp.asarray(self.describe(task), float))
        leaves = [jnp.ravel(leaf) for leaf in jax.tree.leaves(task) if jnp.issubdtype(leaf.dtype, jnp.floating)]
        return TaskInfo(known, jnp.concatenate(leaves) if leaves else known)

    def batch(self, learner: Any, task: Any, *, size: int, key: PRNGKeyArray) -> Examples:
        x, y = self.sample_examples(task, size, key)
        x = x[:, None] if np.ndim(x) == 1 else x
        return Examples(jnp.asarray(x, float), jnp.asarray(y, int if self.classes else float), jnp.ones(size))

    def check_draws(self, *, key: PRNGKeyArray) -> None:
        """Check that the examples of some tasks are finite, and their classes in range."""
        name, sample_key, data_key = type(self).__name__, *jax.random.split(key)
        tasks = self.sample(CHECKED, split=self.splits[0], key=sample_key)
        drawn = self.batches(None, tasks, size=self.shots + self.queries, key=data_key)
        for what, values in (("an input", drawn.x), ("an output", drawn.y)):
            if not jnp.isfinite(values).all():
                raise ValueError(f"{name}: sample_examples gave {what} that is not finite, but each number must be")
        lowest, highest = int(drawn.y.min()), int(drawn.y.max())
        if self.classes and not 0 <= lowest <= highest < self.classes:
            wrong = lowest if lowest < 0 else highest
            raise ValueError(
                f"{name}: sample_examples gave the class {wrong}, but with classes={self.classes} they go from 0 to "
                f"{self.classes - 1}"
            )
