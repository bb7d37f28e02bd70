"""Adapted models in files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypermaml.apply.fitted import FittedModel
from hypermaml.apply.load import load
from hypermaml.cli.names import UsageError


def write(model: FittedModel, out: Path) -> None:
    """Write a model in the format of the ending; without one, as the family's models usually are."""
    if out.suffix or model.family.in_folders:
        model.export(out)
    else:
        model.save(out)


def save_method(name: str, out: Path, **chosen: Any) -> None:
    """Write the trained method of a run into one file.

    Args:
        name: of the run folder.
        out: the file.
        **chosen: the method and the seed of the training run, see `load`.

    Raises:
        ValueError: the folder has no such training run, or the method cannot be saved.
    """
    load(name, **chosen).save(out)


def open_model(name: str) -> FittedModel:
    """Return the model in a file.

    Raises:
        UsageError: the file holds a trained method.
        ValueError: it holds something else.
    """
    path = Path(name)
    if path.is_dir():
        raise UsageError(
            f"{name} is a folder: name the file of a model, which hypermaml adapt {name} --out FILE writes"
        )
    found = load(path)
    if not isinstance(found, FittedModel):
        raise UsageError(f"{name} holds a trained method: adapt it first with hypermaml adapt {name} --out FILE")
    return found
