"""Open an existing run by its folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hypermaml._compare.comparison import Comparison
from hypermaml.cli.files import named_files
from hypermaml.cli.names import UsageError, check_family
from hypermaml.run.folder import RunFolder


def open_folder(path: str) -> RunFolder:
    """Return the folder of a comparison or of one trained method.

    Raises:
        RunFolderError: the folder holds no run, or a run of an older version.
        UsageError: the folder holds a report of risks.
    """
    folder = RunFolder.load(Path(path))
    if folder.config.get("report") == "risks":
        raise UsageError(
            f"{path} holds a report of risks: hypermaml risks FAMILY --out {path} --resume goes on with it"
        )
    return folder


def load(path: str, files: Sequence[str] = ()) -> tuple[RunFolder, Comparison]:
    """Return the run in a folder and its comparison, whose family is not built yet.

    Args:
        path: of the folder.
        files: as `named_files` takes them.

    Raises:
        RunFolderError: the folder holds no run, or a run of an older version.
        UsageError: the family is not known here.
        ValueError: a method or an option is not known here, or the family has changed.
    """
    folder = open_folder(path)
    options, name = folder.config.get("options", {}), str(folder.config.get("family"))
    if not isinstance(options, dict):
        raise ValueError(f"{path} has a configuration whose options are not an object {{…}}")
    if options.get("source") == "":
        raise UsageError(
            f"the run in {path} is of a family that a program made ({options.get('class')}): "
            "evaluate it in that program"
        )
    kind = check_family(str(options.get("source") or name))
    return folder, Comparison.from_config(folder.config, kind, named_files(files))
