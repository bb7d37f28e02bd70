"""The texts: pages agree with the methods, links resolve, numbers have their leading zero."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

from hypermaml._misc.configuration import Configuration
from hypermaml.cli.program import dispatch
from hypermaml.cli.running import Source
from hypermaml.methods import METHODS
from hypermaml.methods.config import MethodConfig

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "methods"
PAGES = sorted(FOLDER.glob("*.md"))
TEXTS = [
    *(
        ROOT / name
        for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "benchmarks/results/README.md")
    ),
    *sorted((ROOT / "docs").rglob("*.md")),
]
SHARED = {field.name: field.default for field in fields(MethodConfig) if field.name != "adapts"}
ROW = re.compile(r"^\| `(--[a-z-]+)` \| `([^`|]+)` \| \S.* \|$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```|`[^`]+`", re.MULTILINE | re.DOTALL)
WORDS = re.compile(
    r"(?:^|[.!?] )What\b|\b(?:told|things?|guard|nobody|anew|evidence|(?<!here )is no(?! longer))\b", re.MULTILINE
)
BARE_POINT = re.compile(r"(?<![\w.:])[-−±~+]?\.\d\S*")  # a colon begins a format, as in {error:.2f}


@cache
def page(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text()


def prose(text: str) -> str:
    """One line, without the marks of emphasis."""
    return " ".join(re.sub(r"[*_]", "", text).split())


def own_settings(kind: type[MethodConfig]) -> dict[str, object]:
    """The fields that a method adds to those of all, or gives another default."""
    own = {field.name: field.default for field in fields(kind) if field.name != "adapts"}
    return {name: value for name, value in own.items() if SHARED.get(name) != value}


def table(text: str) -> dict[str, str]:
    """Of a page's table of settings, each option and its default."""
    return dict(ROW.findall(text))


def shown(value: object) -> str:
    """A default as a page shows it: a part by its name."""
    return value.name if isinstance(value, Configuration) else str(value)


def option(name: str, value: object) -> str:
    return f"--{'no-' * (value is True)}{name.replace('_', '-')}"


def commands(path: Path) -> Iterator[list[str]]:
    """The words after `hypermaml` of each command in a page, in blocks and in lines."""
    for code in CODE.findall(path.read_text().replace("\\\n", " ")):
        lines = code.splitlines() if code.startswith("```") else [" ".join(code.strip("`").split())]
        yield from (shlex.split(line, comments=True)[1:] for line in lines if line.startswith("hypermaml "))


def heading_links(text: str) -> set[str]:
    """What each heading is linked by."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_each_method_has_a_page_and_each_page_a_method():
    assert {path.stem for path in PAGES} == {*METHODS, "README"}


@pytest.mark.parametrize("name", METHODS)
def test_the_index_leads_to_each_method_once_in_its_table(name):
    assert page("README").count(f"\n| [{name}]({name}.md) |") == 1


@pytest.mark.parametrize("name", METHODS)
def test_the_index_tells_which_families_a_method_can_learn(name):
    (row,) = re.findall(rf"^\| \[{name}\].*\| ([^|]+) \|$", page("README"), re.MULTILINE)
    told = re.search(r"^\*\*Families\.\*\* (All|The supervised ones)\b", page(name), re.MULTILINE)
    assert told is not None
    assert row.startswith("supervised") == METHODS[name]().needs_fixed_support == (told[1] != "All")


@pytest.mark.parametrize("name", METHODS)
def test_a_page_begins_with_the_name_and_holds_what_a_reader_looks_for(name):
    assert re.match(rf"# \S.* \(`{name}`\)\n\n\S", page(name))
    for part in ("\n```\n", "**Use it when**", "**Rather not when**", "\n## Settings\n", "\n```bash\n"):
        assert part in page(name), part


@pytest.mark.parametrize("name", METHODS)
def test_a_page_names_each_setting_of_its_own_with_its_default(name):
    own = own_settings(METHODS[name])
    assert table(page(name)) == {option(each, value): shown(value) for each, value in own.items()}
    assert own or "It adds none to the" in page(name)


def test_the_index_names_the_settings_of_all_methods():
    assert table(page("README")) == {option(name, value): shown(value) for name, value in SHARED.items()}


@pytest.mark.parametrize("name", METHODS)
def test_a_page_cites_what_hypermaml_cite_prints(name):
    entry = dict(re.findall(r"^  (\w+) = \{(.+?)\},?$", METHODS[name].citation, re.MULTILINE | re.DOTALL))
    cited = prose(page(name).rpartition("**Reference.**")[2])
    assert entry["title"].replace("{", "").replace("}", "") in cited
    assert f" {entry['year']}, " in cited
    authors = re.sub(r"[{}]", "", " ".join(entry["author"].split())).split(" and ")
    assert f"{', '.join(author.partition(',')[0] for author in authors)} {entry['year']}".lower() in cited.lower()
    if "eprint" in entry:
        assert f"[arXiv {entry['eprint']}](https://arxiv.org/abs/{entry['eprint']})" in cited


@pytest.mark.parametrize("name", METHODS)
def test_a_page_has_a_command_that_runs_its_method(name):
    assert any(words[0] in ("compare", "train") and name in words for words in commands(FOLDER / f"{name}.md"))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_command_line_takes_each_command_of_a_text(path, monkeypatch):
    """Names and options are read as ever, and nothing is trained. The records have the commands of their time."""
    monkeypatch.setattr("hypermaml.cli.work.comparison.run_comparison", lambda comparison, place, **facts: None)
    monkeypatch.setattr(Source, "settings", lambda source, kind: kind().settings() if source.config else {})
    monkeypatch.setattr(Source, "files", lambda source: {})
    for words in [] if path.parent.name == "results" else commands(path):
        placeholder = any(word.isupper() and word.isalpha() for word in words) or any(":" in word for word in words)
        if (
            words[0] in ("compare", "train", "list", "cite")
            and words not in (["compare"], ["train"])
            and not placeholder
        ):
            dispatch(words)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_link_to_a_file_leads_somewhere(path):
    text = path.read_text()
    for link in LINK.findall(text):
        if "://" in link:
            continue
        file, _, heading = link.partition("#")
        target = path.parent / file if file else path
        assert target.exists(), link
        assert not heading or heading in heading_links(target.read_text()), link


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_number_has_its_leading_zero(path):
    assert BARE_POINT.findall(path.read_text()) == []


def test_the_readme_is_short_and_its_python_early():
    text = (ROOT / "README.md").read_bytes()
    assert len(text) <= 6000
    assert text.decode().splitlines().index("```python") < 30


def test_the_index_of_the_documentation_leads_to_every_page():
    """Except the pages of single methods, which have an index of their own."""
    links = {
        (ROOT / "docs" / link.partition("#")[0]).resolve()
        for link in LINK.findall((ROOT / "docs/README.md").read_text())
    }
    pages = {*(ROOT / "docs").glob("*.md"), *(ROOT / "docs/tutorials").glob("*.md"), FOLDER / "README.md"}
    assert pages - {ROOT / "docs/README.md"} <= links


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_text_has_standard_words(path):
    """CONTRIBUTING lists the words to avoid, and the changelog and the records name what version 0.1 had."""
    found = re.findall(WORDS, CODE.sub("", path.read_text()))
    assert path.name in ("CONTRIBUTING.md", "CHANGELOG.md") or path.parent.name == "results" or found == []


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_module_that_a_text_names_is_there(path):
    """A path in capitals, as NAME.py, stands for many."""
    for name in re.findall(r"`([a-z_/]+/[a-z_]+\.py)`", path.read_text()):
        assert (ROOT / name).exists() or (ROOT / "src" / "hypermaml" / name).exists(), name
