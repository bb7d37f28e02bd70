"""A task in words: what it asks for, and instances of it."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from hypermaml._misc.failures import short

SHARES = {"meta-train": 0.7, "meta-validation": 0.1, "meta-test": 0.2}  # of the tasks that name no split
SPLITS = (*SHARES, "extrapolation")
OTHER = "other"  # the kind of tasks that name none


@dataclass(frozen=True)
class Instance:
    """One question and what answers it.

    Attributes:
        input: what is asked.
        outputs: the right answers, the one to learn first.
        about: the words that it was made from, where it was made here: those of two splits can then be compared.
        place: where a reader finds it, if not by its number in the task's file.
    """

    input: str
    outputs: tuple[str, ...]
    about: tuple[str, ...] = ()
    place: str = field(default="", repr=False, compare=False)


@dataclass(frozen=True)
class LanguageTask:
    """A task, described in words.

    Attributes:
        name: of the task, each once in a set.
        kind: what it is an example of, such as "translation" or "question answering".
        definitions: sentences that say what to do, each enough by itself.
        instances: no two with the same input.
        languages: of the inputs and of the outputs, by name.
        split: `meta-train`, `meta-validation`, `meta-test` (unseen tasks of kinds that are trained on), `extrapolation`
            (kinds that no other split has), or `None` where the task does not say.
        source: where the instances come from.
        license: of the instances.
        place: where a reader finds the task: its file, if it has one.
    """

    name: str
    kind: str
    definitions: tuple[str, ...]
    instances: tuple[Instance, ...] = field(repr=False)
    languages: tuple[str, str] = ("English", "English")
    split: str | None = None
    source: str = ""
    license: str = ""
    place: str = ""

    def __post_init__(self):
        if not self.place:
            object.__setattr__(self, "place", self.name)

    def where(self, number: int, name: str) -> str:
        """Where a reader finds a field of an instance, for errors."""
        own = self.instances[number].place
        return f"{own}: '{name}'" if own else f"{self.place}: 'Instances[{number}].{name}'"

    def drawn(self, instances: int) -> LanguageTask:
        """Return the task with so many of its instances at most, drawn by a seed that its name gives, in their order.

        A file may be sorted, so its first instances may all have one answer.
        """
        if len(self.instances) <= instances:
            return self
        kept = random.Random(_hash(self.name)).sample(range(len(self.instances)), instances)
        return self.with_instances(kept)

    def worded(self, definitions: int, held: int) -> LanguageTask:
        """Return the task with its first definitions, so many at most, and its last ones."""
        held = min(held, max(len(self.definitions) - 1, 1))
        first, last = self.definitions[:-held], self.definitions[-held:]
        return replace(self, definitions=(*first[:definitions], *last))

    def with_instances(self, numbers: Iterable[int]) -> LanguageTask:
        """Return the task with some of its instances, in their order; errors name their numbers in the file."""
        kept = [(number, self.instances[number]) for number in sorted(numbers)]
        named = (replace(each, place=each.place or f"{self.place}, instance {number}") for number, each in kept)
        return replace(self, instances=tuple(named))

    def check_count(self, instances: int, what: str = "") -> None:
        """Raise `ValueError` where the task has fewer instances than these, with what they are for."""
        if len(self.instances) < instances:
            told = f": {what}" if what else ""
            raise ValueError(f"{self.place}: 'Instances' has {len(self.instances)}, but {instances} are needed{told}")


def split_tasks(tasks: Sequence[LanguageTask]) -> dict[str, tuple[LanguageTask, ...]]:
    """Parts tasks: those that name a split go there, the others about 70 : 10 : 20 by a hash of their names alone.

    Args:
        tasks: of one set.

    Returns:
        The tasks of each split, in their order here. No kind of extrapolation is in another split.

    Raises:
        ValueError: meta-train, meta-validation or meta-test stays empty, or a kind of extrapolation is in another one.
    """
    loose = sorted((task.name for task in tasks if task.split is None), key=_hash)
    validation, test = (max(1, round(SHARES[name] * len(loose))) for name in ("meta-validation", "meta-test"))
    chosen = dict.fromkeys(loose[:validation], "meta-validation")
    chosen |= dict.fromkeys(loose[validation : validation + test], "meta-test")
    parts = {
        split: tuple(task for task in tasks if (task.split or chosen.get(task.name, "meta-train")) == split)
        for split in SPLITS
    }
    if empty := [split for split in SHARES if not parts[split]]:
        raise ValueError(f"{len(tasks)} tasks leave {empty[0]} empty: name the 'Split' of each task, or add tasks")
    seen = {task.kind for split in SHARES for task in parts[split]}
    for task in parts["extrapolation"]:
        if task.kind in seen:
            kind = f"tasks of its kind, {short(task.kind)},"
            what = f"{task.place}: 'Split' is extrapolation, but {kind} are in another split"
            raise ValueError(f"{what}: 'Categories' names the kind, by default {OTHER}")
    return parts


def check_shared_inputs(tasks: Iterable[LanguageTask]) -> None:
    """Raise `ValueError` where two splits ask the same for the same answer, or two tasks have one name."""
    names: dict[str, LanguageTask] = {}
    asked: dict[tuple[str, tuple[str, ...]], LanguageTask] = {}
    for task in tasks:
        if (other := names.setdefault(task.name, task)) is not task:
            raise ValueError(f"{task.place} and {other.place} are two tasks of one name, {task.name}")
        for instance in task.instances:
            other = asked.setdefault((instance.input, instance.outputs), task)
            if other.split != task.split:
                what = f"{task.place}: 'Instances' asks '{short(instance.input)}'"
                raise ValueError(f"{what} as {other.place} does, which is in another split")


def _hash(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()
