"""A method: what is known of a task, where its learner starts, how it changes."""

from typing import Any

import equinox as eqx

from hypermaml.adapt.adapter import AbstractAdapter
from hypermaml.embed.embedder import AbstractEmbedder
from hypermaml.evidence import Evidence
from hypermaml.init.initializer import AbstractInitializer


class Method(eqx.Module):
    """The three parts of a meta-learning method. Its trainable arrays (`split_trainable`) are φ.

    Attributes:
        embed: evidence -> embedding.
        init: embedding -> learner.
        adapt: learner, support -> learner.
    """

    embed: AbstractEmbedder
    init: AbstractInitializer
    adapt: AbstractAdapter

    def start(self, evidence: Evidence) -> Any:
        """The adapter's state of one task before its first step."""
        return self.adapt.init(self.init(self.embed(evidence)))
