"""A model of one task: generated, or adapted."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hypermaml._core.family import AbstractFamily
from hypermaml.apply.artifact import save_artifact
from hypermaml.apply.export import OWN, export_model
from hypermaml.nn.module import module_of


@dataclass(frozen=True)
class FittedModel:
    """A model that predicts for one task.

    Attributes:
        family: what the method was trained on; it says how inputs are read and predictions written.
        learner: the model as the method holds it.
        losses: on the user's examples, before the first and after the last inner step; nothing without examples.
    """

    family: AbstractFamily
    learner: Any
    losses: tuple[float, ...] = ()

    @property
    def module(self) -> Any:
        """The model as an ordinary Equinox module: of the class that the family was given, where it was given one."""
        return module_of(self.learner)

    def predict(self, x: Any) -> Any:
        """Return the prediction for each input: numbers, or classes; of a policy its mean action.

        Args:
            x: inputs, one an example along the first axis; of a policy one observation, or several along the first
                axis.

        Raises:
            ValueError: an input does not fit the family's.
        """
        return self.family.predictions(self.learner, x)

    def predict_probabilities(self, x: Any) -> np.ndarray:
        """Return the probability of each class for each input, shape `(input, class)`, in the order of the classes.

        Args:
            x: as in `predict`.

        Raises:
            ValueError: an input does not fit the family's, or the family has no classes.
        """
        return np.asarray(self.family.probabilities(self.learner, x))

    def save(self, path: str | Path) -> None:
        """Write the model into one file, which `hypermaml.load` reads.

        Raises:
            ValueError: a part is a function or a class that another program could not import.
            OSError: the file cannot be written.
        """
        save_artifact(Path(path), self)

    def export(self, path: str | Path) -> None:
        """Write the model for programs without this package; the ending of the path chooses the format.

        `.onnx`: ONNX with any number of inputs, checked against `predict`. `.stablehlo`: a program for JAX alone, for
        CPU, CUDA and TPU. Both map inputs, one along the first axis, to predictions; of classes to their numbers.
        `.safetensors`: the arrays alone, with the names and the layout of torch. `.hypermaml`: as `save`. Without an
        ending: a language model's LoRA as a folder that the package peft loads.

        Args:
            path: the file or folder; the folder that it lies in exists.

        Raises:
            ModuleNotFoundError: the extra `export` is not installed.
            ValueError: the ending is not known, or the model has no such form.
            OSError: the file cannot be written.
        """
        path = Path(path)
        if path.suffix.lower() == OWN:
            return self.save(path)
        return export_model(self.family, self.learner, path)
