"""HyperMAML: an initialization of its own for each task, generated from the task's description."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import hypermaml as hm
from hypermaml.methods.generated import GeneratedMethod

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml.methods.hypermaml_algorithm_2 import HyperMAMLAlgorithm2


@dataclass(frozen=True)
class HyperMAML(GeneratedMethod):
    """A generator g_φ gives each task the initialization that an inner loop with learned rates adapts.

    ```
    repeat: draw tasks T_i
        e_i   = embd(T_i), blurred by s_i in a share of the visits
        θ_i^0 = g_φ(e_i, s_i)
        θ_i^k = θ_i^(k-1) - α_k ∘ ∇_θ L_i(θ_i^(k-1); support)
        (φ, log α) ← Adam((φ, log α), ∇ Σ_k Σ_i L_i(θ_i^k; query) / L^k)
    ```

    - The loss counts before the first and after each inner step, relative to its running mean L^k: so a step whose loss
      is large does not drown the others.
    - Each leaf of the learner has a learned rate α for each inner step. It starts as `inner_lr` and stays positive.
    - Where meta-training tasks come from a limited stock, the generator is low-rank instead of dense. The embedding is
      then blurred in a share of the visits. A second generator, with rates of its own, reads it and the blur. After
      meta-training the blur is chosen on meta-validation tasks: none where the description can be trusted, all of it
      where the description does not prove that it helps. With all of it the method is MAML with learned rates. See
      `hypermaml.embed.choose_blur`.

    `algorithm_2` gives the method without these three.
    """

    label: ClassVar[str] = "HyperMAML"
    summary: ClassVar[str] = (
        "a network generates the initialization from the task's description, trained through the inner steps"
    )
    color: ClassVar[str] = "#d04a00"
    marker: ClassVar[str] = "D"
    width: ClassVar[float] = 2.2

    generator: hm.GeneratorConfig = hm.Auto()
    """How the initialization is generated."""
    augmentation: float = field(default=0.3, metadata={"zero": True})
    """Share of visits whose description is blurred, where tasks come from a limited stock, >= 0 and <= 1."""

    @staticmethod
    def algorithm_2(**settings: Any) -> HyperMAMLAlgorithm2:
        """Return HyperMAML with a given inner rate, trained for its loss after the last inner step alone.

        Args:
            settings: fields of `HyperMAMLAlgorithm2`, such as `inner_lr=0.005`.
        """
        return hm.HyperMAMLAlgorithm2(**settings)

    def __post_init__(self):
        super().__post_init__()
        if not self.augmentation <= 1:
            raise ValueError(f"augmentation is {self.augmentation}, but it must be at least 0 and at most 1")

    def embed(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> tuple[hm.embed.AbstractEmbedder, int]:
        embedder, size = super().embed(family, key=key)
        if not self.augments(family):
            return embedder, size
        return hm.embed.Augmented(embedder, self.augmentation), size + 1

    def initializer(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.init.AbstractInitializer:
        if not self.augments(family):
            return super().initializer(family, key=key)
        _, size = self.embed(family, key=key)
        return hm.init.switched_generator_for(self.generator, family, size, key=key)

    def augments(self, family: hm.AbstractFamily) -> bool:
        """Return whether descriptions are blurred: where tasks have no end no generator learns its tasks by heart."""
        return self.augmentation > 0 and family.limited

    def adapter(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.adapt.AbstractAdapter:
        unroll = self.unroll(family, key=key)
        return hm.adapt.Switched(unroll, unroll) if self.augments(family) else unroll

    def unroll(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.adapt.Unroll:
        """Return inner steps with learned rates."""
        learner, where = hm.init.learner_for(family, key=key), self.selection(family)
        rate = hm.adapt.positive_rate_for_each_step(learner, self.inner_steps, self.inner_lr, where=where)
        return hm.adapt.Unroll(self.rule(rate), where=where)

    def objective(self) -> hm.Objective:
        return hm.at_each_step(self.inner_steps)

    def tested(
        self, method: hm.Method, family: hm.AbstractFamily, tasks: Any, *, steps: int, key: PRNGKeyArray
    ) -> hm.Method:
        if not self.augments(family):
            return method
        return hm.embed.choose_blur(method, family, tasks, steps=steps, key=key)
