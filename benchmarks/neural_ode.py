"""A neural ODE as the learner: from a state to the next one.

The network is that of CoDA's program (Kirchmeyer et al. 2022, arXiv 2202.01889): four layers of width 64 with swish.
The solver is also the program's: one step of the classical Runge-Kutta method between two states. It is written here,
because the second derivatives of an inner loop through diffrax's solvers take several times as long on a CPU.
"""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml.nn.mlp import MLP

WIDTH, STEP = 64, 0.5


class NeuralODE(eqx.Module):
    """A network as the right-hand side of an ordinary differential equation; it may read a context beside the state."""

    network: MLP

    def __init__(self, size: int, context: int = 0, *, key: PRNGKeyArray):
        """Draw the weights.

        Args:
            size: numbers of a state.
            context: numbers of a vector that the network reads beside the state.
            key: for the weights.
        """
        self.network = MLP((size + context, WIDTH, WIDTH, WIDTH, size), activation=jax.nn.swish, key=key)

    def beside(self, state: Float[Array, " state"], context: Float[Array, " context"]) -> Float[Array, " state"]:
        """Return the next state."""

        def slope(state: Array) -> Array:
            return self.network(jnp.concatenate([state, context]))

        first = slope(state)
        second = slope(state + STEP / 2 * first)
        third = slope(state + STEP / 2 * second)
        fourth = slope(state + STEP * third)
        return state + STEP / 6 * (first + 2 * second + 2 * third + fourth)

    def __call__(self, state: Float[Array, " state"]) -> Float[Array, " state"]:
        """Return the next state."""
        return self.beside(state, jnp.zeros(0))


def follow(learner: Callable[[Array], Array], start: Float[Array, " state"], states: int) -> Float[Array, "time state"]:
    """Return a trajectory from its start on.

    Args:
        learner: from a state to the next one.
        start: the first state.
        states: of the trajectory, the start among them.
    """

    def advance(state: Array, _: None) -> tuple[Array, Array]:
        return learner(state), state

    return jax.lax.scan(advance, start, None, length=states)[1]
