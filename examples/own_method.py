"""Compare a method of your own: HyperMAML that reads descriptions through random Fourier features.

A method is embed, init and adapt. This one has its own embedder, and HyperMAML gives the rest.
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

import hypermaml as hm


class Fourier(hm.embed.AbstractEmbedder):
    """Sines and cosines of random projections, which `NonTrainable` excludes from meta-training."""

    inner: hm.embed.AbstractEmbedder
    projections: hm.NonTrainable

    def __call__(self, task_info: hm.TaskInfo) -> Float[Array, " embedding"]:
        angles = self.projections() @ self.inner(task_info)
        return jnp.concatenate([jnp.sin(angles), jnp.cos(angles)])


@dataclass(frozen=True)
class FourierHyperMAML(hm.HyperMAML):
    """HyperMAML with random Fourier features. Each field is a setting; those of HyperMAML are inherited."""

    features: int = 16
    """Projections, >= 1."""

    def embed(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> tuple[hm.embed.AbstractEmbedder, int]:
        inner, size = super().embed(family, key=key)
        projections = jax.random.normal(jax.random.fold_in(key, 100), (self.features, size))
        return Fourier(inner, hm.NonTrainable(projections)), 2 * self.features


if __name__ == "__main__":
    run = hm.compare(
        {
            "maml": hm.MAML(inner_lr=0.02, outer_lr=0.003),
            "hypermaml": hm.HyperMAML(inner_lr=0.005, outer_lr=0.003),
            "fourier": FourierHyperMAML(inner_lr=0.005, outer_lr=0.003),
        },
        hm.families.Sine(description="partial"),
        iterations=5000,
        seeds=2,
        out="runs/own-method",
        resume=True,
    )
    print(run.table())
