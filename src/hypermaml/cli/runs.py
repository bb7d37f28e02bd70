"""An existing run, from its folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hypermaml.cli.names import FAMILIES, UsageError, check_known

if TYPE_CHECKING:
    from hypermaml._compare.comparison import Comparison
    from hypermaml.run.folder import RunFolder


def load(path: str) -> tuple[RunFolder, Comparison]:
    """The run in a folder and what it compares.

    Raises:
        RunFolderError: the folder holds no run.
        UsageError: the run is of a family that is not known here, or a report of risks.
    """
    from hypermaml.run.folder import RunFolder

    folder = RunFolder.load(Path(path))
    if folder.config.get("report") == "risks":
        raise UsageError(
            f"{path} holds a report of risks: hypermaml risks FAMILY --out {path} --resume goes on with it"
        )
    family = check_known("family", str(folder.config.get("family")), FAMILIES)

    from hypermaml._compare.comparison import Comparison

    return folder, Comparison.from_config(folder.config, FAMILIES[family])
