"""What the configurations of all methods share. Nothing here waits for JAX."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import hypermaml as hm
from hypermaml._misc.checks import check_fields
from hypermaml.outer.configuration import Adam, OuterConfig

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.method import Method

SPREAD = 10.0  # a search varies a rate from its value divided by this to its value times this


@dataclass(frozen=True)
class MethodConfig:
    """The configuration of a method, and the parts that it is made of, each by a function that a subclass may change.

    Raises:
        ValueError: a value is out of its range; the sentence names it.
    """

    label: ClassVar[str] = ""
    """How prose and plots call the method; a class without one is called by the name it is compared under."""
    summary: ClassVar[str] = ""
    """What the method is, for readers who meet it for the first time."""
    citation: ClassVar[str] = ""
    """How to cite it, as BibTeX."""
    color: ClassVar[str] = ""
    """Of its lines and markers; a class without one gets a color by its name."""
    marker: ClassVar[str] = "h"
    """Matplotlib's name of its marker."""
    open_marker: ClassVar[bool] = False
    """Whether the marker is hollow, as are those of all methods that share the color of another."""
    width: ClassVar[float] = 1.4
    """Of its lines, in points."""

    trained: ClassVar[bool] = True
    """Whether the method meta-trains at all."""
    reads_description: ClassVar[bool] = False
    """Whether the method, as it is configured, reads the task's description."""
    needs_fixed_support: ClassVar[bool] = False
    """Whether it needs one support set a task: reinforcement learning draws new trajectories at each step."""
    needs_trajectories: ClassVar[bool] = False
    """Whether it needs trajectories of a policy."""
    needs_network: ClassVar[bool] = False
    """Whether it needs a learner that is a network: it joins inputs or features, or selects the last layer."""
    trial_field: ClassVar[str] = "inner_lr"
    """The field that trials vary beside the outer rate; empty where there is none."""
    keeps_outer: ClassVar[bool] = False
    """Whether it keeps its own outer update in a comparison that sets one for all methods."""
    chooses_what_adapts: ClassVar[bool] = True
    """Whether `adapts` means anything; a method may have its own answer."""
    generates: ClassVar[bool] = False
    """Whether it has a field `generator`."""
    rates_like: ClassVar[str] = "maml"
    """The method whose tuned rates it takes where a family has none for it."""
    untried_outer_lr: ClassVar[float | None] = None
    """The outer rate where a family has none for the method; that of `rates_like` by default."""

    inner_lr: float = 0.01
    """Inner rate, > 0; of fine-tuning, where meta-training takes no inner step."""
    inner_clip: float = math.inf
    """The norm that the inner gradient is scaled down to, > 0; inf for never."""
    inner_steps: int = 1
    """Inner steps in meta-training, >= 1; methods without any get as much data instead."""
    outer_lr: float = 1e-3
    """Outer rate, > 0."""
    outer: OuterConfig = Adam()
    """The outer update; TRPO is for reinforcement learning."""
    adapts: Callable[[Any], Any] | None = None
    """What of the model adapts, such as `lambda model: model.head`; all of it by default."""

    def __init_subclass__(cls, **arguments: Any):
        super().__init_subclass__(**arguments)
        for name, kind in inspect.get_annotations(cls).items():
            if "ClassVar" in str(MethodConfig.__annotations__.get(name)) and "ClassVar" not in str(kind):
                raise TypeError(
                    f"{cls.__name__} has a field {name}, but a method's class already has an attribute of this name "
                    "that is not a field: give the field another name"
                )

    def __post_init__(self):
        check_fields(self)
        if self.adapts is not None and not callable(self.adapts):
            raise ValueError(
                f"adapts is {self.adapts!r}, but it must be a function that selects a part of the model, such as "
                "`lambda model: model.head`"
            )
        if self.adapts is not None and not self.chooses_what_adapts:
            raise ValueError(f"{type(self).__name__} itself decides what adapts: leave out adapts")

    @property
    def has_outer_lr(self) -> bool:
        """Whether `outer_lr` means anything: TRPO finds the length of its step by itself."""
        return self.trained and self.outer.has_rate

    def searched(self) -> dict[str, tuple[float, float]]:
        """Return the settings that a search varies on a logarithmic scale, each with its least and greatest value.

        They are the rates, or what trials vary instead, from a tenth to ten times their present value. A setting that
        is a whole number stays one.
        """
        rates = [*(["outer_lr"] if self.has_outer_lr else []), *([self.trial_field] if self.trial_field else [])]
        return {name: (getattr(self, name) / SPREAD, getattr(self, name) * SPREAD) for name in rates}

    def embed(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> tuple[hm.embed.AbstractEmbedder, int]:
        """Return the untrained embedder and the size of its embedding; without one every task starts alike."""
        return hm.embed.NoEmbedding(), 0

    def initializer(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.init.AbstractInitializer:
        """Return the untrained initializer, which maps an embedding to where a task's learner starts."""
        return hm.init.Constant(hm.init.learner_for(family, key=key))

    def selection(self, family: hm.AbstractFamily) -> Callable[[Any], Any]:
        """Return what of the initializer's learner adapts, as a function that selects it."""
        return hm.adapt.selected(self.adapts, family)

    def rule(self, rate: Any = None) -> hm.adapt.AbstractRule:
        """Return the inner rule.

        Args:
            rate: as `hypermaml.adapt.SGD` takes it; `inner_lr` by default.
        """
        clip = None if math.isinf(self.inner_clip) else self.inner_clip
        return hm.adapt.SGD(hm.NonTrainable(self.inner_lr) if rate is None else rate, clip=clip)

    def adapter(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.adapt.AbstractAdapter:
        """Return the untrained adapter, which takes the inner steps."""
        return hm.adapt.Unroll(self.rule(), where=self.selection(family))

    def objective(self) -> hm.Objective:
        """Return which inner steps count in meta-training."""
        return hm.after_adaptation(self.inner_steps)

    def penalty(self) -> Callable[[Any, Any], Any] | None:
        """Return what the outer loss of a task has beside its query losses, or nothing."""
        return None

    def outer_update(self) -> hm.outer.AbstractOuter:
        """Return how the outer loss changes what is meta-trained."""
        return self.outer.build(self.outer_lr)

    def schedule(self) -> Callable[[hm.System, Any], hm.System]:
        """Return the system at a share of its training, from 0 to below 1, as a function of both."""
        return hm.outer.steady

    def build(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.System:
        """Return the untrained system.

        Args:
            family: what it will be trained on; gives the learner's shape, and the mean and the deviation of
                descriptions.
            key: for the initialization.

        Raises:
            ValueError: the family lacks something that the method needs.
        """
        if self.needs_network and not family.networks:
            raise ValueError(
                f"{type(self).__name__} needs a network whose inputs, features or last layer it knows, but "
                f"{type(family).__name__} has a model of another kind"
            )
        embedder, _ = self.embed(family, key=key)
        init, adapter = self.initializer(family, key=key), self.adapter(family, key=key)
        method = hm.Method(embedder, init, adapter, self.penalty())
        return hm.System(method, self.objective(), self.outer_update(), self.schedule())

    @property
    def later_iterations(self) -> int:
        """Return the meta-iterations that each target has at test time; the training before it has so many fewer."""
        return 0

    def tested(self, method: Method, family: hm.AbstractFamily, tasks: Any, *, steps: int, key: PRNGKeyArray) -> Method:
        """Return the method that is tested: the one that meta-training leaves, by default.

        Args:
            method: as meta-training leaves it.
            family: what it was trained on.
            tasks: of meta-validation, stacked, for what is chosen on them.
            steps: inner steps of the test.
            key: for what is drawn.
        """
        return method


MAML_CITATION = """@inproceedings{finn2017maml,
  title = {Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks},
  author = {Finn, Chelsea and Abbeel, Pieter and Levine, Sergey},
  booktitle = {International Conference on Machine Learning},
  year = {2017},
  eprint = {1703.03400},
  archivePrefix = {arXiv}
}"""

HYPERMAML_CITATION = """@software{hypermaml,
  title = {hypermaml: task-conditioned initializations for meta-learning},
  author = {{The hypermaml authors}},
  year = {2026},
  note = {A generator maps a task description to the initialization that MAML's inner loop adapts}
}"""
