"""The package as a whole: lazy, typed, and of one version everywhere."""

import ast
import importlib
import importlib.metadata
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import hypermaml

ROOT = Path(__file__).parents[1]


def python(code: str) -> str:
    """The standard output of a fresh interpreter that runs `code`."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_import_loads_no_dependency():
    before = "import sys; before = set(sys.modules); import hypermaml"
    roots = python(f"{before}; print(*{{name.partition('.')[0] for name in set(sys.modules) - before}})").split()
    assert "hypermaml" in roots
    assert {root for root in roots if root not in sys.stdlib_module_names} == {"hypermaml"}


def test_import_takes_no_time():
    code = "from time import perf_counter as now; start = now(); import hypermaml; print(now() - start)"
    assert min(float(python(code)) for _ in range(3)) < 0.1  # seconds; JAX takes about one


@pytest.mark.parametrize("name", hypermaml._HOMES)
def test_public_name_is_what_its_module_defines(name):
    home = importlib.import_module(f"hypermaml.{hypermaml._HOMES[name]}")
    assert getattr(hypermaml, name) is getattr(home, name)
    assert name in dir(hypermaml)


def test_type_checkers_see_the_same_names():
    tree = ast.parse(Path(hypermaml.__file__).read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    seen = {alias.asname: str(node.module) for node in imports for alias in node.names}
    assert seen == {name: f"hypermaml.{home}" for name, home in hypermaml._HOMES.items()}


def test_no_module_hides_a_public_name():
    assert not {module.name for module in pkgutil.iter_modules(hypermaml.__path__)} & set(hypermaml._HOMES)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'hypermaml' has no attribute 'Maml'"):
        hypermaml.Maml  # noqa: B018


def test_package_is_typed():
    assert Path(hypermaml.__file__).with_name("py.typed").is_file()


def test_version_is_the_same_everywhere():
    assert importlib.metadata.version("hypermaml") == hypermaml.__version__  # reinstall after raising it
    (cited,) = re.findall(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(), flags=re.MULTILINE)
    assert cited == hypermaml.__version__
    newest, *_ = re.findall(r"^## \[(\S+)\]", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    assert newest == hypermaml.__version__
