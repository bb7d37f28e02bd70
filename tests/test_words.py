"""Help texts and public docstrings: the words that CONTRIBUTING's list allows, as far as a program can see."""

import inspect
import io
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

import hypermaml
from hypermaml.cli.names import FAMILIES
from hypermaml.cli.program import VERBS, dispatch
from hypermaml.methods import METHODS

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
    "is no": r"(?<!here )\b(?:is|are) no\b(?! longer)",
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
    "unit": r"(?<!hidden )(?<!physical )\bunit\b(?!:)",
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
Mark Mask Measure Meta-train Move Multiply Name Normalize Open Pad Parse Part Pass Plan Plot Pool Predict Prepare
Print Project Raise Read Record Remove Rename Render Replace Report Restore Return Roll Run Sample Save Say Scale
Score Select Set Share Show Solve Sort Split Stack Standardize Start Step Stop Store Subtract Sum Take Test Track
Train Transform Try Tune Unroll Update Use Validate Wait Warn Weight Wrap Write Yield
"""
FIRST = set(_FIRST.split())
FAMILY_VERBS = ("check", "compare", "embed", "risks", "tune")


def complaints(text: str) -> list[str]:
    """List the words of a text that are to be avoided, and its numbers without a leading zero."""
    line = " ".join(text.split())
    return [match[0].strip() for pattern in [*PATTERNS, BARE_POINT] for match in pattern.finditer(line)]


def wrong_start(text: str, *, of: str) -> str:
    """Return the first word of a docstring where it is not allowed, else nothing.

    Args:
        text: of the docstring.
        of: class, property or function. A class may begin with a noun phrase, a property with an article.
    """
    first = re.split(r"[\s,.:;]", text.strip(), maxsplit=1)[0]
    if of == "class":
        allowed = (
            first and first not in ("How", "What", "When", "Which") and first.removesuffix("s") not in FIRST - {first}
        )
    else:
        allowed = first in FIRST or (of == "property" and first in NOUNS)
    return "" if allowed else first or "(empty)"


def help_text(*words: str) -> str:
    """Return the help of a command, without frames and line breaks."""
    screen = io.StringIO()
    with redirect_stdout(screen), pytest.raises(SystemExit):
        dispatch([*words, "--help"])
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", screen.getvalue()).split())


def public_names() -> Iterator[tuple[str, Any]]:
    """Yield each public name of the package and of its namespaces, with its value."""
    for space in (hypermaml, *(getattr(hypermaml, name) for name in hypermaml._PACKAGES)):
        for name in dir(space):
            if not name.startswith("_") and name not in ("TYPE_CHECKING", "Any", "import_module"):
                yield name, getattr(space, name)


def public_docstrings() -> dict[str, tuple[str, str]]:
    """Return the docstring of each public name and of each public member of a class, and its kind."""
    found = {}
    for _, value in public_names():
        if not getattr(value, "__module__", "").startswith("hypermaml") or not callable(value):
            continue
        found[value.__qualname__] = value.__doc__ or "", "class" if inspect.isclass(value) else "function"
        for base in value.__mro__ if inspect.isclass(value) else ():
            for member, part in vars(base).items() if base.__module__.startswith("hypermaml") else ():
                inside = getattr(part, "fget", None) or getattr(part, "__func__", part)
                own = inspect.isfunction(inside) and inside.__module__.startswith("hypermaml")
                text = inspect.getdoc(inside) if own else None
                if not member.startswith("_") and text:
                    found[f"{base.__name__}.{member}"] = text, "property" if isinstance(part, property) else "function"
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
    assert [wrong_start(line, of="function") for _, line in VERBS.values()] == [""] * len(VERBS)
    assert [complaints(line) for _, line in VERBS.values()] == [[]] * len(VERBS)


def test_public_docstrings_begin_with_a_verb():
    wrong = {name: wrong_start(text, of=of) for name, (text, of) in public_docstrings().items()}
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
    ("text", "of", "word"),
    [
        ("Return the task.", "function", ""),
        ("Returns the task.", "function", "Returns"),
        ("The task.", "function", "The"),
        ("The task.", "property", ""),
        ("MAML with a learned rate.", "class", ""),
        ("Maps a task to its embedding.", "class", "Maps"),
        ("Map a task to its embedding.", "class", ""),
        ("What is known.", "class", "What"),
        ("", "class", "(empty)"),
    ],
)
def test_bad_starts_are_found(text, of, word):
    assert wrong_start(text, of=of) == word
