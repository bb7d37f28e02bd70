"""A trained method, and the models that it makes for tasks of the user."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import jax
import numpy as np
from jaxtyping import Float

from hypermaml._core.family import AbstractFamily
from hypermaml._core.method import Method
from hypermaml._misc.checks import check_count
from hypermaml.apply.adapt import UserTask, adapted
from hypermaml.apply.artifact import save_artifact
from hypermaml.apply.fitted import FittedModel
from hypermaml.methods.config import MethodConfig


@dataclass(frozen=True)
class Trained:
    """A meta-trained method with the family that it was trained on.

    Attributes:
        config: the configuration of the method.
        family: what it was trained on; after `load` without its tasks.
        method: the trained parts, with the test-time schedule.
        schedule: the test-time schedule: a factor on the inner rate and a bound on the inner gradient from the second
            inner step on; empty for none.
        seed: of the training.
        iterations: meta-iterations done.
        losses: the outer loss of each meta-iteration; of a run folder the mean of each chunk.
    """

    config: MethodConfig
    family: AbstractFamily
    method: Method
    schedule: Mapping[str, float]
    seed: int
    iterations: int
    losses: Float[np.ndarray, " iteration"] = field(repr=False)

    def __deepcopy__(self, memo: Any) -> Self:
        """Return the trained method itself, as nothing in it changes: scikit-learn copies the parameters of a clone."""
        return self

    def initialize(self, x: Any = None, y: Any = None, *, description: Any = None) -> FittedModel:
        """Return the model that a task starts from: generated from its description, not adapted.

        Args:
            x: inputs of the task, for a method that encodes the support set; an environment, for one that explores.
            y: outputs of the task, alike.
            description: of the task, as the family describes its tasks.

        Raises:
            ValueError: the description or the examples are missing or do not fit.
        """
        return self._fitted([(x, y, description)], 0)[0]

    def adapt(self, x: Any = None, y: Any = None, *, description: Any = None, steps: int | None = None) -> FittedModel:
        """Adapt to a task of the user.

        Without examples no inner step is possible, and the model is the one that `initialize` returns.

        Args:
            x: inputs of the support set, one an example along the first axis; of a family that is on-policy, the
                environment.
            y: their outputs; not given with an environment.
            description: of the task, as the family describes its tasks.
            steps: inner steps, at least 0; by default as many as in meta-training.

        Raises:
            ValueError: the description or the examples are missing or do not fit, or `steps` is negative.
        """
        if steps and x is None:
            raise ValueError("there are no examples to adapt to: give x and y, or leave steps out")
        return self._fitted([(x, y, description)], self._steps(steps))[0]

    def adapt_many(
        self, tasks: Iterable[Sequence[Any]], *, steps: int | None = None, places: Sequence[str] | None = None
    ) -> list[FittedModel]:
        """Adapt to many tasks of the user at once, with one program for all tasks of one number of examples.

        Args:
            tasks: for each task its inputs, its outputs and, if there is one, its description: `(x, y)` or
                `(x, y, description)`; of a family that is on-policy `(environment, None, description)`. Tasks may have
                different numbers of examples, and `None` for none.
            steps: inner steps, at least 0; by default as many as in meta-training.
            places: where each task is from, for errors, such as "tasks.jsonl, line 3"; by default "task 0", "task 1".

        Returns:
            A model a task, in their order.

        Raises:
            ValueError: something of a task does not fit; the sentence begins with its place.
        """
        given = list(tasks)
        where = [f"task {number}" for number in range(len(given))] if places is None else places
        parts = [_parts(place, each) for place, each in zip(where, given, strict=True)]
        return self._fitted(parts, self._steps(steps), where)

    def save(self, path: str | Path) -> None:
        """Write the trained method into one file, which `hypermaml.load` reads; the tasks stay out of it.

        Raises:
            ValueError: a part is a function or a class that another program could not import.
            OSError: the file cannot be written.
        """
        save_artifact(Path(path), replace(self, family=self.family.without_tasks()))

    def _steps(self, steps: int | None) -> int:
        """Return the number of inner steps."""
        return self.config.inner_steps if steps is None else check_count("steps", steps, least=0)

    def _user_task(self, x: Any, y: Any, description: Any) -> UserTask:
        family, name = self.family, type(self.config).__name__
        if self.config.reads_description and description is None and family.description_size:
            raise ValueError(f"{name} reads the description of a task: give description")
        if self.method.embed.reads_mode:
            raise ValueError(f"{name} reads the kind of a task, and a task of your own has none: choose another method")
        info = family.as_task_info(description)
        if family.on_policy:
            if y is not None:
                raise ValueError(f"{type(family).__name__} adapts to an environment: give it alone, without y")
            if x is None and self.method.embed.explores:
                raise ValueError(f"{name} explores a task before its first step: give the environment")
            return UserTask(info, None if x is None else family.as_task(x))
        if (x is None) != (y is None):
            raise ValueError("the support set needs x and y: give both or none")
        if x is not None and not np.size(x):
            raise ValueError("there are no examples to adapt to: give x and y, or neither for the model it starts from")
        if x is None and self.method.embed.reads_support:
            raise ValueError(f"{name} reads the support set of a task: give x and y")
        return UserTask(
            info if x is None else replace(info, support=family.for_description(description).as_batch(x, y))
        )

    def _fitted(
        self, tasks: Sequence[tuple[Any, Any, Any]], steps: int, places: Sequence[str] = ()
    ) -> list[FittedModel]:
        bare, families, given = self.family.without_tasks(), [], []
        for number, (x, y, description) in enumerate(tasks):
            try:
                families.append(bare.for_description(description))
                given.append(self._user_task(x, y, description))
            except ValueError as error:
                if not places:
                    raise
                raise ValueError(f"{places[number]}: {error}") from error
        found = adapted(self.method, self.family, given, steps=steps, key=jax.random.key(self.seed))
        return [FittedModel(family, *each) for family, each in zip(families, found, strict=True)]


def _parts(place: str, task: Any) -> tuple[Any, Any, Any]:
    """Return inputs, outputs and description of one of the user's tasks.

    Raises:
        ValueError: it is not a pair or a triple.
    """
    if not isinstance(task, Sequence) or isinstance(task, str) or len(task) not in (2, 3):
        raise ValueError(f"{place}: give its inputs and outputs, and its description if it has one")
    return task[0], task[1], task[2] if len(task) == 3 else None
