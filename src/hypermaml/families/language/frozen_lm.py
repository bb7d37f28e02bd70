"""What a family of language tasks asks of its model, and how it tells one task."""

from typing import Any, Protocol

import equinox as eqx
from jaxtyping import Array, Float, Int, PRNGKeyArray

from hypermaml.lm.answers import Answers


class FrozenLM(Protocol):
    """A frozen language model that a learner, the part that adapts, is put into."""

    def learner(self, *, key: PRNGKeyArray) -> Any:
        """An ordinary initialization of what adapts; the model answers as it would without."""
        ...

    def loss(self, learner: Any, batch: Answers) -> Float[Array, ""]:
        """The mean negative log-likelihood of the answers' tokens, in nats."""
        ...

    def answered(self, learner: Any, batch: Answers) -> tuple[Float[Array, " example"], Float[Array, " example"]]:
        """Of each example whether greedy decoding gives the whole answer, 1 or 0, and the loss, a mean over tokens.

        What it gives for an example whose weights are all zero does not matter.
        """
        ...


class TaskSample(eqx.Module):
    """One task: which it is, in which words it is told, and in what order its instances are used.

    Attributes:
        index: of the task.
        wording: which of its definitions.
        order: of its instances, the support set first; numbers of instances that it has not come last.
    """

    index: Int[Array, "..."]
    wording: Int[Array, "..."]
    order: Int[Array, "... instance"]
