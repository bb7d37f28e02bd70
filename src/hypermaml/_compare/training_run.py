"""One training run of a comparison: a method, a seed, a description of the tasks. Nothing here waits for JAX."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from hypermaml._misc.configuration import decisive, differing, written
from hypermaml._misc.digest import digest
from hypermaml.experiments.experiment import Budget, Descriptor
from hypermaml.methods.config import MethodConfig

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.method import Method
    from hypermaml._core.system import System

_PURPOSES = ("initialization", "training", "tasks", "evaluation", "portrait")
_VERSION = 3  # of `TrainingRun.identity`


@dataclass(frozen=True)
class Progress:
    """The state of a training run.

    Attributes:
        name: of the training run.
        iteration: meta-iterations done.
        iterations: to do in all.
        stage: the work that comes next; `diverged` ends the training, `finished` the whole.
        message: a further sentence, if there is one.
    """

    name: str
    iteration: int
    iterations: int
    stage: Literal["preparing", "compiling", "training", "evaluating", "diverged", "finished"] = "training"
    message: str = ""


@dataclass(frozen=True)
class PlannedRun:
    """A training run whose family need not be built yet.

    Attributes:
        name: of its folder.
        method: its name.
        settings: of the method.
        descriptor: how the tasks of its family are described.
        budget: iterations and tasks.
        seed: decides the initialization, all tasks and all data.
    """

    name: str
    method: str
    settings: MethodConfig
    descriptor: Descriptor
    budget: Budget
    seed: int

    @property
    def iterations(self) -> int:
        """Meta-iterations before the test."""
        return iterations_of(self.settings, self.budget)

    def with_family(self, family: AbstractFamily) -> TrainingRun:
        """Return the training run with its family."""
        return TrainingRun(self.name, self.settings, family, self.budget, self.seed)


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
        """Meta-iterations before the test."""
        return iterations_of(self.settings, self.budget)

    def identity(self) -> dict[str, Any]:
        """Return what its checkpoints must agree with: name, and a digest of the settings that are not defaults.

        `settings` is for the sentence about a checkpoint that does not fit.
        """
        return {
            "version": _VERSION,
            "training_run": self.name,
            "digest": digest(decisive(self.settings)),
            "settings": {name: written(value) for name, value in differing(self.settings).items()},
        }

    def build(self) -> System:
        """Build the untrained system."""
        return self.settings.build(self.family, key=self._key("initialization"))

    def tested(self, method: Method) -> Method:
        """Return the method that is tested, from the trained one."""
        import jax

        return self.settings.tested(
            method,
            self.family,
            self.tasks("meta-validation"),
            steps=self.budget.steps,
            key=jax.random.fold_in(self._key("initialization"), 1),
        )

    def tasks(self, split: str) -> Any:
        """Return the tasks that a split is measured on; they depend on the seed alone."""
        count = self.budget.validation_tasks if split == "meta-validation" else self.budget.test_tasks
        return self.family.sample(count, split=split, key=self._key("tasks"))

    def with_support(self, size: int) -> TrainingRun:
        """Return the training run with support sets of this size in tests, and each test task at most once."""
        family = self.family.with_support(size)
        return replace(self, family=family, budget=self.budget.up_to(family))

    def evaluation_key(self, split: str) -> PRNGKeyArray:
        """Return the key for task_info, support and scores: the same for every method, so differences are paired.

        Each split has its own: a choice on meta-validation has not seen the draws that it is tested with.
        """
        import jax

        return jax.random.fold_in(self._key("evaluation"), self.family.split_number(split))

    def portrait_key(self) -> PRNGKeyArray:
        """Return the key for the pictures, the same for every method of a seed."""
        return self._key("portrait")

    def training_key(self) -> PRNGKeyArray:
        """Return the key for meta-training tasks and their data."""
        return self._key("training")

    def _key(self, purpose: str) -> PRNGKeyArray:
        import jax

        return jax.random.split(jax.random.key(self.seed), len(_PURPOSES))[_PURPOSES.index(purpose)]


def iterations_of(settings: MethodConfig, budget: Budget) -> int:
    """Return the meta-iterations before the test: those that each target has for itself are of the same budget."""
    return max(budget.iterations - settings.later_iterations, 0) if settings.trained else 0
