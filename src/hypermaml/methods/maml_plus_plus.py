"""MAML++: how to train MAML."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import hypermaml as hm

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

CITATION = """@inproceedings{antoniou2019mamlplusplus,
  title = {How to Train Your {MAML}},
  author = {Antoniou, Antreas and Edwards, Harrison and Storkey, Amos},
  booktitle = {International Conference on Learning Representations},
  year = {2019},
  eprint = {1810.09502},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class MAMLPlusPlus(hm.MethodConfig):
    """MAML with five remedies, each of which can be switched off; without any it is MAML.

    - The loss after every inner step counts, at first alike; over the first 15% of training the weight of each but the
      last falls to 3% of that, and the last takes the rest. From then on the last alone counts.
    - Every leaf has a learned rate for each inner step.
    - Where the network normalizes its features over a batch, they have a learned gain and shift at each inner step.
    - The outer gradient is first-order for the first 30% of training.
    - The outer rate falls along a cosine to 1%.

    Reference:
        Antoniou et al. 2019 (arXiv 1810.09502), section 4.
    """

    label: ClassVar[str] = "MAML++"
    summary: ClassVar[str] = "MAML with rates learned by layer and step, a loss after each step, and schedules"
    citation: ClassVar[str] = CITATION
    color: ClassVar[str] = "#0069d8"
    marker: ClassVar[str] = "D"
    open_marker: ClassVar[bool] = True

    inner_steps: int = 5
    """Inner steps in meta-training, >= 1."""
    multi_step_share: float = field(default=0.15, metadata={"zero": True})
    """Share of training in which the weights of the steps before the last fall, >= 0; 0 for the last step alone."""
    learned_rates: bool = True
    """Whether each leaf learns a rate for each inner step."""
    stepwise_normalization: bool = True
    """Whether normalized features have a gain and a shift for each inner step."""
    first_order_share: float = field(default=0.3, metadata={"zero": True})
    """Share of training that is first-order, >= 0."""
    cosine: bool = True
    """Whether the outer rate falls along a cosine."""

    def adapter(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.adapt.AbstractAdapter:
        learner, steps = hm.init.learner_for(family, key=key), self.inner_steps
        films = hm.adapt.films_for_each_step(learner, steps) if self.stepwise_normalization else None
        where = hm.adapt.selected(self.adapts, family, within=None if films is None else hm.adapt.network_of)
        rate = None
        if self.learned_rates:
            rate = hm.adapt.rate_for_each_step(learner, steps, self.inner_lr, where=where, films=films)
        adjoint = hm.adapt.Weighted(0.0) if self.first_order_share else hm.adapt.Backprop()
        unroll = hm.adapt.Unroll(self.rule(rate), adjoint, where)
        return unroll if films is None else hm.adapt.Stepwise(unroll, films)

    def objective(self) -> hm.Objective:
        if not self.multi_step_share:
            return hm.after_adaptation(self.inner_steps)
        return hm.Objective(hm.adapt.step_weights(self.inner_steps, 0.0), self.inner_steps)

    def schedule(self) -> Callable[[hm.System, Any], hm.System]:
        return hm.adapt.Annealing(
            loss_until=self.multi_step_share or None,
            first_order_until=self.first_order_share or None,
            cosine=self.cosine and self.has_outer_lr,
        )
