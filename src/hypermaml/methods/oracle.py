"""The oracle: the true task joins the input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import hypermaml as hm
from hypermaml.methods.config import MAML_CITATION

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray


@dataclass(frozen=True)
class Oracle(hm.MethodConfig):
    """A learner that reads the true parameters of the task beside its input, trained on all tasks, then fine-tuned.

    It reads the task, whatever the descriptions of the other methods are: the upper reference.

    Reference:
        The oracle of Finn et al. 2017 (arXiv 1703.03400), section 5.
    """

    label: ClassVar[str] = "oracle"
    summary: ClassVar[str] = "a model that is given the true task as an input, then fine-tuned; the upper anchor"
    citation: ClassVar[str] = MAML_CITATION
    color: ClassVar[str] = "#24292f"
    marker: ClassVar[str] = "*"
    needs_network: ClassVar[bool] = True

    def embed(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> tuple[hm.embed.AbstractEmbedder, int]:
        return hm.embed.true_parameters(family, key=key)

    def initializer(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.init.AbstractInitializer:
        _, size = self.embed(family, key=key)
        return hm.init.Conditioned(hm.init.learner_for(family, context=size, key=key))

    def selection(self, family: hm.AbstractFamily) -> Callable[[Any], Any]:
        return hm.adapt.selected(self.adapts, family, within=hm.adapt.network_of)

    def objective(self) -> hm.Objective:
        return hm.before_adaptation(budget=self.inner_steps)
