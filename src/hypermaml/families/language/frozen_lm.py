"""The language model of a family of language tasks."""

from typing import Any, Protocol

from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml.lm.answers import Answers
from hypermaml.lm.shapes import Reading


class FrozenLM(Protocol):
    """A frozen language model with a part that adapts, the learner."""

    def learner(self, *, key: PRNGKeyArray) -> Any:
        """Return an ordinary initialization of the part that adapts; the model answers as it would without."""
        ...

    def loss(self, learner: Any, batch: Answers, reading: Reading = ...) -> Float[Array, ""]:
        """Return the mean negative log-likelihood of the answers' tokens, in nats.

        Args:
            learner: adapts.
            batch: of one task.
            reading: the shapes that batches are read in, where there are several, and the states that are cached.
        """
        ...

    def answered(
        self, learner: Any, batch: Answers, reading: Reading = ...
    ) -> tuple[Float[Array, " example"], Float[Array, " example"]]:
        """Return of each example whether greedy decoding gives the whole answer, 1 or 0, and its mean loss of a token.

        The values of an example whose weights are all zero do not matter.
        """
        ...
