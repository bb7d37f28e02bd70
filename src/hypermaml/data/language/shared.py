"""Instances that several splits ask: they are left out of the splits that learn."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

from hypermaml.data.language.task import Instance, LanguageTask

# Those later in this order learn from nothing that those earlier ask.
_ORDER = ("extrapolation", "meta-test", "meta-validation", "meta-train")
_TESTS = _ORDER[:2]


def without_shared(splits: Mapping[str, Sequence[LanguageTask]]) -> dict[str, tuple[LanguageTask, ...]]:
    """Return the tasks of each split without the instances that a split they are tested by asks as well.

    Meta-training keeps none that meta-validation or a test asks, and meta-validation none of a test. An instance is
    the same where input and right answers are. A warning counts those that are left out.

    Args:
        splits: the tasks of each, from `split_tasks`.

    Raises:
        ValueError: a task has no instance left.
    """
    asked: dict[tuple[str, frozenset[str]], LanguageTask] = {}
    kept: dict[str, tuple[LanguageTask, ...]] = {}
    left_out: list[str] = []
    for split in _ORDER:
        own = splits.get(split, ())
        kept[split] = tuple(own if split in _TESTS else (_fresh(task, asked, left_out) for task in own))
        asked |= {_key(instance): task for task in own for instance in task.instances}
    if left_out:
        count = f"{len(left_out):,} instances are" if len(left_out) > 1 else "1 instance is"
        warnings.warn(f"{count} left out, because a split that tests asks the same: {left_out[0]}", stacklevel=2)
    return {split: kept[split] for split in splits}


def _key(instance: Instance) -> tuple[str, frozenset[str]]:
    return instance.input, frozenset(instance.outputs)


def _fresh(
    task: LanguageTask, asked: Mapping[tuple[str, frozenset[str]], LanguageTask], left_out: list[str]
) -> LanguageTask:
    """Return the task without the instances that are asked elsewhere, and note where those are."""
    shared = {number: asked[key] for number, instance in enumerate(task.instances) if (key := _key(instance)) in asked}
    if not shared:
        return task
    if len(shared) == len(task.instances):
        raise ValueError(
            f"{task.place}: all its 'Instances' are asked by {next(iter(shared.values())).place} too, which is in "
            "another split: put both tasks in one 'Split', or remove one"
        )
    left_out += [f"{task.where(number, 'input')} as in {other.place}" for number, other in shared.items()]
    return task.with_instances(number for number in range(len(task.instances)) if number not in shared)
