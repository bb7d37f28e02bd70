"""Families whose tasks have one support set of labelled examples."""

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._core.family import AbstractFamily
from hypermaml.nn.likelihood import AbstractLikelihood


class AbstractSupervisedFamily(AbstractFamily):
    """A family whose batches are examples, stacked along the first axis of each leaf.

    What stands here is for methods that read support sets.

    Attributes:
        inputs: what the learner reads of each example of a support set, stacked along the first axis.
        items: a support set as one item an example, stacked along the first axis.
        labels: the class of each example of a support set, from 0 on; 0 where there are none.
    """

    if TYPE_CHECKING:  # as fields, type checkers would ask for them where a user's family is made
        inputs: ClassVar[Callable[[Any], Array]]
        items: ClassVar[Callable[[Any], Any]]
        labels: ClassVar[Callable[[Any], Array]]
    else:
        inputs: eqx.AbstractVar[Callable[[Any], Array]]
        items: eqx.AbstractVar[Callable[[Any], Any]]
        labels: eqx.AbstractVar[Callable[[Any], Array]]

    @abstractmethod
    def item_encoder(self, width: int, *, key: PRNGKeyArray) -> Any:
        """Return an untrained network from one item to `(width,)`."""

    @abstractmethod
    def signature(self, batch: Any) -> Float[Array, " feature"]:
        """Return the signature of a batch, which differs by task: the mean over examples of features of length 1."""

    @property
    def likelihood(self) -> AbstractLikelihood:
        """The likelihood of a label, given the learner's output; Task2Vec refits and draws labels by it.

        Raises:
            ValueError: the family tells none.
        """
        raise ValueError(f"Task2Vec needs the likelihood of a label, and {type(self).__name__} tells none")

    @property
    def targets(self) -> Callable[[Any], Array]:
        """The values that the learner's outputs are compared with, one for each example of a support set."""
        return self.labels

    @property
    def modes(self) -> int:
        """The number of kinds of tasks; `TaskInfo.mode` counts them from 0."""
        return 1

    def set_size(self, count: int) -> int:
        """Return the size of a set of `count` examples, of each class where there are classes, at most all."""
        return count
