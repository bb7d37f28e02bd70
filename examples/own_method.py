"""A method of your own beside the package's: HyperMAML that reads its descriptors through random Fourier features.

A method is embed, init and adapt. This one brings an embedder and takes the rest from HyperMAML.
"""

from dataclasses import dataclass
from pathlib import Path

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

import hypermaml as hm
from hypermaml._compare.compare import Comparison, compare
from hypermaml._core.embedder import AbstractEmbedder
from hypermaml._core.task_info import TaskInfo
from hypermaml.experiments.experiment import Budget
from hypermaml.experiments.sine import SineExperiment
from hypermaml.report.run import report_run


class Fourier(AbstractEmbedder):
    """Sines and cosines of random projections. `NonTrainable` keeps the projections out of what is meta-trained."""

    inner: AbstractEmbedder
    projections: hm.NonTrainable

    def __call__(self, task_info: TaskInfo) -> Float[Array, " embedding"]:
        angles = self.projections() @ self.inner(task_info)
        return jnp.concatenate([jnp.sin(angles), jnp.cos(angles)])


@dataclass(frozen=True)
class FourierHyperMAML(hm.HyperMAML):
    """Each field is a setting; those of HyperMAML are inherited."""

    features: int = 16
    """Projections, >= 1."""

    def embed(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> tuple[AbstractEmbedder, int]:
        """HyperMAML's embedder inside of the new one, and the size of the embedding; all else stays."""
        inner, size = super().embed(family, key=key)
        projections = jax.random.normal(jax.random.fold_in(key, 100), (self.features, size))
        return Fourier(inner, hm.NonTrainable(projections)), 2 * self.features


if __name__ == "__main__":
    experiment = SineExperiment()
    tuned = experiment.settings(["partial"])
    methods = {
        "maml": tuned["maml"],
        "hypermaml": tuned["hypermaml"],
        "fourier": FourierHyperMAML(inner_lr=tuned["hypermaml"].inner_lr, outer_lr=tuned["hypermaml"].outer_lr),
    }
    budget = Budget(iterations=5000, meta_batch=25, chunk=500, validation_tasks=100, test_tasks=100)
    comparison = Comparison(experiment, methods, budget, seeds=[0, 1], descriptors=["partial"])
    folder = Path("runs", "own-method")
    compare(comparison, folder, resume=True, report=print, finish=report_run)
    print((folder / "table.md").read_text())
