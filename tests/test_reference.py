"""The API reference: a page for each public name, and a docstring that says what each argument is."""

import ast
import importlib
import inspect
import re
import textwrap
from functools import cache
from pathlib import Path
from typing import Any

import pages
import pytest
import reference

SECTION = re.compile(r"^(?:Args|Attributes):\n((?:(?:    .*)?\n)*)", re.MULTILINE)
ANY_NUMBER = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
NAMES = reference.names()
RUN = {str((Path(__file__).parents[1] / page).relative_to(reference.DOCS)) for page in pages.RUN if page != "README.md"}


def value(name: reference.Name) -> Any:
    return getattr(importlib.import_module(name.spaces[0]), name.short)


def public(space: str) -> set[str]:
    """The names that a user finds in a namespace."""
    module = importlib.import_module(space)
    listed = getattr(module, "__all__", None) or dir(module)
    return {
        each
        for each in listed
        if not each.startswith("_")
        and not inspect.ismodule(getattr(module, each))
        and (str(getattr(getattr(module, each), "__module__", "hypermaml"))).startswith("hypermaml")
        and getattr(module, each).__class__.__module__ != "typing"
        and each not in ("Catalog", "lazy", "TYPE_CHECKING")
    }


def sections(text: str | None) -> set[str]:
    """The names that the sections on arguments and attributes of a docstring explain."""
    blocks = "".join(SECTION.findall(inspect.cleandoc(text or "") + "\n"))
    return {
        each for line in re.findall(r"^    ([*\w, ]+): ", blocks, re.MULTILINE) for each in re.findall(r"\w+", line)
    }


@cache
def explained(part: Any) -> frozenset[str]:
    """The arguments of a function or a class that are explained: in sections, or in the docstrings of fields."""
    if not inspect.isclass(part):
        return frozenset(sections(part.__doc__))
    found = set()
    for base in part.__mro__:
        if base.__module__.startswith("hypermaml"):
            (tree,) = ast.parse(textwrap.dedent(inspect.getsource(base))).body
            assert isinstance(tree, ast.ClassDef)
            found |= sections(ast.get_docstring(tree, clean=False))
            for node, after in zip(tree.body, [*tree.body[1:], None], strict=True):
                if isinstance(node, ast.FunctionDef) and node.name in ("__init__", "__new__"):
                    found |= sections(ast.get_docstring(node, clean=False))
                if isinstance(node, ast.AnnAssign) and isinstance(after, ast.Expr):
                    found.add(ast.unparse(node.target))
    return frozenset(found)


@pytest.mark.parametrize("space", [*reference.NAMESPACES, *reference.EAGER])
def test_each_public_name_is_in_the_index_of_its_namespace(space):
    assert {name.short for name in NAMES if space in name.spaces} == public(space)


def test_each_name_has_a_page_in_the_navigation():
    pages = reference.pages()
    listed = [
        page for part in reference.navigation() if isinstance(part, dict) for each in part.values() for page in each
    ]
    assert {name.page for name in NAMES} <= set(listed)
    assert sorted([*listed, "reference/index.md"]) == sorted(pages)
    for name in NAMES:
        assert f"::: {name.spaces[0]}.{name.short}\n" in pages[name.page]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name.path)
def test_the_first_line_is_a_sentence(name):
    first, _, rest = reference.documented(name).partition("\n")
    assert re.match(r"[A-Z\d`].*[.:]$", first), first
    assert not rest or rest.startswith("\n")
    assert reference.first_line(reference.documented(name))


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name.path)
def test_each_name_has_an_example_that_runs(name):
    """On a page that the tests run, in a method's source, or for a method the command on its page (`test_docs.py`)."""
    places = set(reference.examples_of(name))
    ran = {place for place in places if place in RUN or place.startswith(("reference/methods/", "methods/"))}
    assert ran, f"use {name.path} in docs/parts.md"
    assert all(link in reference.page(name) for link in list(reference.examples_of(name).values())[:6])


def test_the_pages_of_examples_are_run():
    assert {"parts.md", "python.md", "tutorials/arrays.md"} <= RUN
    assert all((reference.DOCS / place).exists() for place in RUN)


@pytest.mark.parametrize("name", [name for name in NAMES if callable(value(name))], ids=lambda name: name.path)
def test_each_argument_is_explained(name):
    """Exceptions and warnings take their text alone."""
    part = value(name)
    if inspect.isclass(part) and issubclass(part, Exception):
        return
    named = [each for each in inspect.signature(part).parameters.values() if each.kind not in ANY_NUMBER]
    assert {each.name for each in named} - explained(part) == set()


def test_the_pages_have_the_arguments_of_the_program():
    """Griffe reads the source alone; skipped where the extra `docs` is not installed."""
    griffe = pytest.importorskip("griffe")
    fields = Path(reference.__file__).with_name("fields.py")
    extensions = griffe.load_extensions(f"{fields}:EquinoxModules", "dataclasses", f"{fields}:Fields")
    package = griffe.load("hypermaml", search_paths=[reference.SOURCE.parent], extensions=extensions)
    for name in NAMES:
        part = value(name)
        if callable(part) and not (inspect.isclass(part) and issubclass(part, Exception)):
            read = package[f"{name.spaces[0]}.{name.short}".removeprefix("hypermaml.")]
            if read.is_class:
                (read, *_) = [each["__init__"] for each in [read, *read.mro()] if "__init__" in each.members]
            arguments = [each.name for each in read.parameters if each.name != "self"]
            assert arguments == list(inspect.signature(part).parameters), name.path
