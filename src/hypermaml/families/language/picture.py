"""Questions of language tasks, for pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from hypermaml._core.family import AbstractPicture
from hypermaml.families.language.corpus import Examples
from hypermaml.families.language.descriptions import TaskSample

if TYPE_CHECKING:
    from hypermaml.families.language.family import Language

PORTRAYED = 8  # questions of a task in a picture


class QuestionPicture(AbstractPicture):
    """Shows some questions of each task, and whether the learner answers each of them rightly."""

    name: ClassVar[str] = "questions"

    def scene(
        self, family: Language, tasks: TaskSample, support: Examples, query: Int[Array, "task example"]
    ) -> dict[str, Any]:
        shown = zip(np.asarray(tasks.index), np.asarray(query)[:, :PORTRAYED], strict=True)
        questions = [[family.texts.tasks[index].instances[number] for number in row] for index, row in shown]
        return {
            "task": np.array(family.titles(tasks)),
            "asked": np.array([[each.input for each in row] for row in questions]),
            "truth": np.array([[each.outputs[0] for each in row] for row in questions]),
        }

    def portrait(
        self, family: Language, learner: Any, task: TaskSample, query: Int[Array, " example"], *, key: PRNGKeyArray
    ) -> Float[Array, " query"]:
        return family.answered(learner, task, query[:PORTRAYED])[0]
