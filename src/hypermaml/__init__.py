"""Task-conditioned initializations for meta-learning: HyperMAML beside MAML and its relatives.

Importing the package costs nothing: a public name is loaded, and JAX with it, when it is first used.
"""

import warnings
from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

# A public name and the module it lives in. A name here equals no module's, for an import would then hide it;
# the imports below say the same to type checkers.
_HOMES = {
    "AbstractFamily": "_core.family",
    "ArrayFamily": "families.arrays",
    "CheckResults": "_check.results",
    "Cloud": "_core.task_info",
    "ComparisonResults": "report.comparison",
    "Curves": "_core.task_info",
    "Finding": "_check.results",
    "FittedModel": "apply.fitted",
    "GymnasiumFamily": "families.gymnasium",
    "Method": "_core.method",
    "MethodConfig": "methods.config",
    "Metric": "_core.family",
    "NoDescription": "_compare.preparation",
    "NonFinite": "_core.train",
    "NonTrainable": "_core.trees",
    "Objective": "_core.objective",
    "ProgramsNotKept": "_misc.kept_programs",
    "SampledFamily": "families.sampled",
    "Scores": "apply.scores",
    "System": "_core.system",
    "TableFamily": "families.table",
    "TaskInfo": "_core.task_info",
    "Trained": "apply.trained",
    "after_adaptation": "_core.objective",
    "at_each_step": "_core.objective",
    "before_adaptation": "_core.objective",
    "check": "_check.run",
    "collect": "_core.collect",
    "compare": "report.comparison",
    "evaluate": "apply.train",
    "keep_programs": "_misc.kept_programs",
    "load": "apply.load",
    "meta_gradient": "_core.meta_loss",
    "meta_loss": "_core.meta_loss",
    "split_trainable": "_core.trees",
    "train": "apply.train",
}
# The public names of these are public here; they do not load JAX.
_WHOLE = ("methods", "init.configuration", "embed.configuration", "outer.configuration")
# A public name of earlier versions, its present name, and the version that drops the old one.
_RENAMED: dict[str, tuple[str, str]] = {}
# Namespaces.
_PACKAGES = ("adapt", "embed", "families", "init", "methods", "outer")

if TYPE_CHECKING:
    from hypermaml import adapt as adapt
    from hypermaml import embed as embed
    from hypermaml import families as families
    from hypermaml import init as init
    from hypermaml import methods as methods
    from hypermaml import outer as outer
    from hypermaml._check.results import CheckResults as CheckResults
    from hypermaml._check.results import Finding as Finding
    from hypermaml._check.run import check as check
    from hypermaml._compare.preparation import NoDescription as NoDescription
    from hypermaml._core.collect import collect as collect
    from hypermaml._core.family import AbstractFamily as AbstractFamily
    from hypermaml._core.family import Metric as Metric
    from hypermaml._core.meta_loss import meta_gradient as meta_gradient
    from hypermaml._core.meta_loss import meta_loss as meta_loss
    from hypermaml._core.method import Method as Method
    from hypermaml._core.objective import Objective as Objective
    from hypermaml._core.objective import after_adaptation as after_adaptation
    from hypermaml._core.objective import at_each_step as at_each_step
    from hypermaml._core.objective import before_adaptation as before_adaptation
    from hypermaml._core.system import System as System
    from hypermaml._core.task_info import Cloud as Cloud
    from hypermaml._core.task_info import Curves as Curves
    from hypermaml._core.task_info import TaskInfo as TaskInfo
    from hypermaml._core.train import NonFinite as NonFinite
    from hypermaml._core.trees import NonTrainable as NonTrainable
    from hypermaml._core.trees import split_trainable as split_trainable
    from hypermaml._misc.kept_programs import ProgramsNotKept as ProgramsNotKept
    from hypermaml._misc.kept_programs import keep_programs as keep_programs
    from hypermaml.apply.fitted import FittedModel as FittedModel
    from hypermaml.apply.load import load as load
    from hypermaml.apply.scores import Scores as Scores
    from hypermaml.apply.train import evaluate as evaluate
    from hypermaml.apply.train import train as train
    from hypermaml.apply.trained import Trained as Trained
    from hypermaml.embed.configuration import *
    from hypermaml.families.arrays import ArrayFamily as ArrayFamily
    from hypermaml.families.gymnasium import GymnasiumFamily as GymnasiumFamily
    from hypermaml.families.sampled import SampledFamily as SampledFamily
    from hypermaml.families.table import TableFamily as TableFamily
    from hypermaml.init.configuration import *
    from hypermaml.methods import *
    from hypermaml.methods.config import MethodConfig as MethodConfig
    from hypermaml.outer.configuration import *
    from hypermaml.report.comparison import ComparisonResults as ComparisonResults
    from hypermaml.report.comparison import compare as compare


def __getattr__(name: str) -> Any:
    if name in _PACKAGES:
        return import_module(f"hypermaml.{name}")
    if name in _RENAMED:
        present, version = _RENAMED[name]
        text = f"hypermaml.{name} is now hypermaml.{present}; the old name is dropped in version {version}"
        warnings.warn(text, DeprecationWarning, stacklevel=2)
        return getattr(import_module("hypermaml"), present)
    home = _HOMES.get(name) or (None if name.startswith("_") else _whole(name))
    if home is None:
        raise AttributeError(f"module 'hypermaml' has no attribute '{name}'")
    value = getattr(import_module(f"hypermaml.{home}"), name)
    globals()[name] = value
    return value


def _whole(name: str) -> str | None:
    """Return which of the modules whose names are public here has the name."""
    return next((home for home in _WHOLE if name in _public(home)), None)


def _public(home: str) -> Iterable[str]:
    names = vars(import_module(f"hypermaml.{home}"))
    return names["__all__"] if "__all__" in names else names["_HOMES"]


def __dir__() -> list[str]:
    names = (name for home in _WHOLE for name in _public(home))
    return sorted({*globals(), *_HOMES, *_PACKAGES, *names})
