"""A trained method on a task of the user in words: the adapter that it generates, adapted to a few examples."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from hypermaml._compare.comparison import Comparison
from hypermaml._compare.evaluation import trained
from hypermaml._core.task_info import TaskInfo
from hypermaml.apply.adapt import UserTask, adapted
from hypermaml.data.language.task import LanguageTask
from hypermaml.embed.mode import Table, TrueMode
from hypermaml.families.language.corpus import encode_tasks
from hypermaml.families.language.family import Language
from hypermaml.run import checkpoint
from hypermaml.run.folder import RunFolder


class Own(NamedTuple):
    """What a method makes of a task.

    Attributes:
        learner: after the last inner step.
        losses: on the examples, before the first and after the last inner step; empty without examples.
    """

    learner: Any
    losses: tuple[float, ...]


def adapt_to(
    comparison: Comparison, run: RunFolder, task: LanguageTask, *, method: str, seed: int, steps: int | None = None
) -> Own:
    """Adapt the newest checkpoint of a training run with the descriptor `full` to a task.

    Args:
        comparison: what the run compares; of language tasks.
        run: its folder; nothing is written.
        task: with one definition, and the examples as its instances; none is enough for a start.
        method: of the training run.
        seed: of the training run.
        steps: inner steps on the examples; as many as in the run's evaluation by default.

    Raises:
        CheckpointError: the checkpoint is damaged or foreign.
        ValueError: there is no such training run, the method needs what the task has not, or a text is too long.
    """
    training_run = comparison.training_run(method, "full", seed)
    if training_run.settings.reads_description and "full" not in comparison.descriptors:
        raise ValueError(f"{run.path} holds no {method} trained with true definitions: its descriptor must be full")
    stored = checkpoint.latest(run.path / "training-runs" / training_run.name / "checkpoints")
    if seed not in comparison.seeds or (stored is None and training_run.settings.trained):
        seeds = ", ".join(map(str, comparison.seeds))
        raise ValueError(f"{run.path} holds no checkpoint of {method} with seed {seed}: its seeds are {seeds}")
    family, learned = training_run.family, trained(training_run, run)[0]
    assert isinstance(family, Language)
    if isinstance(learned.embed, TrueMode | Table):
        raise ValueError(f"{method} reads the kind of a task, and a task of your own has none: choose another method")
    if learned.embed.reads_support and not task.instances:
        raise ValueError(f"{method} reads examples before its first step: give some, or choose another method")
    texts, support = family.texts, None
    if task.instances:
        corpus = encode_tasks(
            [task], texts.encoder, context=texts.context, definition_in_prompt=texts.definition_in_prompt
        )
        support = corpus.rows(jnp.asarray(0), jnp.asarray(0), jnp.arange(len(task.instances)))
    vector = jnp.asarray(texts.embed(task.definitions[:1])[0], family.vectors.dtype)
    task_info = TaskInfo(vector, jnp.zeros(len(family.kinds)), jnp.asarray(0), support)

    steps = 0 if support is None else comparison.budget.steps if steps is None else steps
    (found,) = adapted(learned, family, [UserTask(task_info)], steps=steps, key=jax.random.key(seed))
    return Own(*found)
