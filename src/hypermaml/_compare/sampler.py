"""Optuna's samplers and pruners, with draws that depend on the number of a trial alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, TrialState

from hypermaml._compare.search_plan import Pruner, Sampler

STARTS = 4  # trials before a sampler or a pruner judges by those that were


def rank(study: optuna.Study, number: int) -> int:
    """Return how many trials before the one with this number count: failed ones do not, and are run again."""
    return sum(t.number < number and t.state != TrialState.FAIL for t in study.get_trials(deepcopy=False))


class NumberedSampler(BaseSampler):
    """A sampler that is seeded for each trial by its rank, so a search that was cut goes on as if it had not been."""

    def __init__(self, name: Sampler, seed: int):
        """Make the sampler.

        Args:
            name: of Optuna's sampler.
            seed: of the first trial.
        """
        self._name, self._seed = name, seed
        self._sampler = self._make(0)

    def _make(self, rank: int) -> BaseSampler:
        seed = self._seed + rank
        if self._name == "random":
            return optuna.samplers.RandomSampler(seed=seed)
        if self._name == "cmaes":
            return optuna.samplers.CmaEsSampler(seed=seed, n_startup_trials=1)
        return optuna.samplers.TPESampler(seed=seed, n_startup_trials=STARTS)

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        self._sampler = self._make(rank(study, trial.number))
        self._sampler.before_trial(study, trial)

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return self._sampler.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return self._sampler.sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self, study: optuna.Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        self._sampler.after_trial(study, trial, state, values)


def pruner_of(name: Pruner, *, chunk: int, iterations: int) -> BasePruner:
    """Return Optuna's pruner.

    Args:
        name: of it.
        chunk: meta-iterations between two reports.
        iterations: of a whole trial.
    """
    if name == "median":
        return optuna.pruners.MedianPruner(n_startup_trials=STARTS)
    if name == "hyperband":
        return optuna.pruners.HyperbandPruner(min_resource=min(chunk, iterations), max_resource=max(iterations, 1))
    return optuna.pruners.NopPruner()
