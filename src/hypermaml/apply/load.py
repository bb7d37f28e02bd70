"""Loading of what was saved: a trained method, a model, or a training run of a run folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from hypermaml._compare.comparison import Comparison
from hypermaml._compare.evaluation import trained
from hypermaml._compare.records import log_of
from hypermaml._core.family import AbstractFamily
from hypermaml.apply.artifact import ArtifactError, load_artifact
from hypermaml.apply.fitted import FittedModel
from hypermaml.apply.trained import Trained
from hypermaml.experiments.families import find_family
from hypermaml.experiments.given import given_family
from hypermaml.run import checkpoint
from hypermaml.run.folder import RunFolder
from hypermaml.run.metrics import read


def load(
    path: str | Path,
    *,
    method: str | None = None,
    seed: int | None = None,
    description: str | None = None,
    family: AbstractFamily | None = None,
    files: Mapping[str, str | Path] | None = None,
    known: Mapping[str, Any] | None = None,
) -> Any:
    """Read what `Trained.save` or `FittedModel.save` wrote, or a method from the folder of a run.

    Of a run folder it is the newest checkpoint, with the test-time schedule of its evaluation. A file
    holds no program, and may name only classes and functions of this package, of JAX, and of your own modules: import
    these before.

    Args:
        path: the file, or the folder that `compare`, or `hypermaml train` and `hypermaml compare`, wrote.
        method: of a run folder, by name; the only one by default.
        seed: of a run folder; the only one by default.
        description: how the tasks of the training run are described, such as full or none; by default the only way, or
            full.
        family: of the run, where a program made it.
        files: of a run folder, by option such as rows: where the data of the training are now; where they were by
            default. Their contents must be as they were.
        known: classes and functions by the names that the error gives, for those that cannot be imported.

    Returns:
        A `Trained` or a `FittedModel`, whichever was saved; of a run folder a `Trained`.

    Raises:
        ArtifactError: the file holds neither, is damaged, or needs a class that is not here.
        ValueError: the run folder has no such training run, or none was named and there are several.
        OSError: the file cannot be read.
    """
    path = Path(path)
    if path.is_dir():
        return _of_run(path, method, seed, description, family, files or {})
    choices = {"method": method, "seed": seed, "description": description, "family": family, "files": files}
    for name, value in choices.items():
        if value is not None:
            raise ValueError(f"{name} chooses from a run folder, but {path} is a file: leave it out")
    found = load_artifact(path, known or {})
    if not isinstance(found, Trained | FittedModel):
        raise ArtifactError(f"{path} holds a {type(found).__name__}, which is neither a trained method nor a model")
    return found


def open_comparison(
    path: Path, family: AbstractFamily | None = None, files: Mapping[str, str | Path] = MappingProxyType({})
) -> tuple[RunFolder, Comparison]:
    """Return the run in a folder and its comparison, whose family is not built yet.

    Args:
        path: of the folder.
        family: of the run, where a program made it.
        files: by option, where the files that the run reads are now.

    Raises:
        RunFolderError: the folder holds no run, or a run of an older version.
        ValueError: the family, a method or an option is not known here, or the family has changed.
    """
    folder = RunFolder.load(path)
    options, name = folder.config.get("options", {}), str(folder.config.get("family"))
    if not isinstance(options, dict):
        raise ValueError(f"{path} has a configuration whose options are not an object {{…}}")
    if folder.config.get("report") == "risks":
        raise ValueError(f"{path} holds a report of risks: give the folder of train or compare")
    if family is not None:
        return folder, Comparison.from_config(folder.config, given_family(family))
    if options.get("source") == "":
        raise ValueError(
            f"the run in {path} is of a family that a program made ({options.get('class')}): give it as family"
        )
    try:
        kind = find_family(str(options.get("source") or name))
    except KeyError:
        raise ValueError(f"the run in {path} is of the family {name}, which is not known here") from None
    return folder, Comparison.from_config(folder.config, kind, {name: str(place) for name, place in files.items()})


def _of_run(
    path: Path,
    method: str | None,
    seed: int | None,
    description: str | None,
    family: AbstractFamily | None,
    files: Mapping[str, str | Path],
) -> Trained:
    run, comparison = open_comparison(path, family, files)
    name = _choose(path, "method", method, comparison.names)
    number = _choose(path, "seed", seed, comparison.seeds)
    reads = comparison.methods[name].reads_description
    ways = comparison.descriptors if reads else ("full",)
    preferred = "full" if description is None and "full" in ways else description
    planned = comparison.planned(name, _choose(path, "description", preferred, ways), number)
    folder = run.path / "training-runs" / planned.name
    if planned.settings.trained and checkpoint.latest(folder / "checkpoints") is None:
        raise ValueError(f"{path} has no checkpoint of {name} with seed {number} yet: go on with the run")
    training = planned.with_family(comparison.experiment.for_new_tasks().family(planned.descriptor))
    method_of, diverged, iteration, schedule = trained(training, run)
    if diverged:
        raise ValueError(f"{name} with seed {number} diverged in {path}: choose another method or seed")
    rows = log_of(run, planned.name) if run.finished(planned.name) else read(folder)
    losses = np.asarray([row["loss"] for row in rows if "loss" in row])
    return Trained(planned.settings, training.family, method_of, schedule, number, iteration, losses)


def _choose(path: Path, what: str, given: Any, known: Sequence[Any]) -> Any:
    """Return the one that is given, or the only one.

    Raises:
        ValueError: it is not known, or none is given and there are several.
    """
    names = ", ".join(map(str, known))
    if given is None and len(known) > 1:
        raise ValueError(f"{path} holds several {what}s: give one of {names} as {what}")
    if given is not None and given not in known:
        raise ValueError(f"{path} holds no {what} {given}: its {what}s are {names}")
    return known[0] if given is None else given
