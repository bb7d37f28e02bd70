"""Help texts and public docstrings: the words that CONTRIBUTING's list allows, as far as a program can see."""

import inspect
import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest

import hypermaml
from hypermaml.cli.names import FAMILIES
from hypermaml.cli.program import VERBS, dispatch
from hypermaml.experiments.methods import METHODS

ROOT = Path(__file__).parents[1]
# Each word to avoid, and the pattern by which a program finds it; an empty one where only the sense decides. The table
# in CONTRIBUTING lists the same words.
AVOID = {
    "absent": "",
    "adapter": "",
    "anew": r"\banew\b",
    "description vector": r"\bdescription vectors?\b",
    "descriptor": "",
    "episode": r"\bepisodes?\b",
    "evidence": r"\bevidence\b",
    "fixed": "",
    "gauge": r"\bgauges?\b",
    "guard": r"\bguard(?:s|ed)?\b",
    "is no": r"\b(?:is|are|was|were) no\b(?! longer)",
    "journey": r"\bjourneys?\b",
    "LoRA": "",
    "nobody": r"\bnobody\b",
    "place": r"\bin (?:the|its) place of\b",
    "refuse_…": r"\brefuses?(?:d|_\w+)?\b",
    "require_…": r"\brequire_\w+",
    "ride": r"\brid(?:e|es|den)\b",
    "settings object": r"\bsettings objects?\b",
    "thing": r"\bthings?\b",
    "told": r"\btold\b",
    "turn": r"\bturns\b",
    "unit": r"(?<!hidden )\bunit\b(?! \w+ per)",
    "vectors": "",
    "What": r"(?:^|[.!?:] )What\b",
}
PATTERNS = [re.compile(pattern) for pattern in AVOID.values() if pattern]
BARE_POINT = re.compile(r"(?<![\w.)\]])\.\d")
# The first words of docstrings; a class or a property may also begin with a noun.
NOUNS = {"A", "An", "The", "Whether"}
_FIRST = """
Adapt Add Alter Answer Append Apply Ask Assemble Average Build Call Center Check Choose Clip Collect Combine Compare
Compile Compute Continue Copy Count Cut Describe Differentiate Divide Draw Drop Embed Encode Estimate Evaluate Export
Find Fit Fold Freeze Generate Get Give Group Hold Initialize Join Judge Keep Leave Limit List Load Log Look Make Map
Mark Mask Measure Move Multiply Name Normalize Open Pad Parse Part Pass Plan Plot Pool Predict Prepare Print Project
Raise Read Record Remove Rename Render Replace Report Restore Return Roll Run Sample Save Say Scale Score Select Set
Share Show Solve Sort Split Stack Standardize Start Step Stop Store Subtract Sum Take Test Track Train Transform Try
Tune Unroll Update Use Validate Wait Warn Weight Wrap Write Yield
"""
FIRST = set(_FIRST.split())
FAMILY_VERBS = ("compare", "embed", "risks", "tune")


def complaints(text: str) -> list[str]:
    """List the words of a text that are to be avoided, and its numbers without a leading zero."""
    line = " ".join(text.split())
    return [match[0].strip() for pattern in [*PATTERNS, BARE_POINT] for match in pattern.finditer(line)]


def wrong_start(text: str, *, noun: bool) -> str:
    """Return the first word of a docstring where it is not allowed, else nothing."""
    first = re.split(r"[\s,.:;]", text.strip(), maxsplit=1)[0]
    return "" if first in FIRST or (noun and first in NOUNS) else first or "(empty)"


def help_text(*words: str) -> str:
    """Return the help of a command, without frames and line breaks."""
    screen = io.StringIO()
    with redirect_stdout(screen), pytest.raises(SystemExit):
        dispatch([*words, "--help"])
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", screen.getvalue()).split())


def public_docstrings() -> dict[str, tuple[str, bool]]:
    """Return the docstring of each public name and of each public member of a class, and whether it is of a noun."""
    found = {}
    for name in hypermaml._HOMES:
        value = getattr(hypermaml, name)
        if inspect.ismodule(value) or not (inspect.isclass(value) or inspect.isroutine(value)):
            continue
        found[name] = value.__doc__ or "", inspect.isclass(value)
        for base in value.__mro__ if inspect.isclass(value) else ():
            if not base.__module__.startswith("hypermaml"):
                continue
            for member, part in vars(base).items():
                text = inspect.getdoc(part) if callable(part) or isinstance(part, property | classmethod) else None
                if not member.startswith("_") and text and not inspect.isclass(part) and "." not in member:
                    found[f"{base.__name__}.{member}"] = text, isinstance(part, property)
    return found


COMMANDS = [
    *((verb,) for verb in VERBS if verb != "data"),
    ("data", "glyphs"),
    ("data", "language"),
    *((verb, family) for verb in FAMILY_VERBS for family in FAMILIES),
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_has_standard_words(words, monkeypatch):
    monkeypatch.setenv("COLUMNS", "1000")
    assert complaints(help_text(*words)) == []


@pytest.mark.parametrize("method", METHODS)
def test_help_of_methods_has_standard_words(method, monkeypatch):
    monkeypatch.setenv("COLUMNS", "1000")
    family = "sine" if method in FAMILIES["sine"].methods() else "navigation"
    assert complaints(help_text("train", family, method)) == []


def test_the_overview_begins_each_line_with_a_verb():
    assert [wrong_start(line, noun=False) for _, line in VERBS.values()] == [""] * len(VERBS)
    assert [complaints(line) for _, line in VERBS.values()] == [[]] * len(VERBS)


def test_public_docstrings_begin_with_a_verb():
    wrong = {name: wrong_start(text, noun=noun) for name, (text, noun) in public_docstrings().items()}
    assert {name: word for name, word in wrong.items() if word} == {}


def test_public_docstrings_have_standard_words():
    wrong = {name: complaints(text) for name, (text, _) in public_docstrings().items()}
    assert {name: words for name, words in wrong.items() if words} == {}


def test_the_list_is_that_of_contributing():
    rows = re.findall(r"^\| [^|]+ \| [^|]+ \| ([^|]+) \|$", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    listed = {word.strip(" `") for row in rows[1:] for word in row.split(",")}
    assert listed == set(AVOID)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("What the method reads.", ["What"]),
        ("Returns a rate. What is left is 0.", [". What"]),
        ("Whether rates below .4 are drawn; 0..N-1 and v1.4 are fine.", [".4"]),
        ("The guard is told each unit.", ["guard", "told", "unit"]),
        ("There are 40 hidden units, each unit is no thing.", ["is no", "thing", "unit"]),
        ("It returns 0.4 of the task, which is no longer drawn.", []),
    ],
)
def test_bad_words_are_found(text, found):
    assert sorted(complaints(text)) == sorted(found)


@pytest.mark.parametrize(
    ("text", "noun", "word"),
    [
        ("Return the task.", False, ""),
        ("Returns the task.", False, "Returns"),
        ("The task.", False, "The"),
        ("The task.", True, ""),
        ("What is known.", True, "What"),
        ("", True, "(empty)"),
    ],
)
def test_bad_starts_are_found(text, noun, word):
    assert wrong_start(text, noun=noun) == word
