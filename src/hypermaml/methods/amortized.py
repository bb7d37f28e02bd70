"""Amortized inference: a network reads the support data, and no gradient step is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import hypermaml as hm

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

CITATION = """@inproceedings{garnelo2018cnp,
  title = {Conditional Neural Processes},
  author = {Garnelo, Marta and Rosenbaum, Dan and Maddison, Christopher J. and Ramalho, Tiago and Saxton, David and
            Shanahan, Murray and Teh, Yee Whye and Rezende, Danilo J. and Eslami, S. M. Ali},
  booktitle = {International Conference on Machine Learning},
  year = {2018},
  eprint = {1807.01613},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class Amortized(hm.MethodConfig):
    """An encoder makes a context of the support data; the learner reads the context beside its input.

    ```
    repeat: draw tasks T_i
        c_i = 0 before the support data; after them c_i = ρ(mean of φ over all support items so far)
        (θ, φ, ρ) ← Adam((θ, φ, ρ), ∇ Σ_i L_i(θ, c_i; query)), before and after the support data
    ```

    On examples it is a conditional neural process. On trajectories, whose items are time steps, it infers the task as
    PEARL does, without drawing a sample. There is no inner rate. The outer loss counts before the first and after each
    step.

    Reference:
        Garnelo et al. 2018 (arXiv 1807.01613), equations 1 to 3; Rakelly et al. 2019 (arXiv 1903.08254), section 4.1.
    """

    label: ClassVar[str] = "amortized inference"
    summary: ClassVar[str] = "a network that reads the support data gives a context, without any gradient step"
    citation: ClassVar[str] = CITATION
    color: ClassVar[str] = "#5ec79d"
    marker: ClassVar[str] = "s"
    open_marker: ClassVar[bool] = True
    needs_network: ClassVar[bool] = True
    chooses_what_adapts: ClassVar[bool] = False
    trial_field: ClassVar[str] = "context_size"

    features: int = 64
    """Features of an item, >= 1."""
    context_size: int = 16
    """Entries of the context, >= 1."""

    def initializer(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.init.AbstractInitializer:
        network = hm.init.learner_for(family, context=self.context_size, key=key)
        return hm.init.Blank(network, self.context_size)

    def adapter(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.adapt.AbstractAdapter:
        item_key, last_key = hm.embed.set_keys(key, 2)
        items, item = hm.embed.items_of(family, width=self.features, key=item_key)
        return hm.adapt.Encoder(items, item, width=self.features, size=self.context_size, key=last_key)

    def objective(self) -> hm.Objective:
        return hm.at_each_step(self.inner_steps)
