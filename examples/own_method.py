"""A method of your own beside the package's: HyperMAML that reads its descriptors through random Fourier features.

A method is embed, init and adapt. This one brings an embedder and takes the rest from `hypermaml.methods.assembly`.
"""

from dataclasses import dataclass
from pathlib import Path

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from hypermaml._compare.compare import Comparison, compare
from hypermaml._core.embedder import AbstractEmbedder
from hypermaml._core.family import AbstractFamily
from hypermaml._core.system import System
from hypermaml._core.task_info import TaskInfo
from hypermaml._core.trees import NonTrainable
from hypermaml.experiments.experiment import Budget
from hypermaml.experiments.sine import SineExperiment
from hypermaml.methods.assembly.embedders import embedder_for
from hypermaml.methods.assembly.generators import generator_for
from hypermaml.methods.assembly.system import assemble
from hypermaml.methods.hypermaml import HyperMAML
from hypermaml.report.run import report_run


class Fourier(AbstractEmbedder):
    """Sines and cosines of random projections. `NonTrainable` keeps the projections out of what is meta-trained."""

    inner: AbstractEmbedder
    projections: NonTrainable

    def __call__(self, task_info: TaskInfo) -> Float[Array, " embedding"]:
        angles = self.projections() @ self.inner(task_info)
        return jnp.concatenate([jnp.sin(angles), jnp.cos(angles)])


@dataclass(frozen=True)
class FourierHyperMAML(HyperMAML):
    """Each field is a setting; those of HyperMAML are inherited."""

    features: int = 16
    """Projections, >= 1."""

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        inner, size = embedder_for(self, family, key)
        projections = jax.random.normal(jax.random.fold_in(key, 100), (self.features, size))
        embed = Fourier(inner, NonTrainable(projections))
        return assemble(self, embed, generator_for(self, family, 2 * self.features, key))


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
