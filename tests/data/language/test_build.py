"""Tasks from small sources: the same each time, and what the recipes make of a known word."""

import shutil
from dataclasses import replace

import pytest

from hypermaml.data.language.archive import SHIPPED, digest, read_tasks, write_tasks
from hypermaml.data.language.build import RECIPES, build_tasks
from hypermaml.data.language.recipes.recipe import Recipe, Sources, article, below, held_out, mixed, pick
from hypermaml.data.language.sources.cldr import Cldr
from hypermaml.data.language.sources.wordnet import WordNet
from hypermaml.data.language.task import Instance

NAMED = {recipe.name: recipe for recipe in RECIPES}
MADE = ("qa_kind", "qa_capital", "qa_part_of", "qa_opposite", "qa_years", "qa_continent", "qa_currency", "nli_places")
MADE += ("nli_numbers", "nli_dates", "nli_order", "qa_sequence", "letters_count", "grammar_verb_base", "grammar_person")


@pytest.fixture(scope="module")
def sources(wordnet_folder, cldr_folder):
    return Sources(WordNet(wordnet_folder), Cldr(cldr_folder), {"good": 1.9, "bad": -2.5})


def made(name, sources):
    return {instance.input: instance.outputs for instance in NAMED[name].make(sources)}


def test_made_twice_the_bytes_are_equal(sources, wordnet_folder, cldr_folder, tmp_path):
    """From copies of the sources in other folders, so that no path or order of a hash table comes in."""
    recipes = [NAMED[name] for name in MADE]
    write_tasks(tmp_path / "1.zip", build_tasks(sources, recipes, least=0))
    copies = (shutil.copytree(folder, tmp_path / folder.name) for folder in (wordnet_folder, cldr_folder))
    wordnet, cldr = copies
    told = []
    again = build_tasks(
        Sources(WordNet(wordnet), Cldr(cldr), {"bad": -2.5, "good": 1.9}),
        recipes,
        least=0,
        report=lambda done, tasks: told.append((done, tasks)),
    )
    write_tasks(tmp_path / "2.zip", again)
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()
    assert told == [(number, len(MADE)) for number in range(1, len(MADE) + 1)]


def test_what_is_drawn_without_sources_is_what_ships(sources):
    """Made in another process on another day: no hash seed, address or clock comes in."""
    drawn = [recipe for recipe in RECIPES if recipe.source == "drawn by hypermaml"]
    shipped = {task.name: task for task in read_tasks(SHIPPED)}
    tasks = build_tasks(sources, drawn)
    assert digest(tasks) == digest(shipped[task.name] for task in tasks)
    with pytest.raises(TypeError, match="has an address in it"):
        pick("abc", object())


def test_what_the_words_give(sources):
    assert made("qa_kind", sources)["spaniel"] == ("dog", "hound", "animal", "beast")
    assert made("qa_capital", sources) == {"France": ("Paris",)}
    assert made("qa_part_of", sources) == {"lid": ("jar",)}
    assert made("qa_opposite", sources) == {"good": ("bad",), "bad": ("good",)}
    assert made("qa_profession", sources) == {"Ada Example: English poet (1804-1864)": ("poet",)}
    (asked,) = made("qa_years", sources)
    assert made("qa_years", sources)[asked] == (("1804",) if "born" in asked else ("1864",))
    assert made("grammar_verb_base", sources) == {"taught": ("teach",)}
    assert made("grammar_singular", sources) == {"spanielim": ("spaniel",)}
    assert made("grammar_person", sources) == {"teach": ("teacher",)}
    assert made("grammar_adverb", sources) == {"good": ("well",)}
    assert made("sentiment_words", sources) == {"good": ("positive",), "bad": ("negative",)}
    assert made("paraphrase_synonym", sources)["dog (an animal that barks)"] == ("hound",)


def test_what_the_names_give(sources):
    assert made("qa_continent", sources)["Japan"] == ("Asia",)
    assert made("qa_currency", sources) == {"France": ("euro",)}
    assert made("qa_language_of_country", sources) == {"France": ("French",)}
    judged = {inputs: label for inputs, (label,) in made("nli_places", sources).items()}
    assert sorted(judged.values()) == ["contradiction"] * 4 + ["entailment"] * 4 + ["neutral"] * 4
    for asked, label in judged.items():
        premise, hypothesis = (line.rpartition(" in ")[2].rstrip(".") for line in asked.splitlines())
        home = {"France": "Europe", "Germany": "Europe", "Japan": "Asia", "Peru": "the Americas"}
        expected = (
            "neutral" if premise in home.values() else ["contradiction", "entailment"][home[premise] == hypothesis]
        )
        assert label == expected, asked


def test_verbs_entail_what_they_are_a_way_of(sources):
    for asked, (label,) in made("nli_verbs", sources).items():
        premise, hypothesis = (line.partition(": ")[2] for line in asked.splitlines())
        walks, moves = ("walk" in premise, "not" not in premise), ("move" in hypothesis, "not" not in hypothesis)
        known = {((True, True), (True, True)): "entailment", ((True, True), (True, False)): "contradiction"}
        known |= {((False, False), (False, False)): "entailment", ((False, False), (False, True)): "contradiction"}
        assert label == known.get((walks, moves), "neutral"), asked


def test_numbers_are_judged_rightly(sources):
    """Against all whole numbers below 120 that the first sentence leaves open."""
    for asked, (label,) in list(made("nli_numbers", sources).items())[:60]:
        fits = []
        for line in asked.splitlines():
            bound = int(line.split()[-2])
            fits.append({n for n in range(120) if (n > bound if "more" in line else n < bound)})
        expected = "true" if fits[0] <= fits[1] else "unknown" if fits[0] & fits[1] else "false"
        assert label == expected, asked


def test_clocks_and_dates(sources):
    clock = NAMED["paraphrase_clock"]
    said = made(clock.name, replace(sources, cldr=_Counting()))
    assert said["half past 7"] == ("7:30",)
    assert said["a quarter to 1"] == ("12:45",)
    assert said["24 minutes to 6"] == ("5:36",)
    assert said["5 past 12"] == ("12:05",)


class _Counting:
    def number(self, language, value):
        return str(value)


def test_splits_use_words_of_their_own(sources):
    recipes = [NAMED[name] for name in ("qa_kind", "category_nouns", "letters_count", "grammar_part_of_speech")]
    tasks = build_tasks(sources, [replace(recipe, labels=()) for recipe in recipes], least=0)
    for task in tasks:
        words = {word for instance in task.instances for word in instance.about}
        assert words
        assert {held_out(word) for word in words} == {task.split != "meta-train"}


def recipe(*instances, labels=(), split="meta-train"):
    return Recipe("own", "other", split, "nothing", "none", ("Do.",), lambda sources: list(instances), labels)


def test_labels_are_made_equally_frequent(sources):
    instances = [Instance(str(n), ("no" if n % 3 else "yes",)) for n in range(30)]
    (task,) = build_tasks(sources, [recipe(*instances, labels=("yes", "no"))], most=100, least=1)
    answers = [instance.outputs[0] for instance in task.instances]
    assert (answers.count("yes"), answers.count("no")) == (10, 10)
    (task,) = build_tasks(sources, [recipe(*instances, labels=("yes", "no"))], most=8, least=1)
    assert len(task.instances) == 8


def test_long_and_repeated_instances_fall_out(sources):
    instances = [
        Instance("a", ("1", "x" * 91)),
        Instance("a", ("2",)),
        Instance("b" * 241, ("3",)),
        Instance("c", ("y" * 91,)),
    ]
    (task,) = build_tasks(sources, [recipe(*instances)], least=1)
    assert task.instances == (Instance("a", ("1",)),)


def test_an_instance_of_an_earlier_split_falls_out(sources):
    first = recipe(Instance("a", ("1",)), Instance("b", ("2",)))
    second = replace(
        first, name="second", split="meta-test", make=lambda sources: [Instance("a", ("1",)), Instance("b", ("3",))]
    )
    _, task = build_tasks(sources, [first, second], least=1)
    assert task.instances == (Instance("b", ("3",)),)


def test_too_few_instances_are_refused(sources):
    with pytest.raises(ValueError, match="nothing gives own 1 instances; 2 are needed"):
        build_tasks(sources, [recipe(Instance("a", ("1",)))], least=2)


def test_choices_depend_on_nothing_but_their_seed():
    """NonTrainable figures: another machine or version of Python must choose the same."""
    assert mixed("abcdef", 1) == mixed("fedcba", 1) == ["d", "e", "a", "b", "c", "f"]
    assert (pick("abc", "seed"), below(1000, "a", 1)) == ("a", 390)
    assert 0.35 < sum(held_out(str(n)) for n in range(1000)) / 1000 < 0.45


@pytest.mark.parametrize(
    ("word", "said"), [("dog", "a dog"), ("apple", "an apple"), ("unit", "a unit"), ("hour", "an hour")]
)
def test_articles(word, said):
    assert article(word) == said
