"""Sine curves in clusters, of which one holds the targets."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

from hypermaml.families.descriptor import Descriptor
from hypermaml.families.sine import AbstractSine, Curve, uniform_curves

# Amplitude and phase (radians) of the centers, as far apart as six of them can be; the last is no source.
CENTERS = jnp.array([(1.0, 0.4), (1.0, 2.7), (2.5, 1.55), (4.0, 0.4), (4.0, 2.7), (5.5, 1.55)])
CLUSTERS = len(CENTERS) - 1
REACH = jnp.array([0.5, 0.3])


class ClusteredSine(AbstractSine):
    """Source tasks in five clusters of equal size, targets in one of them; K examples, no noise, squared error.

    Within a cluster the amplitude is uniform in ±0.5 and the phase in ±0.3 around the center. Meta-training draws from
    all clusters; meta-validation and meta-test from the targets' cluster alone, and extrapolation from a sixth cluster
    that holds no source task: weights of source tasks help as far as there are tasks like the target's.

    Attributes:
        target: the cluster of the targets, 1 to 5.
        description: how tasks are described.
        shots: support examples K.
        queries: query examples.
        noise: standard deviation of the descriptor's noise, on amplitude and (in radians) on phase.
        hidden: widths of the network's hidden layers.

    Raises:
        ValueError: there is no such cluster.

    Reference:
        After the synthetic tasks of Cai et al. 2020 (arXiv 2003.09465), section 5.
    """

    target: int = eqx.field(static=True, default=1)
    description: Descriptor = eqx.field(static=True, default="none")
    shots: int = eqx.field(static=True, default=10)
    queries: int = eqx.field(static=True, default=10)
    noise: tuple[float, float] = eqx.field(static=True, default=(0.5, 0.3))
    hidden: tuple[int, ...] = eqx.field(static=True, default=(40, 40))

    def __check_init__(self):
        if not 1 <= self.target <= CLUSTERS:
            raise ValueError(f"ClusteredSine: target is {self.target}, but it must be from 1 to {CLUSTERS}")

    def sample(self, n: int, *, split: str, key: PRNGKeyArray) -> Curve:
        if split == "meta-train":
            cluster_key, key = jax.random.split(key)
            return within(jax.random.randint(cluster_key, (n,), 0, CLUSTERS), key)
        cluster = CLUSTERS if split == "extrapolation" else self.target - 1
        return within(jnp.full(n, cluster), self.split_key(split, key))

    def group(self, task: Curve) -> Int[Array, "..."]:
        """Return the cluster of the task, counted from 0."""
        at = jnp.stack([task.amplitude, task.phase], axis=-1)
        return jnp.argmin(jnp.max(jnp.abs(at[..., None, :] - CENTERS) / REACH, axis=-1), axis=-1)


def within(clusters: jax.Array, key: PRNGKeyArray) -> Curve:
    """A curve of each of these clusters, stacked."""
    low, high = (CENTERS[clusters] + sign * REACH for sign in (-1, 1))
    return uniform_curves(len(clusters), (low[:, 0], high[:, 0]), (low[:, 1], high[:, 1]), key)
