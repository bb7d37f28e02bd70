"""A policy whose memory is the state of a gated recurrent unit."""

from typing import Any, Self

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hypermaml.rl.categorical import Behaviour
from hypermaml.rl.recurrent import AbstractRecurrentPolicy, repeated


class Memory(eqx.Module):
    """The memory of a `GRUPolicy`.

    Attributes:
        hidden: state of the cell.
        action: the last one, zeros before the first.
        reward: of the last action.
        ended: 1 where the last trajectory is over and the next has not begun.
    """

    hidden: Float[Array, "*batch hidden"]
    action: Float[Array, "*batch action"]
    reward: Float[Array, "*batch"]
    ended: Float[Array, "*batch"]


class GRUPolicy(AbstractRecurrentPolicy):
    """A GRU reads observation, last action, last reward and whether a trajectory ended; a policy reads its state.

    Attributes:
        cell: `equinox.nn.GRUCell`.
        policy: reads the observation joined by the state of the cell.
        memory: at the start of a trajectory.

    Reference:
        Duan et al. 2016 (arXiv 1611.02779), section 2.
    """

    cell: eqx.nn.GRUCell
    policy: Any
    memory: Memory

    def read(self, memory: Memory, observation: Float[Array, " observation"]) -> Float[Array, " hidden"]:
        """Return the state of the cell once it has read an observation beside what the memory holds."""
        return self.cell(
            jnp.concatenate([observation, memory.action, memory.reward[None], memory.ended[None]]), memory.hidden
        )

    def act(self, memories: Memory, observations: Float[Array, "example observation"]) -> tuple[Behaviour, Memory]:
        hidden = jax.vmap(self.read)(memories, observations)
        behaviour = self.policy.many(jnp.concatenate([observations, hidden], axis=-1))
        return behaviour, eqx.tree_at(lambda memory: memory.hidden, memories, hidden)

    def note(
        self, memories: Memory, actions: Float[Array, "example action"], rewards: Float[Array, " example"]
    ) -> Memory:
        return Memory(memories.hidden, actions, rewards, jnp.zeros_like(memories.ended))

    def many(self, observations: Float[Array, "example observation"]) -> Behaviour:
        """Return the distributions at observations, each as the next one after what the memory holds."""
        return self.act(repeated(self.memory, len(observations)), observations)[0]

    def along(self, batch: Any) -> Behaviour:
        grid = batch.mask.shape
        seen = jnp.concatenate([batch.observations, self._replay(batch)[1]], axis=-1)
        flat = self.policy.many(seen.reshape(-1, seen.shape[-1]))
        return jax.tree.map(lambda leaf: leaf.reshape(*grid, -1), flat)

    def after(self, batch: Any) -> Self:
        return eqx.tree_at(lambda policy: policy.memory, self, self._replay(batch)[0])

    def _replay(self, batch: Any) -> tuple[Memory, Float[Array, "trajectory time hidden"]]:
        """Return the memory after trajectories, and the state of the cell at each step.

        The equations are those of `equinox.nn.GRUCell`, with the products of all inputs taken at once. A step that was
        not taken leaves the state as it is; the steps taken are the first ones of a trajectory, at least one.
        """
        cell, start, ends = self.cell, self.memory, jnp.maximum(jnp.sum(batch.mask > 0, axis=1) - 1, 0)
        last = jnp.arange(len(ends)), ends

        def before(values: Array, first: Array) -> Array:
            """Return what was noted before each step: by the step before, or by the end of the trajectory before."""
            firsts = jnp.concatenate([first[None], values[last][:-1]])
            return jnp.concatenate([firsts[:, None], values[:, :-1]], axis=1)

        rewards, ended = batch.rewards[..., None], jnp.zeros((*batch.mask.shape, 1)).at[1:, 0].set(1.0)
        inputs = [
            batch.observations,
            before(batch.actions, start.action),
            before(rewards, start.reward[None]),
            ended.at[0, 0].set(start.ended),
        ]
        flat = jnp.concatenate(inputs, axis=-1).reshape(batch.mask.size, -1)
        products = flat @ cell.weight_ih.T + cell.bias  # pyright: ignore[reportOperatorIssue]

        def advance(hidden: Array, step: tuple[Array, Array]) -> tuple[Array, Array]:
            product, taken = step
            reset, kept, new = jnp.split(product, 3)
            to_reset, to_keep, to_new = jnp.split(cell.weight_hh @ hidden, 3)
            to_new = to_new + cell.bias_n  # pyright: ignore[reportOperatorIssue]
            new = jnp.tanh(new + jax.nn.sigmoid(reset + to_reset) * to_new)
            hidden = jnp.where(taken, new + jax.nn.sigmoid(kept + to_keep) * (hidden - new), hidden)
            return hidden, hidden

        hidden, states = jax.lax.scan(advance, start.hidden, (products, batch.mask.ravel() > 0))
        memory = Memory(hidden, batch.actions[last][-1], batch.rewards[last][-1], jnp.ones_like(start.ended))
        return memory, states.reshape(*batch.mask.shape, -1)
