"""Tuning by Optuna: each method's settings are searched on meta-validation, alike in number of trials and budget."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, TrialState

from hypermaml._compare.measurement import validate
from hypermaml._compare.sampler import NumberedSampler, pruner_of, rank
from hypermaml._compare.search_plan import SearchPlan
from hypermaml._compare.search_storage import give_back, mark, open_storage, take_up
from hypermaml._compare.sizes import check_sizes
from hypermaml._compare.training import train_whole
from hypermaml._compare.training_run import Progress, TrainingRun
from hypermaml._compare.trial import TUNING_SEED, heading, score
from hypermaml._core.method import Method
from hypermaml._misc.atomic import write_atomic
from hypermaml._misc.configuration import written
from hypermaml.experiments.experiment import Budget, Descriptor, Experiment
from hypermaml.methods.config import MethodConfig
from hypermaml.run.environment import environment
from hypermaml.run.lock import locked

_HEAD, _DIVERGED = "heading", "diverged"


def search(
    experiment: Experiment,
    methods: Sequence[str],
    budget: Budget,
    out: Path,
    *,
    plan: SearchPlan,
    descriptor: Descriptor = "partial",
    own: Mapping[str, MethodConfig] = MappingProxyType({}),
    report: Callable[[Progress], None] = lambda _: None,
) -> dict[str, Any]:
    """Run the trials of each method that its study does not have yet, and write all of them after each trial.

    A trial's score is that of the grid's trials. A trial that diverges counts as one that was ended early. A trial
    whose process was killed is run again with the same settings, and counts once. The settings of a trial depend on its
    rank and the trials before it, so a search that was cut and goes on ends with the trials of one that was not. Only
    CMA-ES learns nothing from a trial that was run again, and then draws others.

    Args:
        experiment: gives the family and the methods' settings, around which `MethodConfig.searched` gives ranges.
        methods: by name.
        budget: of one trial.
        out: a JSON file; its folder exists, and is used by one process at a time.
        plan: how to search.
        descriptor: of the tasks.
        own: by name, the settings of methods of one's own, around which their trials are.
        report: called before each trial.

    Returns:
        What `out` holds: the budget, and for each method its trials, each with its settings and score, the best one,
        and the importance of each setting.

    Raises:
        ValueError: the storage cannot be used, or holds trials of another kind.
        RunInUse: another process uses the folder.
    """
    family = experiment.family(descriptor)
    check_sizes([], family, budget)
    head = heading(experiment, family, budget, descriptor) | {"sampler": plan.sampler, "pruner": plan.pruner}
    record: dict[str, Any] = {**head, "environment": environment(), "methods": {}}
    with locked(out.parent), _quiet():
        storage = open_storage(plan.storage, out.parent)
        for name in methods:
            settings = own[name] if name in own else experiment.settings([descriptor])[name]
            kind = {"settings": written(settings)} if name in own else {}
            study = _study(storage, name, head | kind, plan, budget, higher=family.higher_is_better)
            take_up(study, alone=not plan.storage)
            while (trial := _next(study, plan.trials, settings)) is not None:
                report(Progress(name, rank(study, trial.number), plan.trials))
                training = TrainingRun(name, replace(settings, **trial.params), family, budget, TUNING_SEED)
                _run(study, trial, training, shared=bool(plan.storage))
                record["methods"][name] = _entry(study, plan)
                write_atomic(out, json.dumps(record, indent=1) + "\n")
            record["methods"][name] = _entry(study, plan, importance=True)
            write_atomic(out, json.dumps(record, indent=1) + "\n")
    return record


def _study(
    storage: Any, method: str, head: Mapping[str, Any], plan: SearchPlan, budget: Budget, *, higher: bool
) -> optuna.Study:
    name = " ".join([head["family"], *([head["variant"]] if head["variant"] else []), head["descriptor"], method])
    try:
        study = optuna.create_study(
            storage=storage,
            sampler=NumberedSampler(plan.sampler, TUNING_SEED),
            pruner=pruner_of(plan.pruner, chunk=budget.chunk, iterations=budget.iterations),
            study_name=name,
            direction="maximize" if higher else "minimize",
            load_if_exists=True,
        )
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ValueError(
            f"the storage of the trials is damaged or cannot be read: {reason}; name another one"
        ) from None
    known = study.user_attrs.get(_HEAD)
    if known is None and not study.get_trials(deepcopy=False):
        study.set_user_attr(_HEAD, dict(head))
    elif known != json.loads(json.dumps(head)):
        raise ValueError(
            f"the storage holds trials of '{name}' with another budget, metric, sampler, pruner or method: choose "
            "another storage, or another folder"
        )
    return study


def _next(study: optuna.Study, trials: int, settings: MethodConfig) -> optuna.Trial | None:
    """Begin the next trial, or return that there are as many as asked for."""
    uncounted = (TrialState.FAIL, TrialState.WAITING)
    if sum(each.state not in uncounted for each in study.get_trials(deepcopy=False)) >= trials:
        return None
    ranges = {name: _range(getattr(settings, name), *ends) for name, ends in settings.searched().items()}
    trial = study.ask(ranges)
    if rank(study, trial.number) >= trials:  # other processes have begun the last ones meanwhile
        study.tell(trial, state=TrialState.FAIL)
        return None
    mark(trial)
    return trial


def _range(value: float, low: float, high: float) -> BaseDistribution:
    """Return the logarithmic range of a setting that has this value now."""
    if isinstance(value, int):
        return IntDistribution(max(math.ceil(low), 1), math.floor(high), log=True)
    return FloatDistribution(low, high, log=True)


def _run(study: optuna.Study, trial: optuna.Trial, training: TrainingRun, *, shared: bool) -> None:
    """Train, score and enter a trial; it is given back where this process is ended."""
    tasks, metric = training.tasks("meta-validation"), training.family.metric

    def visit(iteration: int, method: Method) -> None:
        if shared:
            mark(trial)
        if isinstance(study.pruner, optuna.pruners.NopPruner):
            return
        scores = validate(training, method, tasks)
        later = [scores[f"{metric}/{step}"] for step in range(1, training.budget.steps + 1)]
        mean = sum(later) / len(later)
        if math.isfinite(mean):
            trial.report(mean, iteration)
            if iteration < training.iterations and trial.should_prune():
                raise optuna.TrialPruned

    try:
        method = train_whole(training, visit=visit)
        found = None if method is None else score(training, method)
        if found is None:
            trial.set_user_attr(_DIVERGED, True)
            study.tell(trial, state=TrialState.PRUNED)
        else:
            study.tell(trial, found)
    except optuna.TrialPruned:
        study.tell(trial, state=TrialState.PRUNED)
    except BaseException:
        give_back(study, trial.number)
        raise


def _entry(study: optuna.Study, plan: SearchPlan, *, importance: bool = False) -> dict[str, Any]:
    """Return the trials that have ended, the best one, and how much each setting matters."""
    ended = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
    trials = [_told(trial) for trial in ended]
    scored = [trial for trial in trials if trial["score"] is not None]
    sign = 1.0 if study.direction == optuna.study.StudyDirection.MAXIMIZE else -1.0
    best = max(scored, key=lambda trial: sign * trial["score"], default=None)
    entry: dict[str, Any] = {"trials": trials, "best": best}
    return entry | ({"importance": _importance(study, scored)} if importance else {})


def _told(trial: FrozenTrial) -> dict[str, Any]:
    told: dict[str, Any] = dict(trial.params)
    if trial.state == TrialState.COMPLETE:
        return told | {"score": trial.value}
    ended = "diverged" if trial.user_attrs.get(_DIVERGED) else f"pruned at iteration {trial.last_step}"
    return told | {"score": None, "ended": ended}


def _importance(study: optuna.Study, scored: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return the share of each setting in the differences of scores; nothing where trials are few or alike."""
    if len(scored) < 4 or len({trial["score"] for trial in scored}) < 2:
        return {}
    evaluator = optuna.importance.PedAnovaImportanceEvaluator()
    try:
        found = optuna.importance.get_param_importances(study, evaluator=evaluator)
    except (RuntimeError, ValueError):  # too few trials are better than the rest
        return {}
    return {name: float(value) for name, value in found.items() if math.isfinite(value)}


@contextmanager
def _quiet():
    """Keep Optuna from printing while the block runs, and from warning of parts that it may still change."""
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(level)
