"""The packages of the extra `tables`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from hypermaml._misc.installation import install


def load(module: str) -> Any:
    """Return a module of the extra, such as `pyarrow.compute`.

    Raises:
        ModuleNotFoundError: its package is not installed; the sentence says how to install it.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if (error.name or "").partition(".")[0] != package:
            raise
        raise ModuleNotFoundError(
            f"tables need {package}, which is not installed: {install('tables')}", name=package
        ) from None
