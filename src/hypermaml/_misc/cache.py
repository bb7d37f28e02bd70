"""The folder of what is made once for each machine and can be made again."""

import os
from collections.abc import Mapping
from pathlib import Path


def cache_folder(variables: Mapping[str, str] = os.environ) -> Path:
    """The folder HYPERMAML_CACHE, else `hypermaml` under XDG_CACHE_HOME or `~/.cache`."""
    if own := variables.get("HYPERMAML_CACHE"):
        return Path(own).expanduser()
    return Path(variables.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "hypermaml"
