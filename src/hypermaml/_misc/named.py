"""Classes and functions by the names that they are imported by, and which of them a file may name.

A file may name classes and functions of this package, layers of `equinox.nn`, functions of `jax.nn` and `jax.numpy`,
losses of optax, and classes and functions of the user's own modules that are imported already. A module is the user's
own if it is `__main__`, or belongs neither to the standard library nor to an installed distribution.
"""

import functools
import importlib
import inspect
import site
import sys
import sysconfig
from collections.abc import Mapping
from importlib.metadata import distribution, packages_distributions
from pathlib import Path
from typing import Any

PUBLIC = ("jax.nn", "jax.numpy", "optax", "equinox.nn", "equinox")
PACKAGE = "hypermaml"
# Subpackages of which a file needs no function.
CLOSED = tuple(f"hypermaml.{name}" for name in ("apply", "cli", "report", "run", "_check", "_compare"))
FILES = ("load", "save", "savez", "fromfile", "fromfunction", "fromiter", "frombuffer", "fromstring", "frompyfunc")


def name_of(thing: Any, where: str) -> str:
    """Return the name that a class or a function is imported by, `module:name`.

    Raises:
        ValueError: it has none, as a lambda or a function inside a function.
    """
    name = getattr(thing, "__qualname__", getattr(thing, "__name__", ""))
    for module in (*PUBLIC, getattr(thing, "__module__", "") or ""):
        try:
            if module and "<" not in name and _found(module, name) is thing:
                return f"{module}:{name}"
        except (ImportError, AttributeError):
            continue
    raise ValueError(
        f"{where or 'the value'} is {name or thing!r}, which another program could not import: define it at the top of "
        "a module"
    )


def object_of(name: str, known: Mapping[str, Any]) -> Any:
    """Return the class or the function of a name.

    Raises:
        ValueError: a file may not name it, and it is not known.
    """
    if name in known:
        return known[name]
    module, _, inner = name.partition(":")
    if _may_look(module):
        try:
            found = _found(module, inner)
        except (ImportError, AttributeError):
            raise ValueError(f"there is no {inner} in {module}") from None
        if _may_name(module, inner, found):
            return found
    if module in sys.modules:
        remedy = "which a file may not choose: if you trust the file,"
    else:
        remedy = "which is not imported: import it before if it is your own, or"
    raise ValueError(f"it needs {inner} of {module}, {remedy} give it as known={{{name!r}: {inner}}}")


def _may_look(module: str) -> bool:
    if module.partition(".")[0] == PACKAGE:
        return "__main__" not in module
    return module in PUBLIC or _is_own(module)


def _may_name(module: str, inner: str, found: Any) -> bool:
    """Return whether a file may name what was found in a module that it may look into."""
    if inspect.ismodule(found) or any(part.startswith("__") for part in inner.split(".")):
        return False
    home = getattr(found, "__module__", None) or ""
    root = home.partition(".")[0]
    if root == PACKAGE:
        return isinstance(found, type) or not home.startswith(CLOSED)
    if module == "equinox.nn":
        return isinstance(found, type) and home.startswith(module)
    if module == "optax":
        return home.startswith("optax.losses")
    if module in ("jax.nn", "jax.numpy"):
        return inner not in FILES and root == "jax"
    return module not in PUBLIC and home == module and callable(found)


def _is_own(module: str) -> bool:
    """Return whether a module is imported, and is neither of the standard library nor of an installed distribution."""
    return module == "__main__" or (module in sys.modules and not _is_installed(module))


@functools.cache
def _is_installed(module: str) -> bool:
    root = module.partition(".")[0]
    if root in sys.stdlib_module_names:
        return True
    makers = packages_distributions().get(root, ())
    file = getattr(sys.modules[module], "__file__", None)
    if not file:
        return bool(makers)
    # A distribution without the file INSTALLER is a folder in which the user develops it.
    made = [each for each in map(distribution, makers) if each.read_text("INSTALLER")]
    folders = [sysconfig.get_path(kind) for kind in ("stdlib", "purelib", "platlib")]
    folders += [*site.getsitepackages(), site.getusersitepackages(), *(str(each.locate_file("")) for each in made)]
    return any(Path(file).resolve().is_relative_to(Path(folder).resolve()) for folder in folders)


def _found(module: str, name: str) -> Any:
    found: Any = importlib.import_module(module)
    steps: list[Any] = []
    for part in name.split("."):
        found = getattr(found, part)
        steps.append(found)
    if not all(isinstance(step, type) for step in steps[:-1]):
        raise AttributeError(name)
    return found
