"""RL²: a recurrent policy whose memory adapts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import hypermaml as hm
from hypermaml.outer.configuration import PPO, OuterConfig

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

CITATION = """@article{duan2016rl2,
  title = {{RL²}: Fast Reinforcement Learning via Slow Reinforcement Learning},
  author = {Duan, Yan and Schulman, John and Chen, Xi and Bartlett, Peter L. and Sutskever, Ilya and Abbeel, Pieter},
  journal = {arXiv preprint},
  year = {2016},
  eprint = {1611.02779},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class RL2(hm.MethodConfig):
    """A recurrent policy, whose memory lasts over the trajectories of a task, adapts without any gradient step.

    ```
    repeat: draw tasks T_i
        h_i = 0; trajectories of T_i follow one another, and at each step
            h_i ← GRU(h_i; observation, last action, last reward, whether a trajectory has just ended)
            draw the action from π(observation, h_i)
        (π, GRU) ← PPO, with advantages over all trajectories of a task
    ```

    A trajectory of a test begins with the memory that the support trajectories have left. There is no inner rate.

    Reference:
        Duan et al. 2016 (arXiv 1611.02779), section 2; Wang et al. 2016 (arXiv 1611.05763).
    """

    label: ClassVar[str] = "RL²"
    summary: ClassVar[str] = "a recurrent policy that remembers the trajectories of a task, without any gradient step"
    citation: ClassVar[str] = CITATION
    color: ClassVar[str] = "#5ec79d"
    marker: ClassVar[str] = "P"
    open_marker: ClassVar[bool] = True
    needs_network: ClassVar[bool] = True
    needs_trajectories: ClassVar[bool] = True
    keeps_outer: ClassVar[bool] = True
    chooses_what_adapts: ClassVar[bool] = False
    trial_field: ClassVar[str] = ""
    untried_outer_lr: ClassVar[float | None] = 3e-3

    outer_lr: float = 3e-3
    """Of Adam in the steps of PPO, > 0."""
    outer: OuterConfig = PPO()
    """The outer update, which must be PPO."""
    state_size: int = 32
    """Entries of the state of the recurrent cell, >= 1."""
    discount: float = 0.9
    """γ of the advantages, in place of the family's, > 0 and <= 1."""

    def __post_init__(self):
        super().__post_init__()
        if not isinstance(self.outer, PPO):
            raise ValueError(f"RL2: outer is {self.outer.name}, but its outer update must be ppo")
        if not self.discount <= 1:
            raise ValueError(f"RL2: discount is {self.discount}, but it must be at most 1")

    def initializer(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.init.AbstractInitializer:
        (cell_key,) = hm.embed.set_keys(key, 1)
        return hm.init.unread_for(family, self.state_size, key=key, cell_key=cell_key)

    def adapter(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.adapt.AbstractAdapter:
        return hm.adapt.Recall()

    def objective(self) -> hm.Objective:
        return hm.at_each_step(self.inner_steps)

    def outer_update(self) -> hm.outer.AbstractOuter:
        return self.outer.build(self.outer_lr, credit=hm.outer.OverTrajectories(self.discount))
