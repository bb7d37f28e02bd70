"""MAML++: how to train MAML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.settings import Settings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.system import System

BIBTEX = """@inproceedings{antoniou2019mamlplusplus,
  title = {How to Train Your {MAML}},
  author = {Antoniou, Antreas and Edwards, Harrison and Storkey, Amos},
  booktitle = {International Conference on Learning Representations},
  year = {2019},
  eprint = {1810.09502},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class MAMLPlusPlus(Settings):
    """MAML with five remedies, each of which can be switched off; without any it is MAML.

    - The loss after every inner step counts, at first alike; over the first 15% of training the weight of each but the
      last falls to 3% of that, and the last takes the rest.
    - Every leaf has a learned rate for each inner step.
    - Where the network normalizes its features over a batch, they have a learned gain and shift after each inner step.
    - The outer gradient is first-order for the first 30% of training.
    - The outer rate falls along a cosine to 1%.

    Reference:
        Antoniou et al. 2019 (arXiv 1810.09502), section 4.
    """

    bibtex: ClassVar[str] = BIBTEX

    inner_steps: int = 5
    """Inner steps in meta-training, >= 1."""
    multi_step_loss: bool = True
    """Whether the loss after every inner step counts."""
    multi_step_share: float = 0.15
    """Share of training in which the weights of the steps before the last fall, > 0."""
    learned_rates: bool = True
    """Whether each leaf learns a rate for each inner step."""
    stepwise_normalization: bool = True
    """Whether normalized features have a gain and a shift for each inner step."""
    annealed_order: bool = True
    """Whether training begins first-order."""
    first_order_share: float = 0.3
    """Share of training that is first-order, > 0."""
    cosine: bool = True
    """Whether the outer rate falls along a cosine."""

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        import equinox as eqx
        import jax.numpy as jnp

        from hypermaml._core.objective import Objective
        from hypermaml.adapt.adjoint import Weighted
        from hypermaml.adapt.stepwise import Stepwise
        from hypermaml.adapt.unroll import whole_learner
        from hypermaml.embed.simple import NoEmbedding
        from hypermaml.init.shared import Constant
        from hypermaml.methods.annealing import Annealing, step_weights
        from hypermaml.methods.assembly.learners import learner_for, network_of
        from hypermaml.methods.assembly.rates import films_for_each_step, rate_for_each_step
        from hypermaml.methods.assembly.system import assemble

        learner, steps = learner_for(family, key), self.inner_steps
        films = films_for_each_step(learner, steps) if self.stepwise_normalization else None
        rate = rate_for_each_step(learner, steps, self.inner_lr, inside=films) if self.learned_rates else None
        system = assemble(
            self,
            NoEmbedding(),
            Constant(learner),
            rate=rate,
            where=whole_learner if films is None else network_of,
            adjoint=Weighted(0.0) if self.annealed_order else None,
            schedule=Annealing(
                loss_until=self.multi_step_share if self.multi_step_loss else None,
                first_order_until=self.first_order_share if self.annealed_order else None,
                cosine=self.cosine and self.has_outer_lr,
            ),
        )
        if films is not None:
            system = eqx.tree_at(lambda s: s.method.adapt, system, replace_fn=lambda unroll: Stepwise(unroll, films))
        if not self.multi_step_loss:
            return system
        objective = Objective(step_weights(steps, jnp.zeros(())), steps)
        return eqx.tree_at(lambda s: s.objective, system, objective)
