"""Learners: what a task's model is. Any callable pytree is one; this file holds the wrappers around a network."""

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hypermaml.nn.mlp import Films


class FiLM(eqx.Module):
    """A network whose hidden layers are modulated feature by feature.

    Attributes:
        network: takes an input and the films.
        films: gain and shift of each hidden layer, of the shape of its features; 0 and 0 change nothing.

    Reference:
        Perez et al. 2018, "FiLM" (arXiv 1709.07871), equation 2.
    """

    network: Any
    films: Films

    @property
    def head(self) -> Any:
        """The network's head."""
        return self.network.head

    def __call__(self, x: Float[Array, "..."]) -> Any:
        """The modulated network's output."""
        return self.network(x, self.films)


class Context(eqx.Module):
    """A network that reads a context vector beside its input.

    Attributes:
        network: has room for the context and says by `beside` where it joins.
        context: the task's vector, of shape `(context,)`; whether it adapts is the adapter's `where`.
    """

    network: Any
    context: Float[Array, " context"]

    @property
    def head(self) -> Any:
        """The network's head."""
        return self.network.head

    def __call__(self, x: Float[Array, "..."]) -> Any:
        """The network's output at an input and the context."""
        return self.network.beside(x, self.context)

    def many(self, x: Float[Array, "example input"]) -> Any:
        """The network's outputs at many inputs."""
        return self.network.many(
            jnp.concatenate([x, jnp.broadcast_to(self.context, (len(x), self.context.size))], axis=1)
        )


class Code(eqx.Module):
    """A latent code for each class, and where it was drawn from.

    Attributes:
        value: the code.
        mean: of the normal distribution that it was drawn from.
        std: its deviation, > 0.
        noise: standard-normal noise for what is decoded; zeros outside of meta-training.
    """

    value: Float[Array, "class latent"]
    mean: Float[Array, "class latent"]
    std: Float[Array, "class latent"]
    noise: Float[Array, "class row"]

    def divergence(self) -> Float[Array, ""]:
        """KL from the standard normal distribution, in nats, a mean over the entries of the code."""
        return jnp.mean(0.5 * (self.std**2 + self.mean**2 - 1) - jnp.log(self.std))


def deviation(u: Float[Array, "..."], *, offset: float = 0.0) -> Float[Array, "..."]:
    """Return the deviation that a network's output `u` stands for: exp(u) - 1 + offset, at least 1e-10.

    Reference:
        https://github.com/google-deepmind/leo, `model.py`, `possibly_sample`.
    """
    return jnp.maximum(jnp.exp(u) - (1.0 - offset), 1e-10)


class Latent(eqx.Module):
    """A network whose last layer is its own plus what is decoded from a code, class by class.

    Attributes:
        network: has `features` and `head`.
        decoder: from a code to mean and, by `deviation`, σ of a row of the last layer, weights and bias; shape
            `(2 row, latent)`.
        code: one code a class; what adapts first.
    """

    network: Any
    decoder: Float[Array, "rows latent"]
    code: Code

    @property
    def head(self) -> Any:
        """The network's own last layer."""
        return self.network.head

    def rows(self) -> Float[Array, "class row"]:
        """What the codes add: weights of a class and, last, its bias."""
        mean, spread = jnp.split(self.code.value @ self.decoder.T, 2, axis=1)
        return mean + deviation(spread, offset=math.sqrt(2 / (mean.shape[1] + mean.shape[0]))) * self.code.noise

    def __call__(self, x: Float[Array, "..."]) -> Float[Array, " class"]:
        """The output, one entry a class."""
        rows, head = self.rows(), self.network.head
        return (head.weight + rows[:, :-1]) @ self.network.features(x) + head.bias + rows[:, -1]


class FastSlow(eqx.Module):
    """A network of slow weights, to which each input adds fast weights that it reads from a memory.

    Fast and slow weights make a layer of their own each; their rectified outputs are added (layer augmentation).

    Attributes:
        base: what predicts.
        keyed: a network of the same shape; its features are the keys.
        meta: from two numbers of a gradient's entry to the entry of a fast weight of the base.
        keyed_meta: the same for the keys' network.
        keyed_fast: fast weights of the keys' network.
        keys: of the memory, one an example.
        memory: fast weights of the base, stacked, one an example; zeros before adaptation.

    Reference:
        Munkhdalai and Yu 2017 (arXiv 1703.00837), section 3.
    """

    base: Any
    keyed: Any
    meta: Any
    keyed_meta: Any
    keyed_fast: Any
    keys: Float[Array, "example feature"]
    memory: Any

    def key(self, x: Float[Array, "..."]) -> Float[Array, " feature"]:
        """Where an input looks into the memory."""
        return self.keyed.augmented(self.keyed_fast, x)

    def __call__(self, x: Float[Array, "..."]) -> Float[Array, " output"]:
        """The output with the fast weights that the input attends to, by the cosine of its key."""
        key = self.key(x)
        norms = jnp.linalg.norm(self.keys, axis=1) * jnp.linalg.norm(key)
        attention = jax.nn.softmax(self.keys @ key / jnp.maximum(norms, 1e-6))
        fast = jax.tree.map(lambda leaf: jnp.tensordot(attention, leaf, axes=1), self.memory)
        slow = self.base.head
        features = self.base.augmented(fast, x)
        return (slow.weight + fast.head.weight) @ features + slow.bias + fast.head.bias
