"""The kind of a task, told by an oracle."""

import equinox as eqx
import jax
from jaxtyping import Array, Float

from hypermaml.embed.embedder import AbstractEmbedder
from hypermaml.evidence import Evidence


class TrueMode(AbstractEmbedder):
    """1 at the task's mode and 0 elsewhere.

    Attributes:
        modes: how many there are.
    """

    modes: int = eqx.field(static=True)

    def __call__(self, evidence: Evidence) -> Float[Array, " modes"]:
        return jax.nn.one_hot(0 if evidence.mode is None else evidence.mode, self.modes)
