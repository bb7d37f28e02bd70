"""Tasks from recipes: the set that ships with the package, made again from its sources."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from hypermaml.data.language.recipes import (
    categories,
    counting,
    entailment,
    figures,
    grammar,
    paraphrase,
    places,
    questions,
    translation,
    unseen,
)
from hypermaml.data.language.recipes.recipe import TRAIN, Recipe, Sources, held_out, mixed
from hypermaml.data.language.task import Instance, LanguageTask, check_shared_inputs

RECIPES: tuple[Recipe, ...] = (
    *(*questions.RECIPES, *places.RECIPES, *counting.RECIPES, *entailment.RECIPES, *paraphrase.RECIPES),
    *(*figures.RECIPES, *translation.RECIPES, *grammar.RECIPES, *categories.RECIPES, *unseen.RECIPES),
)
MOST, LEAST = 300, 100  # instances of a task
LONGEST_INPUT, LONGEST_OUTPUT = 240, 90  # characters


def build_tasks(
    sources: Sources,
    recipes: Sequence[Recipe] = RECIPES,
    *,
    most: int = MOST,
    least: int = LEAST,
    report: Callable[[int, int], None] = lambda done, tasks: None,
) -> tuple[LanguageTask, ...]:
    """Makes each task; the same sources give the same tasks.

    Words of WordNet that meta-training uses are in no task of another split. Labels are equally frequent.

    Args:
        sources: what the recipes read.
        recipes: of different names.
        most: instances of a task.
        least: instances below which a task is refused.
        report: told after each task how many are made, and of how many.

    Raises:
        ValueError: the sources give a task too few instances, or two splits the same one.
    """
    tasks = []
    taken: dict[tuple[str, tuple[str, ...]], str] = {}
    for recipe in recipes:
        train = recipe.split == TRAIN
        own = replace(sources, fits=lambda *words, train=train: all(held_out(word) != train for word in words))
        fresh = (
            each for each in _sound(recipe, own) if taken.get((each.input, each.outputs), recipe.split) == recipe.split
        )
        instances = _balanced(recipe, fresh, most)
        taken |= {(each.input, each.outputs): recipe.split for each in instances}
        if len(instances) < least:
            raise ValueError(f"{recipe.source} gives {recipe.name} {len(instances)} instances; {least} are needed")
        tasks.append(
            LanguageTask(
                name=recipe.name,
                kind=recipe.kind,
                definitions=recipe.definitions,
                instances=instances,
                languages=recipe.languages,
                split=recipe.split,
                source=recipe.source,
                license=recipe.license,
            )
        )
        report(len(tasks), len(recipes))
    check_shared_inputs(tasks)
    return tuple(tasks)


def _sound(recipe: Recipe, sources: Sources) -> Iterator[Instance]:
    """What is short enough and not asked before."""
    asked = set()
    for instance in recipe.make(sources):
        outputs = tuple(dict.fromkeys(text for text in instance.outputs if len(text) <= LONGEST_OUTPUT))
        if outputs and len(instance.input) <= LONGEST_INPUT and instance.input not in asked:
            asked.add(instance.input)
            yield replace(instance, outputs=outputs)


def _balanced(recipe: Recipe, instances: Iterator[Instance], most: int) -> tuple[Instance, ...]:
    """The first instances; of a classification as many of each label."""
    if not recipe.labels:
        return tuple(instance for instance, _ in zip(instances, range(most), strict=False))
    quota, kept = most // len(recipe.labels), defaultdict(list)
    for instance in instances:
        if len(own := kept[instance.outputs[0]]) < quota:
            own.append(instance)
    counts = Counter({label: len(kept[label]) for label in recipe.labels})
    each = min(counts.values())
    return tuple(mixed((one for label in recipe.labels for one in kept[label][:each]), recipe.name))
