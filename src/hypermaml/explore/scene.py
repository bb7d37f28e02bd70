"""The contract of a scene: one family of tasks as the page shows it."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from hypermaml._core.task_info import TaskInfo
from hypermaml.apply.trained import Trained
from hypermaml.explore.adaptation import takes_padding
from hypermaml.explore.controls import Control, as_count, shown

TASKS = 20  # to begin with, where a split has no end of tasks


class AbstractScene(ABC):
    """Tasks of a family, drawn for the page; a request is one task, and the answer each method's adaptation to it.

    Attributes:
        methods: by name, in the order of the page.
        steps: inner steps N, at least 1.
        tasks: held-out tasks that one may begin with, stacked.
        count: how many they are.
        reads: whether a method reads the description.
        description: what such a method reads of a task; else nothing.
        truth: what decides the true task; none where recorded rows show it.
        linked: whether the description is that of the true task until the user parts them.
    """

    kind: str
    about: str

    def __init__(self, methods: Mapping[str, Trained], steps: int, tasks: Any, count: int):
        self.methods, self.steps, self.tasks, self.count = methods, steps, tasks, count
        # The description is that of the method that reads it.
        reading = [each for each in methods.values() if each.config.reads_description]
        self.family: Any = [*reading, *methods.values()][0].family
        self.reads = bool(reading)
        self.bare = {name: each.family.without_tasks() for name, each in methods.items()}
        self.description: Sequence[Control] = ()
        self.truth: Sequence[Control] = ()
        self.linked = False

    def setup(self) -> dict[str, Any]:
        """Return all that the page needs before its first request."""
        return {
            "kind": self.kind,
            "about": self.about,
            "steps": self.steps,
            "methods": [
                {"name": name, "label": each.config.label or name, "color": each.config.color}
                for name, each in self.methods.items()
            ],
            "description": shown(self.description),
            "truth": shown(self.truth),
            "linked": self.linked,
            "tasks": self.names(),
            **self.axes(),
        }

    def names(self) -> list[str]:
        """Return the name of each task that one may begin with."""
        return [f"Task {number}" for number in range(1, self.count + 1)]

    @abstractmethod
    def axes(self) -> dict[str, Any]:
        """Return how the page draws: its axes, and the number of points."""

    @abstractmethod
    def task(self, number: int) -> dict[str, Any]:
        """Return a task that one may begin with: its description, its parameters, and its support.

        Raises:
            ValueError: there is no such task.
        """

    @abstractmethod
    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return each method's adaptation to the task of a request.

        Args:
            request: from the page; anything.

        Raises:
            ValueError: it is not a task; the sentence is for the user.
        """

    def number(self, given: Any) -> int:
        """Return the number of a task that one may begin with.

        Raises:
            ValueError: there is no such task.
        """
        return as_count("the task", given, self.count)

    def compile(self) -> None:
        """Compile, by an answer to the first task."""
        task = self.task(0)
        self.answer({"description": {}, "truth": {}, "points": [], "task": 0, "draw": 0, **task})

    def each_method(self, run: Callable[[str, Trained], Any]) -> dict[str, Any]:
        """Return what a function gives for each method, as JSON values."""
        found = {
            name: run(name, each) for name, each in self.methods.items()
        }  # all are on their way before one is read
        return {name: {part: as_json(value) for part, value in values.items()} for name, values in found.items()}


def support_for(trained: Trained, pad: Callable[[], Any], exact: Callable[[], Any], count: int) -> tuple[Any, Any]:
    """Return the support set of a method, and what its embedder reads of it.

    Args:
        trained: the method.
        pad: gives the padded support.
        exact: gives the support in its own shape, for methods that read more than its loss.
        count: of examples.

    Raises:
        ValueError: the method needs an example, and there is none.
    """
    if takes_padding(trained.method):
        return pad(), None
    if not count:
        raise ValueError(f"{trained.config.label} reads the support points: leave at least one")
    found = exact()
    return found, found if trained.method.embed.reads_support else None


def info_of(description: Any, parameters: Any, support: Any = None) -> TaskInfo:
    """Return what is known of a task; its arrays are NumPy, which JAX takes as they are."""
    return TaskInfo(np.asarray(description, np.float32), np.asarray(parameters, np.float32), support=support)  # pyright: ignore[reportArgumentType]


def as_json(values: Any, digits: int = 5) -> Any:
    """Return an array as lists of numbers, rounded to so many digits of the largest; `None` for what is not finite."""
    found = np.asarray(values, float)
    finite = np.isfinite(found)
    largest = np.max(np.abs(found), where=finite, initial=0)
    rounded = np.round(found, min(digits - math.ceil(math.log10(largest)), 100)) if largest else found
    if finite.all():
        return rounded.tolist()
    gaps = rounded.astype(object)
    gaps[~finite] = None
    return gaps.tolist()
