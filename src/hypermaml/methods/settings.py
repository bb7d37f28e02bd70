"""What the configurations of all methods share. The top imports only the standard library: help does not wait."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from hypermaml._misc.checks import check_fields

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.method import Method
    from hypermaml._core.system import System


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
    reads_network: ClassVar[bool] = False
    """Whether the method needs a learner that is a network: joins its inputs or features, or selects its last layer."""
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
    outer_clip: float = math.inf
    """The norm that the outer gradient is scaled down to before Adam reads it, > 0; inf for never."""
    outer: Literal["adam", "trpo"] = "adam"
    """The outer update; TRPO is for reinforcement learning."""
    curvature_stride: int = 1
    """TRPO's curvature from every n-th time step, >= 1."""

    def __post_init__(self):
        check_fields(self)
        if self.outer_clip < math.inf and self.outer != "adam":
            raise ValueError(
                f"outer_clip is {self.outer_clip}, but it must be inf where the outer update is {self.outer}"
            )

    @property
    def reads_descriptor(self) -> bool:
        """Whether the method, as it is set, reads the descriptor."""
        return self.described

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

    generator: Literal["dense", "low_rank", "chunked", "adapters", "layers"] = "dense"
    """A head for each leaf, generated factors, shared pieces, low-rank adapters, or Ha's, which starts unlike MAML."""
    generator_width: int = 100
    """Of each hidden layer of the dense generator, and features of that of adapters, >= 1."""
    generator_depth: int = 2
    """Hidden layers of the dense, low-rank or chunked generator, >= 1."""
    compact_width: int = 32
    """Of each hidden layer of the low-rank or chunked generator, >= 1."""
    generator_rank: int = 2
    """Of the change of a matrix by the low-rank generator, >= 1."""
    head_decay: float = 0.0
    """Decay of the generator's last layers at each update of Adam, as a part of the outer rate, >= 0."""
    change_bound: float = math.inf
    """Greatest norm of what is generated for a task, as a multiple of the norm of MAML's start, > 0; inf for none."""
    gate: bool = False
    """Whether a learned gate lies between the weights that all tasks share and those generated."""
    ensemble: int = 1
    """Generators whose mean change is taken, >= 1."""
    centre: bool = False
    """Whether an embedding of zeros, the mean description, changes nothing: b is then trained as MAML's start is."""

    def __post_init__(self):
        super().__post_init__()
        held = self.head_decay or self.change_bound < math.inf or self.gate or self.ensemble > 1 or self.centre
        if self.generator == "layers" and held:
            raise ValueError(
                "generator is layers, but head_decay, change_bound, gate, ensemble and centre need one that adds to "
                "MAML's start: dense, low_rank, chunked or adapters"
            )
        if self.head_decay and self.outer != "adam":
            raise ValueError(
                f"head_decay is {self.head_decay}, but it must be 0 where the outer update is {self.outer}"
            )


Embedder = Literal[
    "descriptor", "set", "descriptor+set", "mode", "table", "curve", "shape", "text", "task2vec", "rollout",
    "descriptor+rollout"
]  # fmt: skip


@dataclass(frozen=True)
class EmbedderSettings(Settings):
    """The configuration of a method that reads an embedding of the task, whatever it then does with it."""

    described: ClassVar[bool] = True

    embedder: Embedder = "descriptor"
    """What of the task is embedded. The descriptor may be numbers, curves or points, each with its own encoder."""
    encoder: Literal["mean", "attention"] = "attention"
    """How the examples of a support set are joined: their features' mean (Deep Sets), or attention."""
    encoder_width: int = 64
    """Features of a learned encoder, >= 1; with attention a multiple of 4."""
    embedding_size: int = 32
    """Entries of a learned embedding, >= 1."""
    explorations: int = 2
    """Trajectories that rollout reads before the first inner step, >= 1; their environment steps are counted."""
    descriptor_dropout: float = 0.0
    """Probability that an entry of the embedding is 0 in meta-training, >= 0 and below 1."""

    def __post_init__(self):
        super().__post_init__()
        if not self.descriptor_dropout < 1:
            raise ValueError(f"descriptor_dropout is {self.descriptor_dropout}, but it must be at least 0 and below 1")

    @property
    def reads_descriptor(self) -> bool:
        """Whether the embedder that is set reads it."""
        return any(part in ("descriptor", "curve", "shape", "text") for part in self.embedder.split("+"))

    def embeds(self, *, on_policy: bool) -> bool:
        """Whether tasks have what the embedder reads: support sets and kinds, or trajectories that a policy draws."""
        foreign = ("set", "task2vec", "mode", "table") if on_policy else ("rollout",)
        return not any(part in foreign for part in self.embedder.split("+"))


@dataclass(frozen=True)
class SetEncoderSettings(EmbedderSettings):
    """The configuration of a method that reads the support set, unless another embedder is set."""

    described: ClassVar[bool] = False
    fixed_support: ClassVar[bool] = True

    embedder: Embedder = "set"
    """What of the task is embedded. The descriptor may be numbers, curves or points, each with its own encoder."""


@dataclass(frozen=True)
class EmbeddedGeneratorSettings(EmbedderSettings, GeneratorSettings):
    """The configuration of a method that generates from an embedding of the task."""


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
