"""A model of one task: generated, or adapted."""

from dataclasses import dataclass
from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Array

from hypermaml._core.supervised import AbstractSupervisedFamily
from hypermaml.nn.module import module_of


@dataclass(frozen=True)
class FittedModel:
    """A model that predicts for one task.

    Attributes:
        family: what the method was trained on; it says how inputs are read and predictions written.
        learner: the model as the method holds it.
        losses: on the user's examples, before the first and after the last inner step; nothing without examples.
    """

    family: AbstractSupervisedFamily
    learner: Any
    losses: tuple[float, ...] = ()

    @property
    def module(self) -> Any:
        """The model as an ordinary Equinox module: of the class that the family was given, where it was given one."""
        return module_of(self.learner)

    def predict(self, x: Any) -> np.ndarray:
        """Return the prediction for each input: numbers, or classes.

        Args:
            x: inputs, one an example along the first axis.

        Raises:
            ValueError: an input does not fit the family's.
        """
        predicted = np.asarray(_predict(self.family, self.learner, self.family.as_inputs(x)))
        return self.family.as_predictions(predicted, x)


@eqx.filter_jit
def _predict(family: AbstractSupervisedFamily, learner: Any, x: Array) -> Array:
    return family.predict(learner, x)
