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
    """Updates a method on the data of one meta-iteration."""

    @abstractmethod
    def init(self, method: Method) -> Any:
        """The state before the first update."""

    @abstractmethod
    def update(
        self, state: Any, method: Method, objective: Objective, family: AbstractFamily, data: Data
    ) -> tuple[Any, Method, Metrics]:
        """One update of φ."""

    @abstractmethod
    def handing_over(self, state: Any, method: Method) -> Method:
        """The method with what its inner loop reads of the state, of which there may be nothing."""
