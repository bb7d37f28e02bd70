"""Names of the package and of other packages."""

import sys
import types
from importlib.metadata import EntryPoint

import pytest

import hypermaml as hm
from hypermaml._misc.catalog import Catalog

HOMES = {"maml": "hypermaml.methods.maml:MAML", "absent": "hypermaml.methods.absent:Absent"}


class Own(hm.MAML):
    """A method of another package."""


@pytest.fixture
def catalog(monkeypatch):
    """Two names of the package's own, and entry points of a package that is made here."""
    module = types.ModuleType("another_package")
    module.Own, module.number = Own, 3  # pyright: ignore[reportAttributeAccessIssue]
    monkeypatch.setitem(sys.modules, "another_package", module)
    points = {"own": "another_package:Own", "maml": "another_package:Own", "number": "another_package:number"}
    points["broken"] = "not_installed:Method"
    asked = []

    def entry_points(*, group):
        asked.append(group)
        return [EntryPoint(name, value, group) for name, value in points.items()]

    monkeypatch.setattr("importlib.metadata.entry_points", entry_points)
    made = Catalog("method", HOMES, group="hypermaml.methods", base="hypermaml.methods.config:MethodConfig")
    return made, asked


def test_the_package_s_own_names_need_no_entry_points_and_load_one_at_a_time(catalog):
    methods, asked = catalog
    assert methods["maml"] is hm.MAML
    assert "absent" in methods  # whose module does not exist
    assert asked == []


def test_entry_points_come_after_them_and_replace_none(catalog):
    methods, asked = catalog
    assert list(methods) == ["maml", "absent", "broken", "number", "own"]
    assert methods["own"] is Own
    assert methods["maml"] is hm.MAML
    assert "nothing" not in methods
    assert len(methods) == 5
    assert asked == ["hypermaml.methods"]


def test_an_entry_point_that_cannot_be_used_is_one_sentence(catalog):
    methods, _ = catalog
    with pytest.raises(ValueError, match="the method broken is not_installed:Method, which cannot be loaded: No mod"):
        methods["broken"]
    with pytest.raises(ValueError, match="the method number is another_package:number, but it must be a subclass of"):
        methods["number"]
    with pytest.raises(KeyError):
        methods["nothing"]
