"""The package as a whole: lazy, typed, and of one version everywhere."""

import ast
import importlib
import importlib.metadata
import pkgutil
import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import hypermaml
from hypermaml.methods import METHODS

ROOT = Path(__file__).parents[1]


def python(code: str) -> str:
    """The standard output of a fresh interpreter that runs `code`."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def for_type_checkers(package):
    """The names that a package imports for type checkers, each with its module."""
    tree = ast.parse(Path(package.__file__).read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    return [(alias.asname or alias.name, str(node.module)) for node in imports for alias in node.names]


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
    seen = for_type_checkers(hypermaml)
    stars = {home for name, home in seen if name == "*"}
    packages = {name for name, home in seen if home == "hypermaml"}
    named = {name: home for name, home in seen if name != "*" and home != "hypermaml"}
    assert named == {name: f"hypermaml.{home}" for name, home in hypermaml._HOMES.items()}
    assert stars == {f"hypermaml.{home}" for home in hypermaml._WHOLE}
    assert packages == set(hypermaml._PACKAGES)


@pytest.mark.parametrize("name", ["adapt", "embed", "init", "methods", "outer"])
def test_a_lazy_package_has_the_names_that_type_checkers_see(name):
    package = getattr(hypermaml, name)
    assert dict(for_type_checkers(package)) == {each: f"hypermaml.{home}" for each, home in package._HOMES.items()}
    for each, home in package._HOMES.items():
        assert getattr(package, each) is getattr(importlib.import_module(f"hypermaml.{home}"), each)
        assert each in dir(package)
    with pytest.raises(AttributeError, match=f"module 'hypermaml.{name}' has no attribute 'Maml'"):
        package.Maml  # noqa: B018


def test_every_method_and_every_configuration_of_a_part_is_a_public_name():
    for kind in METHODS.values():
        assert getattr(hypermaml, kind.__name__) is kind
        assert kind.__name__ in dir(hypermaml)
    for part in (*hypermaml.embed.EMBEDDERS.values(), *hypermaml.init.GENERATORS.values()):
        assert getattr(hypermaml, part.__name__) is part
    assert hypermaml.Adam is hypermaml.outer.OUTER_UPDATES["adam"]


def test_configurations_load_no_dependency():
    code = "import sys, hypermaml as hm; [kind() for kind in hm.methods.METHODS.values()]"
    code += "; print({'jax', 'numpy', 'equinox'} & set(sys.modules))"
    assert python(code) == "set()"


def test_no_module_hides_a_public_name():
    assert not {module.name for module in pkgutil.iter_modules(hypermaml.__path__)} & set(hypermaml._HOMES)
    for package in hypermaml._PACKAGES:
        space = importlib.import_module(f"hypermaml.{package}")
        assert not {module.name for module in pkgutil.iter_modules(space.__path__)} & set(space._HOMES), package


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


def test_constraints_have_a_version_of_each_requirement():
    """A version that the requirement allows, so that one line installs them all."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()[1:]
    versions = dict(line.split("==") for line in lines)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for text in chain(project["dependencies"], *project["optional-dependencies"].values()):
        requirement = Requirement(text)
        if requirement.name != "hypermaml":
            assert requirement.specifier.contains(versions[requirement.name.lower()]), text


def late_imports(node: ast.AST, inside: bool = False) -> int:
    """Count the imports of the package itself inside of functions; blocks for type checkers do not count."""
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
        return sum(late_imports(each, inside) for each in node.orelse)
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
    names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    own = inside and any(name.partition(".")[0] == "hypermaml" for name in names)
    inside = inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    return own + sum(late_imports(each, inside) for each in ast.iter_child_nodes(node))


def test_late_imports_are_few():
    """Help does not wait for JAX by one late import for a verb or a family, and by lazy namespaces."""
    counts = {path: late_imports(ast.parse(path.read_text())) for path in Path(hypermaml.__file__).parent.rglob("*.py")}
    assert sum(counts.values()) < 40, {path: count for path, count in counts.items() if count}


def test_late_imports_are_counted():
    code = """
import hypermaml
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from hypermaml import cli
def outer():
    import json, hypermaml.cli
    if TYPE_CHECKING:
        from hypermaml import run
    class Inner:
        from hypermaml.run import folder
    return lambda: __import__("hypermaml")
"""
    assert late_imports(ast.parse(code)) == 2


def test_an_old_name_works_and_warns_in_one_line(monkeypatch):
    monkeypatch.setitem(hypermaml._RENAMED, "OldMAML", ("MAML", "0.4"))
    text = "hypermaml.OldMAML is now hypermaml.MAML; the old name is dropped in version 0.4"
    with pytest.warns(DeprecationWarning, match=f"^{re.escape(text)}$") as caught:
        assert hypermaml.OldMAML is hypermaml.MAML
    (warning,) = caught
    assert warning.filename == __file__
    assert "OldMAML" not in dir(hypermaml)


def test_each_renamed_name_leads_to_a_present_one():
    assert all(present in dir(hypermaml) for present, _ in hypermaml._RENAMED.values())
    with pytest.raises(AttributeError, match="has no attribute 'OldMAML'"):
        _ = hypermaml.OldMAML
