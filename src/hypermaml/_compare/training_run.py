"""One training run of a comparison: a method, a seed, a description of the tasks. The top does not wait for JAX."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from hypermaml.experiments.experiment import Budget
from hypermaml.methods.config import MethodConfig

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily, Split
    from hypermaml._core.method import Method
    from hypermaml._core.system import System


@dataclass(frozen=True)
class Progress:
    """Where a training run stands.

    Attributes:
        name: of the training run.
        iteration: meta-iterations done.
        iterations: to do in all.
        stage: what comes next; `diverged` ends its training, `finished` the whole.
        message: what else there is to tell.
    """

    name: str
    iteration: int
    iterations: int
    stage: Literal["compiling", "training", "evaluating", "diverged", "finished"] = "training"
    message: str = ""


@dataclass(frozen=True)
class TrainingRun:
    """One training run.

    Attributes:
        name: of its folder.
        settings: of the method.
        family: with its tasks described.
        budget: iterations and tasks.
        seed: decides the initialization, all tasks and all data.
    """

    name: str
    settings: MethodConfig
    family: AbstractFamily
    budget: Budget
    seed: int

    @property
    def iterations(self) -> int:
        """Meta-iterations to do before the test: what a target has for itself is of the same budget."""
        return max(self.budget.iterations - self.settings.later_iterations, 0) if self.settings.trained else 0

    def identity(self) -> dict[str, str]:
        """What its checkpoints must agree with."""
        return {"training_run": self.name, "settings": repr(self.settings)}

    def build(self) -> System:
        """The untrained system."""
        return self.settings.build(self.family, key=self._key("initialization"))

    def tested(self, method: Method) -> Method:
        """The method that is tested, from the trained one."""
        import jax

        return self.settings.tested(method, self.family, key=jax.random.fold_in(self._key("initialization"), 1))

    def tasks(self, split: Split) -> Any:
        """The tasks that a split is measured on; they depend on the seed alone."""
        count = self.budget.validation_tasks if split == "meta-validation" else self.budget.test_tasks
        return self.family.sample(count, split=split, key=self._key("tasks"))

    def evaluation_key(self, split: Split) -> PRNGKeyArray:
        """For task_info, support and scores: the same for every method of a seed, so that differences are paired.

        Each split has its own: what is chosen on meta-validation has not seen the draws that it is tested with.
        """
        import jax

        return jax.random.fold_in(self._key("evaluation"), self.family.split_number(split))

    def portrait_key(self) -> PRNGKeyArray:
        """For the pictures, the same for every method of a seed."""
        return self._key("portrait")

    def training_key(self) -> PRNGKeyArray:
        """For meta-training tasks and their data."""
        return self._key("training")

    def _key(self, purpose: str) -> PRNGKeyArray:
        import jax

        purposes = ("initialization", "training", "tasks", "evaluation", "portrait")
        return jax.random.split(jax.random.key(self.seed), len(purposes))[purposes.index(purpose)]
