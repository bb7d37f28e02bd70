"""Families by name: those of this package, those of other packages, and those in a user's file."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import hypermaml as hm
from hypermaml._misc.failures import place_of, sentence_of
from hypermaml._misc.importing import import_here
from hypermaml.experiments.clustered_sine import ClusteredSineExperiment
from hypermaml.experiments.experiment import Experiment
from hypermaml.experiments.given import given_family
from hypermaml.experiments.glyphs import GlyphsExperiment
from hypermaml.experiments.grasp import GraspExperiment
from hypermaml.experiments.language import LanguageExperiment
from hypermaml.experiments.locomotion import (
    AntDirectionExperiment,
    AntVelocityExperiment,
    HalfCheetahDirectionExperiment,
    HalfCheetahVelocityExperiment,
)
from hypermaml.experiments.multimodal import MultimodalExperiment
from hypermaml.experiments.navigation import NavigationExperiment
from hypermaml.experiments.power import PowerExperiment, PowerForecastExperiment
from hypermaml.experiments.sine import SineExperiment
from hypermaml.experiments.table import TableExperiment
from hypermaml.methods.config import MethodConfig

GROUP = "hypermaml.families"
FAMILIES: Mapping[str, type[Experiment]] = {
    experiment.name: experiment
    for experiment in (
        SineExperiment,
        ClusteredSineExperiment,
        MultimodalExperiment,
        GlyphsExperiment,
        NavigationExperiment,
        HalfCheetahVelocityExperiment,
        HalfCheetahDirectionExperiment,
        AntVelocityExperiment,
        AntDirectionExperiment,
        PowerExperiment,
        PowerForecastExperiment,
        GraspExperiment,
        LanguageExperiment,
        TableExperiment,
    )
}


class FamilyError(ValueError):
    """A family cannot be loaded; the text is one sentence."""


def other_families() -> dict[str, EntryPoint]:
    """Return the families that other packages add, by name; nothing of them is imported."""
    return {point.name: point for point in entry_points(group=GROUP) if point.name not in FAMILIES}


def find_family(name: str) -> type[Experiment]:
    """Return the experiment of a family.

    Args:
        name: a family of this package, one that another package adds by an entry point of the group
            `hypermaml.families`, or a source: `my_tasks.py:family` or `my_package.module:family`. What a source or an
            entry point names is an `AbstractFamily`, or a function without arguments that returns one.

    Raises:
        KeyError: no family has this name, and it is not a source.
        FamilyError: the source or the entry point cannot be loaded, or holds something else.
    """
    if name in FAMILIES:
        return FAMILIES[name]
    if ":" in name:
        return from_source(name)
    return _kind(_loaded(name, other_families()[name].load), name, name=name)


def from_source(source: str) -> type[Experiment]:
    """Return the experiment of the family at `FILE.py:NAME` or `MODULE:NAME`.

    Raises:
        FamilyError: there is no such file, module or name, loading it fails, or it is not a family.
    """
    place, _, attribute = source.rpartition(":")
    short = Path(place).stem if place.endswith(".py") else place.rpartition(".")[2]
    name = short if attribute == "family" else f"{short}-{attribute}"
    return _kind(load_source(source, "family"), source, name=name)


def load_source(source: str, what: str) -> Any:
    """Return the object at `FILE.py:NAME` or `MODULE:NAME`.

    Args:
        source: where it is.
        what: it should be, for messages.

    Raises:
        FamilyError: there is no such file, module or name, or loading it fails.
    """
    place, _, attribute = source.rpartition(":")
    is_file = place.endswith(".py")
    module = _loaded(source, lambda: _from_file(source, Path(place)) if is_file else _from_module(source, place))
    if not hasattr(module, attribute):
        raise FamilyError(f"{source}: {place} has no '{attribute}'; write {place}:NAME with the name of a {what} in it")
    return getattr(module, attribute)


def method_from_source(source: str) -> MethodConfig:
    """Return the configuration at `FILE.py:NAME` or `MODULE:NAME`, a class or an object of it.

    Raises:
        FamilyError: there is no such file, module or name, loading it fails, or it is not a configuration.
    """
    found = load_source(source, "method")
    if isinstance(found, type) and issubclass(found, MethodConfig):
        found = _loaded(source, found)
    if not isinstance(found, MethodConfig):
        raise FamilyError(
            f"{source} is an object of the class {type(found).__name__}, but it must be the configuration of a method "
            "(hypermaml.MethodConfig) or its class"
        )
    return found


def _kind(found: Any, source: str, *, name: str) -> type[Experiment]:
    if isinstance(found, type) and issubclass(found, Experiment):
        return found
    if callable(found) and not isinstance(found, hm.AbstractFamily):
        found = _loaded(source, found)
    if not isinstance(found, hm.AbstractFamily):
        raise FamilyError(
            f"{source} is an object of the class {type(found).__name__}, but it must be a family "
            "(hypermaml.AbstractFamily) or a function without arguments that returns one"
        )
    return given_family(found, name=name, source=source)


def _from_file(source: str, path: Path) -> Any:
    if not path.is_file():
        raise FamilyError(f"{source}: there is no file {path}")
    name = path.stem
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up; the file may import its neighbors, as a program in its folder does.
    sys.modules[name] = module
    if str(path.parent.resolve()) not in sys.path:
        sys.path.insert(0, str(path.parent.resolve()))
    spec.loader.exec_module(module)
    return module


def _from_module(source: str, name: str) -> Any:
    try:
        return import_here(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise FamilyError(f"{source}: there is no module {name} here; a file is written FILE.py:NAME") from None
        raise


def _loaded(source: str, load: Any) -> Any:
    """Call a user's code, and say in one sentence what went wrong in it, and where."""
    try:
        return load()
    except FamilyError:
        raise
    except Exception as error:
        file, line = place_of(error, source)
        place = f" in {file}, line {line}" if line else ""
        raise FamilyError(f"{source}: {type(error).__name__}{place}: {sentence_of(error)}") from error
