"""Task-conditioned initializations for meta-learning: HyperMAML beside MAML and its relatives.

Importing the package costs nothing: a public name is loaded, and JAX with it, when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# A public name and the module it lives in. A name here equals no module's, for an import would then hide it;
# the imports below say the same to type checkers.
_HOMES = {
    "AbstractFamily": "_core.family",
    "Method": "_core.method",
    "Objective": "_core.objective",
    "System": "_core.system",
}

if TYPE_CHECKING:
    from hypermaml._core.family import AbstractFamily as AbstractFamily
    from hypermaml._core.method import Method as Method
    from hypermaml._core.objective import Objective as Objective
    from hypermaml._core.system import System as System


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'hypermaml' has no attribute '{name}'")
    value = getattr(import_module(f"hypermaml.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
