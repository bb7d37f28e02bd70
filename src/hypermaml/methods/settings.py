"""What the configurations of all methods share. The top imports only the standard library: help does not wait."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from hypermaml.fields import refuse_unfit

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml.family import AbstractFamily
    from hypermaml.method import Method
    from hypermaml.system import System


@dataclass(frozen=True)
class Settings(ABC):
    """The configuration of a method.

    Raises:
        ValueError: a value is out of its range; the sentence names it.
    """

    trained: ClassVar[bool] = True
    """Whether the method meta-trains at all."""
    described: ClassVar[bool] = False
    """Whether the method reads the descriptor."""
    fixed_support: ClassVar[bool] = False
    """Whether the method needs one support set a task: reinforcement learning draws new trajectories at each step."""
    has_inner_lr: ClassVar[bool] = True
    """Whether `inner_lr` means anything."""
    bibtex: ClassVar[str]
    """How to cite it."""

    inner_lr: float = 0.01
    """Inner rate, > 0; of fine-tuning, where meta-training takes no inner step."""
    inner_clip: float = math.inf
    """The norm that the inner gradient is scaled down to, > 0; inf for never."""
    inner_steps: int = 1
    """Inner steps in meta-training, >= 1; methods without any get as much data instead."""
    outer_lr: float = 1e-3
    """Rate of Adam, > 0."""
    outer: Literal["adam", "trpo"] = "adam"
    """The outer update; TRPO is for reinforcement learning."""
    curvature_stride: int = 1
    """TRPO's curvature from every n-th time step, >= 1."""

    def __post_init__(self):
        refuse_unfit(self)

    @property
    def has_outer_lr(self) -> bool:
        """Whether `outer_lr` means anything: TRPO finds the length of its step by itself."""
        return self.trained and self.outer == "adam"

    @abstractmethod
    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        """Assembles the system.

        Args:
            family: what it will be trained on; gives the learner's shape and the descriptors' mean and deviation.
            key: for the initialization.
        """

    @property
    def later_iterations(self) -> int:
        """Meta-iterations that each target has for itself at test time; what is trained before it has so many fewer."""
        return 0

    def tested(self, method: Method, family: AbstractFamily, *, key: PRNGKeyArray) -> Method:
        """The method that is tested: the one that meta-training leaves, unless it goes on for each target.

        Args:
            method: as meta-training leaves it.
            family: what it was trained on.
            key: for source tasks.
        """
        return method


@dataclass(frozen=True)
class GeneratorSettings(Settings):
    """The configuration of a method with a generator."""

    described: ClassVar[bool] = True

    generator: Literal["dense", "layers"] = "dense"
    """A linear head for each leaf, or Ha's small generator, shared by all layers."""
    generator_width: int = 100
    """Of each hidden layer of the dense generator, >= 1."""
    generator_depth: int = 2
    """Hidden layers of the dense generator, >= 1."""


@dataclass(frozen=True)
class SetEncoderSettings(Settings):
    """The configuration of a method with a learned encoder of the support set."""

    fixed_support: ClassVar[bool] = True

    encoder: Literal["mean", "attention"] = "attention"
    """How the examples are joined: their features' mean (Deep Sets), or attention."""
    encoder_width: int = 64
    """Features of an example, >= 1; with attention a multiple of 4."""
    embedding_size: int = 32
    """Entries of the embedding, >= 1."""


@dataclass(frozen=True)
class TargetedSettings(Settings):
    """The configuration of MAML that goes on training for each target, on the source tasks that count for it."""

    fixed_support: ClassVar[bool] = True

    sources: int = 200
    """Source tasks, with the data of a meta-training task each, >= 1."""
    target_iterations: int = 300
    """Meta-iterations for each target, >= 1."""
    target_batch: int = 25
    """Source tasks of each of them, >= 1."""
    target_lr: float = 1e-3
    """Rate of Adam in them, > 0."""

    @property
    def later_iterations(self) -> int:
        """As set."""
        return self.target_iterations


MAML_BIBTEX = """@inproceedings{finn2017maml,
  title = {Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks},
  author = {Finn, Chelsea and Abbeel, Pieter and Levine, Sergey},
  booktitle = {International Conference on Machine Learning},
  year = {2017},
  eprint = {1703.03400},
  archivePrefix = {arXiv}
}"""

HYPERMAML_BIBTEX = """@software{hypermaml,
  title = {hypermaml: task-conditioned initializations for meta-learning},
  author = {{The hypermaml authors}},
  year = {2026},
  note = {A generator maps a task description to the initialization that MAML's inner loop adapts}
}"""
