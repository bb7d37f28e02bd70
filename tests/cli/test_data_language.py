"""`data language`: made once, told again, and what cannot be."""

import gzip
import re

import pytest

from hypermaml.data.language.archive import read_tasks
from hypermaml.data.language.build import RECIPES


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HYPERMAML_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "language.zip"


@pytest.fixture
def places(tmp_path):
    """Options that name sources which are there but empty of words."""
    wordnet, cldr, vader = tmp_path / "wordnet", tmp_path / "cldr", tmp_path / "lexicon.txt"
    wordnet.mkdir()
    names = [f"{part}.{name}" for part in ("data", "index") for name in ("noun", "verb", "adj", "adv")]
    for name in [*names, "noun.exc", "verb.exc", "adj.exc", "cntlist.rev"]:
        (wordnet / name).touch()
    for name in ("main/en.xml", "annotations/en.xml", "supplemental/supplementalData.xml"):
        (cldr / "common" / name).parent.mkdir(parents=True, exist_ok=True)
        (cldr / "common" / name).write_text("<ldml/>")
    vader.write_text("good\t1.9\n")
    absent = ("--freedict", tmp_path / "no", "--iso-codes", tmp_path / "no")
    return "--wordnet", wordnet, "--cldr", cldr, "--vader", vader, *absent


def write_dictionary(stem, words):
    """In dictd's format, its numbers written to the base of 64."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    def number(value):
        return (number(value // 64) if value >= 64 else "") + digits[value % 64]

    text, index = "", ""
    for word, said in words.items():
        entry = f"{word}\n1. {said}\n"
        index += f"{word}\t{number(len(text))}\t{number(len(entry))}\n"
        text += entry
    stem.with_suffix(".dict.dz").write_bytes(gzip.compress(text.encode()))
    stem.with_suffix(".index").write_text(index)


@pytest.fixture
def few(monkeypatch):
    """The recipes that need no words: they are drawn."""
    drawn = [recipe for recipe in RECIPES if recipe.source == "drawn by hypermaml"]
    assert len(drawn) >= 7
    monkeypatch.setattr("hypermaml.data.language.build.RECIPES", tuple(drawn))
    return drawn


def test_tasks_are_made_once_and_told(hypermaml, places, cache, few):
    outcome = hypermaml("data", "language", *places)
    assert outcome.status == 0, outcome.errors
    absent, tasks, kinds, instances, file, checksum = outcome.output.splitlines()
    assert absent.startswith("Absent: FreeDict (apt install dict-freedict-eng-fra, and others), iso-codes (apt install")
    made = read_tasks(cache)
    assert {task.name for task in made} == {recipe.name for recipe in few}
    assert tasks == "Tasks: 8 (5 meta-train, 1 meta-validation, 2 meta-test, 0 extrapolation)"
    assert kinds == "Kinds: natural language inference 3, paraphrase 1, question answering 4"
    assert instances == f"Instances: {sum(len(task.instances) for task in made):,}"
    assert re.fullmatch(rf"File: {cache} \(\d\.\d MB\)", file)
    assert re.fullmatch(r"SHA-256 of the contents: [0-9a-f]{64}", checksum)
    before = cache.read_bytes()
    again = hypermaml("data", "language")
    assert again.output.splitlines() == [
        *(tasks, kinds, instances, file, checksum),
        "The file exists; make it again with --overwrite.",
    ]
    assert hypermaml("data", "language", *places, "--overwrite").status == 0
    assert cache.read_bytes() == before


def test_what_may_not_be_shipped_is_added_where_it_is(hypermaml, places, cache, few, tmp_path):
    folder = tmp_path / "dictd"
    folder.mkdir()
    write_dictionary(folder / "freedict-eng-fra", {f"word{chr(97 + n)}": f"mot{chr(97 + n)}" for n in range(26)})
    assert hypermaml("data", "language", *places, "--freedict", folder).output.startswith("Absent: FreeDict")
    write_dictionary(folder / "freedict-eng-fra", {f"word{n:03}": "mot" + chr(97 + n % 26) for n in range(300)})
    outcome = hypermaml("data", "language", *places, "--freedict", folder, "--overwrite")
    assert outcome.output.startswith("Added: FreeDict 1 tasks\nAbsent: iso-codes (")
    (task,) = (task for task in read_tasks(cache) if task.name == "translate_words_eng_fra")
    assert task.license.startswith("GPL")
    shipped = hypermaml("data", "language", *places, "--freedict", folder, "--small", "--out", tmp_path / "s.zip")
    assert shipped.output.startswith("Tasks: 8 ")


def test_absent_sources_are_named_with_the_command_that_fetches_them(hypermaml, places, cache, tmp_path):
    for option, name, command in (
        ("--wordnet", "WordNet's data.noun", "`apt install wordnet-base`"),
        ("--cldr", "CLDR's common/main/en.xml", "`apt install unicode-cldr-core`"),
        ("--vader", "there is no archive", "`pip download --no-deps --no-binary :all: vaderSentiment`"),
    ):
        outcome = hypermaml("data", "language", *places, option, tmp_path / "no")
        assert (outcome.status, outcome.output) == (1, "")
        assert outcome.sentence.startswith(name)
        assert command in outcome.sentence
        assert option in outcome.sentence
    assert not cache.exists()


def test_sources_with_too_little_give_no_file(hypermaml, places, cache):
    outcome = hypermaml("data", "language", *places)
    assert (outcome.status, outcome.output) == (1, "")
    assert outcome.sentence == "WordNet 3.0 gives qa_definition_choice 0 instances; 100 are needed"
    assert not cache.parent.exists()


def test_a_damaged_file_is_told(hypermaml, cache):
    cache.parent.mkdir()
    cache.write_bytes(b"PK")
    outcome = hypermaml("data", "language")
    assert outcome.status == 1
    assert outcome.sentence == f"{cache} is damaged, or no .zip file of tasks: make it again with --overwrite"


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ("--smal", "there is no option '--smal'; did you mean --small? The options are --wordnet, --cldr, "),
        ("--small", "--small needs --out FILE: the set that ships with the package is not written over"),
        ("--out {tmp}/a.npz", "--out: {tmp}/a.npz must end in .zip"),
        (
            "--out {tmp}/thesis.zip --overwrite",
            "--out: {tmp}/thesis.zip exists and is not a .zip file; name another file",
        ),
    ],
)
def test_what_cannot_be_is_one_sentence_and_nothing_is_written(hypermaml, tmp_path, args, sentence):
    (tmp_path / "thesis.zip").write_text("mine")
    outcome = hypermaml("data", "language", *args.format(tmp=tmp_path).split())
    assert (outcome.status, outcome.output) == (2, "")
    assert outcome.sentence.startswith(sentence.format(tmp=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.zip"]


def test_help_names_the_sets(hypermaml):
    outcome = hypermaml("data", "--help")
    assert outcome.status == 0
    assert re.search(r"^  glyphs .*\n  language ", outcome.output, re.MULTILINE)
