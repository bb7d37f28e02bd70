"""What holds a generator back: each is a change made of other changes."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float, PyTree

from hypermaml._core.trees import NonTrainable, bounded, global_norm
from hypermaml.init.generator import AbstractChange

OPEN = 2.0  # where a gate starts: σ(2) = .88


class Bounded(AbstractChange):
    """A change whose norm over all leaves is scaled down to a bound.

    Attributes:
        change: what is bounded.
        bound: the greatest norm.
    """

    change: AbstractChange
    bound: NonTrainable

    def __init__(self, change: AbstractChange, bound: ArrayLike):
        self.change, self.bound = change, NonTrainable(bound)

    @property
    def heads(self) -> PyTree[Array]:
        return self.change.heads

    def __call__(self, embedding: Float[Array, " embedding"]) -> PyTree[Array]:
        change = self.change(embedding)
        factor = bounded(global_norm(change), self.bound())
        return jax.tree.map(lambda leaf: factor * leaf, change)


class Gated(AbstractChange):
    """A change that a learned gate lets through: σ(V e + c) δ(e), with a gate for each leaf.

    So a task starts between the weights that all share (0) and those that are generated for it (1).

    Attributes:
        change: δ.
        weight: V, zero before training: whether to trust the description may depend on the description.
        bias: c, 2 before training: the gates are nearly open.
    """

    change: AbstractChange
    weight: Float[Array, "leaf embedding"]
    bias: Float[Array, " leaf"]

    def __init__(self, change: AbstractChange, embedding: int):
        """Draw an untrained gate.

        Args:
            change: δ.
            embedding: entries of an embedding.
        """
        leaves = len(jax.tree.leaves(eqx.filter_eval_shape(change, jnp.zeros(embedding))))
        self.change = change
        self.weight, self.bias = jnp.zeros((leaves, embedding)), jnp.full(leaves, OPEN)

    @property
    def heads(self) -> PyTree[Array]:
        return self.change.heads

    def gates(self, embedding: Float[Array, " embedding"]) -> Float[Array, " leaf"]:
        """Return how far the gate of each leaf is open, in (0, 1)."""
        return jax.nn.sigmoid(self.weight @ embedding + self.bias)

    def __call__(self, embedding: Float[Array, " embedding"]) -> PyTree[Array]:
        leaves, structure = jax.tree.flatten(self.change(embedding))
        gates = self.gates(embedding)
        return jax.tree.unflatten(structure, [gates[index] * leaf for index, leaf in enumerate(leaves)])


class Averaged(AbstractChange):
    """The mean of the changes of several generators, whose hidden layers were drawn apart.

    Attributes:
        members: at least one.
    """

    members: tuple[AbstractChange, ...]

    @property
    def heads(self) -> PyTree[Array]:
        return tuple(member.heads for member in self.members)

    def __call__(self, embedding: Float[Array, " embedding"]) -> PyTree[Array]:
        changes = [member(embedding) for member in self.members]
        return jax.tree.map(lambda *leaves: sum(leaves) / len(leaves), *changes)


class Centred(AbstractChange):
    """A change that is zero where the embedding is: δ(e) - δ(0); standardized ones have a mean of zero.

    So b alone is what the mean description gives. Meta-trained on a constant one the generator learns nothing, and b is
    trained as MAML's initialization is.

    Attributes:
        change: δ.
    """

    change: AbstractChange

    @property
    def heads(self) -> PyTree[Array]:
        return self.change.heads

    def __call__(self, embedding: Float[Array, " embedding"]) -> PyTree[Array]:
        own, mean = self.change(embedding), self.change(jnp.zeros_like(embedding))
        return jax.tree.map(jnp.subtract, own, mean)
