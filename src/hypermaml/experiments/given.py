"""A family that is given as an object, as an experiment. Nothing here waits for JAX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import hypermaml as hm
from hypermaml._misc.digest import digest
from hypermaml.experiments.experiment import Budget, Descriptor, Experiment
from hypermaml.methods.config import MethodConfig

if TYPE_CHECKING:
    from hypermaml._core.family import AbstractFamily


@dataclass(frozen=True)
class GivenFamily(Experiment):
    """A family of your own. Methods have their default rates.

    Attributes:
        given: the family; each class made by `given_family` has its own.
        source: where the command line finds it, such as `my_tasks.py:family`; empty for a family made by a program.
    """

    given: ClassVar[Any]
    source: ClassVar[str]
    describes: ClassVar[Sequence[Descriptor]] = ("full",)
    tuned_with: ClassVar[Descriptor] = "full"
    outer_rates: ClassVar = (1e-3, 3e-3)
    inner_rates: ClassVar = (0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
    presets: ClassVar = {
        "quick": Budget(iterations=1_000, meta_batch=16, chunk=100, validation_tasks=50, test_tasks=100),
        "paper": Budget(iterations=20_000, meta_batch=25, chunk=500, validation_tasks=100, test_tasks=100),
    }
    seeds: ClassVar = {"quick": 2, "paper": 5}

    def family(self, descriptor: Descriptor) -> AbstractFamily:
        return self.given

    def account(self) -> str:
        return self.given.account

    def fitted(self, budget: Budget) -> Budget:
        return budget.up_to(self.given)

    def settings(self, descriptors: Sequence[Descriptor] = ("full",)) -> dict[str, MethodConfig]:
        return {name: method() for name, method in self.methods().items()}

    def config(self) -> dict[str, Any]:
        kind = type(self.given)
        return {"source": self.source, "class": f"{kind.__module__}.{kind.__qualname__}", "digest": digest(self.given)}

    @classmethod
    def from_config(cls, saved: Mapping[str, Any], classes: Mapping[str, type]) -> Self:
        """Return the experiment.

        Raises:
            ValueError: the family is not the one that the configuration is of.
        """
        if saved["digest"] != digest(cls.given):
            raise ValueError(f"the family {cls.source or cls.name} has changed since the run was made")
        return cls()

    def decisive(self) -> dict[str, Any]:
        return {"digest": digest(self.given)}


def given_family(family: Any, *, name: str = "", source: str = "") -> type[GivenFamily]:
    """Return the experiment class of a family.

    Args:
        family: an instance of `AbstractFamily`.
        name: of the family in tables; that of its class by default.
        source: where the command line finds it.

    Raises:
        ValueError: it is not a family.
    """
    if not isinstance(family, hm.AbstractFamily):
        raise ValueError(f"the family is {family!r}, but it must be an instance of hypermaml.AbstractFamily")
    own = {
        "name": name or type(family).__name__,
        "source": source,
        "given": family,
        "on_policy": family.on_policy,
        "__doc__": (type(family).__doc__ or "A family of your own.").partition("\n")[0],
        "__module__": __name__,
    }
    return type("GivenFamily", (GivenFamily,), own)
