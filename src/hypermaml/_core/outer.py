"""The contract of an outer update."""

from abc import abstractmethod
from typing import Any

import equinox as eqx

from hypermaml._core.collect import Data
from hypermaml._core.family import AbstractFamily
from hypermaml._core.meta_loss import Metrics
from hypermaml._core.method import Method
from hypermaml._core.objective import Objective


class AbstractOuter(eqx.Module):
    """Update a method on the data of one meta-iteration."""

    @abstractmethod
    def init(self, method: Method) -> Any:
        """Return the state before the first update."""

    @abstractmethod
    def update(
        self, state: Any, method: Method, objective: Objective, family: AbstractFamily, data: Data
    ) -> tuple[Any, Method, Metrics]:
        """Update φ once."""

    @abstractmethod
    def handing_over(self, state: Any, method: Method) -> Method:
        """Return the method with the part of the state that its inner loop reads, if there is any."""
