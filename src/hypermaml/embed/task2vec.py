"""Task2Vec: a task as the Fisher information of a probe network's filters."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hypermaml._core.embedder import AbstractEmbedder
from hypermaml._core.task_info import TaskInfo
from hypermaml._core.trees import NonTrainable
from hypermaml.embed.fisher import by_filter, diagonal_fisher
from hypermaml.embed.standardized import mean_and_deviation
from hypermaml.nn.likelihood import AbstractLikelihood

TRIVIAL_WEIGHT = 0.15


class FisherEmbedding(AbstractEmbedder):
    """The sensitivity of a probe, refitted to the task, to each of its filters.

    The last layer is refitted to the support set; the diagonal Fisher information of the layers below it, at labels
    that the refitted probe draws, is averaged over the weights of each filter. A prior is added, so that a task that
    needs no filter at all has an embedding too: the prior alone.

    Attributes:
        probe: has `layers`, `features` and `head`, and normalizes over no batch; it is not trained any further.
        inputs: what the probe reads of each example of a support set, stacked.
        targets: what its outputs are compared with, stacked.
        likelihood: of a target, given the output.
        prior: added to each entry, > 0.
        samples: labels drawn for each example, >= 1.
        decay: of the refitted layer, > 0.
        batch_mean: see `diagonal_fisher`.

    Reference:
        Achille et al. 2019, "Task2Vec" (arXiv 1902.03545), sections 2 and 3.
    """

    probe: NonTrainable
    inputs: Callable[[Any], Array] = eqx.field(static=True)
    targets: Callable[[Any], Array] = eqx.field(static=True)
    likelihood: AbstractLikelihood
    prior: NonTrainable
    samples: int = eqx.field(static=True, default=10)
    decay: float = eqx.field(static=True, default=1e-3)
    batch_mean: bool = eqx.field(static=True, default=False)

    @property
    def reads_support(self) -> bool:
        return True

    def fitted(self, support: Any) -> Any:
        """Return the probe with its last layer refitted to a support set."""
        probe = self.probe()
        features = jax.vmap(probe.features)(self.inputs(support))
        outputs = len(probe.head.weight)
        layer = self.likelihood.refit(features, self.targets(support), outputs=outputs, decay=self.decay)
        return eqx.tree_at(lambda p: (p.head.weight, p.head.bias), probe, layer)

    def __call__(self, task_info: TaskInfo) -> Float[Array, " filter"]:
        # The same draws for every task: what differs between embeddings is the tasks.
        key = jax.random.key(0)
        fisher = diagonal_fisher(
            self.fitted(task_info.support),
            self.likelihood,
            self.inputs(task_info.support),
            samples=self.samples,
            key=key,
            batch_mean=self.batch_mean,
        )
        return by_filter(fisher) + self.prior()


class LogStandardized(AbstractEmbedder):
    """The logarithm of each entry of a Task2Vec embedding, with mean 0 and deviation 1 over meta-training tasks.

    A generator reads it so: the entries themselves span many orders of magnitude.

    Attributes:
        inner: gives the entries.
        mean: of their logarithms.
        deviation: the standard deviation of these; 1 where one does not vary.
    """

    inner: FisherEmbedding
    mean: NonTrainable
    deviation: NonTrainable

    @classmethod
    def fit(cls, inner: FisherEmbedding, rows: Float[Array, "task filter"]) -> "LogStandardized":
        """Measure mean and deviation on the embeddings of meta-training tasks."""
        return cls(inner, *map(NonTrainable, mean_and_deviation(jnp.log(rows))))

    @property
    def reads_support(self) -> bool:
        return True

    def __call__(self, task_info: TaskInfo) -> Float[Array, " filter"]:
        return (jnp.log(self.inner(task_info)) - self.mean()) / self.deviation()


def cosine_distance(one: Float[Array, " filter"], other: Float[Array, " filter"]) -> Float[Array, ""]:
    """Return 1 minus the cosine of two vectors, each entry divided by its sum in both, so that scales do not count."""
    total = one + other
    a, b = one / total, other / total
    return 1 - jnp.sum(a * b) / jnp.sqrt(jnp.sum(a**2) * jnp.sum(b**2))


def asymmetric_distance(
    source: Float[Array, " filter"],
    target: Float[Array, " filter"],
    trivial: Float[Array, " filter"],
    *,
    weight: float = TRIVIAL_WEIGHT,
) -> Float[Array, ""]:
    """Return the cosine distance, less `weight` times the source's from a trivial task: complex sources are better.

    Args:
        source: of the task that is transferred from.
        target: of the task that is transferred to.
        trivial: of a task that needs nothing, such as `FisherEmbedding.prior` in each entry.
        weight: α.

    Reference:
        Achille et al. 2019 (arXiv 1902.03545), section 3.2.
    """
    return cosine_distance(source, target) - weight * cosine_distance(source, trivial)


def distance_matrix(rows: Float[Array, "task filter"]) -> Float[Array, "task task"]:
    """Return the symmetric distance of each pair."""
    return jax.vmap(lambda one: jax.vmap(lambda other: cosine_distance(one, other))(rows))(rows)
