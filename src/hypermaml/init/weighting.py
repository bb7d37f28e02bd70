"""How much each source task counts for a target."""

from abc import abstractmethod

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float
from optax.projections import projection_simplex

from hypermaml._core.trees import NonTrainable


class AbstractWeighting(eqx.Module):
    """Compares the signature of a target with those of the source tasks."""

    @abstractmethod
    def __call__(self, signature: Float[Array, " feature"]) -> Float[Array, " source"]:
        """Return the weights of the source tasks: at least 0, of sum 1."""


class MeanMatching(AbstractWeighting):
    """The mixture of source tasks whose kernel mean is nearest to the target's.

    With signatures ϕ, which are kernel means in the coordinates of a feature map, it minimizes αᵀΦΦᵀα - 2 αᵀΦϕ + λ‖α‖²
    over the simplex. This is the squared integral probability metric between mixture and target over the ball of
    radius 1 of the kernel's space, and a term that spreads the weights.

    Attributes:
        signatures: Φ, of the source tasks.
        spread: λ, > 0.
        steps: of the accelerated projected gradient that solves it.

    Reference:
        Cai et al. 2020, "Weighted Meta-Learning" (arXiv 2003.09465), section 3.
    """

    signatures: NonTrainable
    spread: NonTrainable
    steps: int = eqx.field(static=True, default=500)

    def __call__(self, signature: Float[Array, " feature"]) -> Float[Array, " source"]:
        signatures, spread = self.signatures(), self.spread()
        return nearest_mixture(signatures @ signatures.T, signatures @ signature, spread, steps=self.steps)


def nearest_mixture(
    gram: Float[Array, "source source"], cross: Float[Array, " source"], spread: Float[Array, ""], *, steps: int
) -> Float[Array, " source"]:
    """Return the minimum over the simplex of α'(gram)α - 2α'(cross) + spread ‖α‖².

    Args:
        gram: symmetric, without negative eigenvalues.
        cross: any.
        spread: > 0.
        steps: of Nesterov's accelerated projected gradient, with the constant momentum of a strongly convex function.
    """
    steepest = jnp.max(jnp.sum(jnp.abs(gram), axis=1)) + spread  # no eigenvalue exceeds the greatest row's sum
    root = jnp.sqrt(spread / steepest)
    momentum = (1 - root) / (1 + root)

    def step(carry: tuple[Array, Array], _: None) -> tuple[tuple[Array, Array], None]:
        weights, ahead = carry
        slope = gram @ ahead + spread * ahead - cross
        moved = projection_simplex(ahead - slope / steepest)
        return (moved, moved + momentum * (moved - weights)), None

    even = jnp.full(cross.shape, 1 / cross.size, cross.dtype)
    return jax.lax.scan(step, (even, even), None, length=steps)[0][0]


class KernelRegression(AbstractWeighting):
    """The weights with which kernel ridge regression would predict at the target from the source tasks.

    α = (K + λI)⁻¹ k(ϕ) with k(ϕ, ϕ') = exp(-w ‖ϕ - ϕ'‖²); the greatest are kept, without negative ones, and brought to
    a sum of 1.

    Attributes:
        signatures: of the source tasks.
        sharpness: w, > 0.
        ridge: λ, > 0.
        kept: how many weights are kept, >= 1.

    Reference:
        Wang et al. 2020, "Structured Prediction for Conditional Meta-Learning" (arXiv 2002.08799), section 4.
    """

    signatures: NonTrainable
    sharpness: NonTrainable
    ridge: NonTrainable
    kept: int = eqx.field(static=True)

    def __call__(self, signature: Float[Array, " feature"]) -> Float[Array, " source"]:
        signatures = self.signatures()
        gram = self.kernel(signatures, signatures) + self.ridge() * jnp.eye(len(signatures))
        weights = jax.scipy.linalg.solve(gram, self.kernel(signature[None], signatures)[0], assume_a="pos")
        greatest, where = jax.lax.top_k(weights, min(self.kept, len(weights)))
        positive = jnp.maximum(greatest, 0)
        # A target unlike every source has only tiny weights; the nearest still count.
        return (
            jnp.zeros_like(weights).at[where].set(positive / jnp.maximum(jnp.sum(positive), jnp.finfo(positive).tiny))
        )

    def kernel(self, one: Float[Array, "a feature"], other: Float[Array, "b feature"]) -> Float[Array, "a b"]:
        """Return the kernel of each pair of signatures."""
        squares = jnp.sum((one[:, None] - other[None]) ** 2, axis=2)
        return jnp.exp(-self.sharpness() * squares)
