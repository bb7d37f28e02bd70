"""A file of method settings, such as the best trials of tuning: JSON, with the class and the fields of each method.

`config.json` of a run holds the same in its `config`, so it is such a file, too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypermaml._misc.configuration import read_back, written
from hypermaml._misc.read import read_json
from hypermaml.experiments.classes import CLASSES
from hypermaml.experiments.experiment import Experiment
from hypermaml.methods.config import MethodConfig

FORMAT = "hypermaml method settings"


def settings_text(experiment: Experiment, methods: Mapping[str, MethodConfig], **facts: Any) -> str:
    """Return the contents of a file of method settings.

    Args:
        experiment: the family that the settings are for.
        methods: by name.
        facts: of how they were found, as JSON values.
    """
    head = {"format": FORMAT, "family": experiment.name, "variant": experiment.variant(), **facts}
    return json.dumps(head | {"methods": {name: written(each) for name, each in methods.items()}}, indent=1) + "\n"


def read_settings(path: Path, kind: type[Experiment]) -> dict[str, MethodConfig]:
    """Return the settings that a file holds, by the name of the method.

    Args:
        path: of the file; a run's `config.json` is read as well.
        kind: the family that they are for.

    Raises:
        ValueError: it is not such a file, is for another family, or has a setting that is unknown or out of its range.
    """
    contents = read_json(path, what="a file of method settings")
    contents = contents["config"] if isinstance(contents.get("config"), dict) else contents
    methods = contents.get("methods")
    if not isinstance(methods, dict) or not all(isinstance(each, dict) for each in methods.values()) or not methods:
        raise ValueError(
            f"{path} has no settings of methods: give best.json of hypermaml tune, or config.json of a run"
        )
    if contents.get("family") != kind.name:
        raise ValueError(f"{path} is for the family {contents.get('family')}, but the command names {kind.name}")
    return {name: _settings(path, name, saved) for name, saved in methods.items()}


def _settings(path: Path, name: str, saved: Mapping[str, Any]) -> MethodConfig:
    try:
        settings = read_back(saved, CLASSES)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        what = " ".join(str(error).split())
        if isinstance(error, KeyError):
            what = "a class is missing" if error.args[0] == "class" else f"there is no class {error.args[0]}"
        raise ValueError(f"{path} has settings of {name} that do not fit this version of hypermaml: {what}") from None
    if not isinstance(settings, MethodConfig):
        raise ValueError(f"{path} has a {type(settings).__name__} for {name}, but it must be the settings of a method")
    return settings
