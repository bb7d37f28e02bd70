"""The tasks that ship: how many, of what, and that no split tells another's answers."""

import tomllib
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from hypermaml.data.language.archive import SHIPPED, digest, read_tasks
from hypermaml.data.language.build import LEAST, LONGEST_INPUT, LONGEST_OUTPUT, MOST, RECIPES
from hypermaml.data.language.recipes.recipe import held_out
from hypermaml.data.language.recipes.translation import LANGUAGES, TASKS
from hypermaml.data.language.task import check_shared_inputs, split_tasks

ROOT = Path(__file__).parents[3]
FOUR = ("question answering", "natural language inference", "paraphrase", "translation")


@pytest.fixture(scope="module")
def tasks():
    return read_tasks(SHIPPED)


@pytest.fixture(scope="module")
def parts(tasks):
    return split_tasks(tasks)


def test_there_are_enough_of_each_kind_in_each_split(parts):
    assert len(parts["meta-train"]) >= 24
    assert len(parts["meta-test"]) >= 8
    assert len(parts["meta-validation"]) >= 4
    for split, least in {"meta-train": 4, "meta-validation": 1, "meta-test": 3}.items():
        kinds = Counter(task.kind for task in parts[split])
        assert all(kinds[kind] >= least for kind in FOUR), (split, kinds)
    unseen = {task.kind for task in parts["extrapolation"]}
    assert len(unseen) >= 3
    assert not unseen & {task.kind for split in ("meta-train", "meta-validation", "meta-test") for task in parts[split]}


def test_they_are_what_the_recipes_say(tasks):
    told = {recipe.name: recipe for recipe in RECIPES}
    assert len(told) == len(RECIPES)
    assert {task.name for task in tasks} == set(told)
    for task in tasks:
        recipe = told[task.name]
        assert (task.kind, task.split, task.definitions) == (recipe.kind, recipe.split, recipe.definitions), task.name
        assert (task.source, task.license, task.languages) == (recipe.source, recipe.license, recipe.languages)


def test_each_has_hundreds_of_short_instances(tasks):
    for task in tasks:
        assert LEAST <= len(task.instances) <= MOST, task.name
        for instance in task.instances:
            assert len(instance.input) <= LONGEST_INPUT
            assert instance.outputs
            assert all(0 < len(text) <= LONGEST_OUTPUT and text == text.strip() for text in instance.outputs)
    assert sum(len(task.instances) >= 200 for task in tasks) >= 60


def test_each_has_several_definitions_and_none_is_anothers(tasks):
    for task in tasks:
        assert len(set(task.definitions)) >= 4, task.name
        assert all(20 <= len(text) <= 140 and text[0].isupper() and text[-1] in ".?" for text in task.definitions)
    told = Counter(text for task in tasks for text in task.definitions)
    assert max(told.values()) == 1


def test_labels_are_balanced(tasks):
    labels = {recipe.name: recipe.labels for recipe in RECIPES}
    assert sum(map(bool, labels.values())) >= 20
    for task in tasks:
        if labels[task.name]:
            counts = Counter(instance.outputs for instance in task.instances)
            assert set(counts) == {(label,) for label in labels[task.name]}, task.name
            assert len(set(counts.values())) == 1, (task.name, counts)


def test_labels_are_told_by_the_definition(tasks):
    """Whoever reads a definition knows what to answer with: each label stands in one of them at least."""
    for recipe in RECIPES:
        if recipe.labels and not recipe.labels[0].isdigit():
            said = " ".join(recipe.definitions).lower()
            assert all(label.lower() in said for label in recipe.labels), recipe.name


def test_no_split_has_an_instance_of_another(tasks):
    check_shared_inputs(tasks)


def test_words_of_meta_training_are_in_no_other_split(parts):
    words = defaultdict(set)
    for split, own in parts.items():
        words[split == "meta-train"] |= {
            word.lower() for task in own for instance in task.instances for word in instance.about
        }
    assert len(words[True]) > 2000
    assert len(words[False]) > 1000
    assert not words[True] & words[False]
    assert not any(map(held_out, words[True]))
    assert sum(map(held_out, words[False])) > 0.95 * len(words[False])  # the others are verbs of two words


def test_a_pair_of_languages_is_in_one_split_whatever_its_direction(parts):
    pairs = {
        split: {frozenset(task.languages) for task in own if task.kind == "translation"} for split, own in parts.items()
    }
    assert not pairs["meta-train"] & (pairs["meta-test"] | pairs["meta-validation"])
    assert not pairs["meta-test"] & pairs["meta-validation"]
    assert {language for task in TASKS for language in task[2:]} <= set(LANGUAGES)


def test_what_the_sources_say_is_there(tasks):
    named = {task.name: {instance.input: instance.outputs for instance in task.instances} for task in tasks}
    assert named["qa_capital"]["Finland"][0] == "Helsinki"
    assert named["qa_continent"]["Egypt"] == ("Africa",)
    assert named["translate_countries_de_en"]["Zypern"] == ("Cyprus",)
    assert named["translate_numbers_en_es"]["twenty"] == ("veinte",)
    assert all(answer == (word[::-1],) for word, answer in named["letters_reverse"].items())
    assert all(int(answer[0]) == len(word) for word, answer in named["letters_count"].items())
    for asked, (answer,) in named["qa_conversion"].items():
        count, unit, _, other = asked.split()
        seconds = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400, "weeks": 604800}
        if {unit, other} <= set(seconds):
            assert int(count) * seconds[unit] == int(answer) * seconds[other], asked


def test_licenses_are_named_and_their_notices_ship(tasks):
    notice = (ROOT / "NOTICE").read_text()
    assert {task.license for task in tasks} == {recipe.license for recipe in RECIPES}
    for text in ("WordNet 3.0 Copyright 2006 by Princeton University", "1991-2022 Unicode, Inc.", "2016 C.J. Hutto"):
        assert text in notice
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["license-files"] == ["LICENSE", "NOTICE"]


def test_the_note_beside_the_file_tells_what_it_holds(tasks):
    note = SHIPPED.with_suffix(".md").read_text()
    instances = sum(len(task.instances) for task in tasks)
    assert f"holds {len(tasks)} tasks in words, {instances:,} instances ({SHIPPED.stat().st_size / 1e3:.0f} kB" in note
    assert "hypermaml data language --small" in note
    assert SHIPPED.stat().st_size < 1e6
    assert len(digest(tasks)) == 64


def test_the_page_tells_the_counts(tasks, parts):
    page = (ROOT / "docs" / "language-tasks.md").read_text()
    prose = " ".join(page.split())
    assert f"{len(tasks)} tasks with {sum(len(task.instances) for task in tasks):,} instances ship" in prose
    for split, own in parts.items():
        kinds = Counter(task.kind for task in own)
        row = next(line for line in page.splitlines() if line.startswith(f"| `{split}`"))
        cells = [cell.strip() for cell in row.strip("|").split("|")[1:]]
        others = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()) if kind not in FOUR)
        assert cells == [str(len(own)), *(str(kinds[kind] or "–") for kind in FOUR), others]
    sizes = [len(task.instances) for task in tasks]
    assert f"{min(sizes)} to {max(sizes)} instances; {sum(size >= 200 for size in sizes)} tasks have" in prose
    assert f"In the {sum(bool(recipe.labels) for recipe in RECIPES)} classifications" in prose
    names = [task.name for task in tasks if task.kind != "translation"]
    assert all(page.count(f"`{name}`") >= 1 for name in names)
