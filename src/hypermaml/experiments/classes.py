"""The configuration classes that a run may name: methods, their parts, budgets, and those of other packages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from typing import Any

import hypermaml as hm
from hypermaml._misc.importing import import_here
from hypermaml.embed.configuration import EMBEDDERS, Together
from hypermaml.experiments.experiment import Budget
from hypermaml.init.configuration import GENERATORS
from hypermaml.methods import METHODS
from hypermaml.outer.configuration import OUTER_UPDATES
from hypermaml.rl.configuration import ESTIMATORS

_PARTS = (*GENERATORS.values(), *EMBEDDERS.values(), Together, *OUTER_UPDATES.values(), *ESTIMATORS.values(), Budget)


class Classes(Mapping[str, type]):
    """Classes by the names that `hypermaml._misc.configuration.class_name` gives them."""

    def __getitem__(self, name: str) -> type:
        module, _, qualified = name.rpartition(":")
        try:
            found: Any = getattr(import_here(module), qualified) if module else _own(name)
        except (ImportError, AttributeError):
            raise KeyError(name) from None
        if not (isinstance(found, type) and is_dataclass(found)):
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter([each.__name__ for each in (*_PARTS, *METHODS.values())])

    def __len__(self) -> int:
        return len(_PARTS) + len(METHODS)


def _own(name: str) -> Any:
    return {each.__name__: each for each in _PARTS}.get(name) or getattr(hm, name)


CLASSES = Classes()
