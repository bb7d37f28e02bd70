"""What a run was made with: versions, device and command, without paths or names of the machine."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path, PurePath
from typing import Any

PACKAGES = ("hypermaml", "jax", "jaxlib", "equinox", "optax", "numpy", "mujoco", "mujoco-mjx", "gymnasium")


def versions(packages: Sequence[str]) -> dict[str, str | None]:
    """Return the installed version of each distribution (`None` where absent), and Python's."""

    def version(package: str) -> str | None:
        try:
            return metadata.version(package)
        except metadata.PackageNotFoundError:
            return None

    return {"python": platform.python_version(), **{package: version(package) for package in packages}}


def environment() -> dict[str, Any]:
    """Describe the present process: versions, device, number of CPUs, command line, commit of a source checkout.

    Returns:
        A record fit for JSON. Absolute paths in the command line are cut to their last part.
    """
    import jax

    device = jax.devices()[0]
    return {
        "command": _text(shlex.join([*_program(sys.argv[0]), *map(_without_folders, sys.argv[1:])])),
        "commit": _commit(Path(__file__).parents[3]),
        "versions": versions(PACKAGES),
        "system": f"{platform.system()} {platform.machine()}",
        "platform": device.platform,
        "device_kind": device.device_kind,
        "devices": jax.device_count(),
        "cpus": os.cpu_count(),
    }


def _program(path: str) -> list[str]:
    """Return how a program is called: by its name, or as a package that Python runs."""
    own = PurePath(path)
    return ["python", "-m", own.parent.name] if own.name == "__main__.py" else [_without_folders(path)]


def _without_folders(argument: str) -> str:
    """Cut an absolute path, alone or after `--name=`, to its last part."""
    name, equals, value = argument.partition("=") if argument.startswith("-") else ("", "", argument)
    return name + equals + (PurePath(value).name if PurePath(value).is_absolute() else value)


def _text(argument: str) -> str:
    """Return a text in which bytes that are not UTF-8, as names of files may have, are written as escapes."""
    return argument.encode("utf-8", "backslashreplace").decode()


def _commit(checkout: Path) -> str | None:
    """Return the commit, marked `-dirty` where files differ from it; `None` for an installed package."""
    if not (checkout / ".git").exists():
        return None
    command = ["git", "-C", str(checkout), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
