"""Import a module by name, also one in the folder where the program runs."""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType


def import_here(name: str) -> ModuleType:
    """Return the module of this name, of those that are installed or of the files of the working folder.

    Raises:
        ImportError: there is none, or it cannot be imported.
    """
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    return import_module(name)
