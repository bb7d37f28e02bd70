"""Measure the checkpoints of a run on tasks that the run has not seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from hypermaml._compare.comparison import Comparison
from hypermaml._compare.measurement import measure, score_rows
from hypermaml._compare.record import Record
from hypermaml._compare.records import COLUMNS, Identities, long_form, notes_of
from hypermaml._compare.sizes import check_sizes
from hypermaml._compare.training import restore
from hypermaml._compare.training_run import PlannedRun, Progress, TrainingRun
from hypermaml._core.method import Method
from hypermaml._core.schedule import choose_schedule, with_schedule
from hypermaml._misc.programs import free_programs
from hypermaml.experiments.experiment import Descriptor
from hypermaml.run import checkpoint
from hypermaml.run.folder import RunFolder


class Evaluated(NamedTuple):
    """The scores of an evaluation.

    Attributes:
        rows: of the columns `hypermaml._compare.records.FIELDS`; `seed` is the one of the training.
        identities: of the tasks, which are the same for each seed of the training.
    """

    rows: list[tuple]
    identities: Identities


def evaluate_run(
    comparison: Comparison,
    run: RunFolder,
    *,
    seed: int,
    tasks: int | None = None,
    steps: int | None = None,
    descriptor: Descriptor | None = None,
    split: str | None = None,
    report: Callable[[Progress], None] = lambda _: None,
) -> Evaluated:
    """Evaluate the newest checkpoint of each training run on fresh tasks, with its test-time schedule.

    Args:
        comparison: what the run compares.
        run: its folder; nothing is written.
        seed: decides tasks and data; they are fresh where the run was not made with this seed.
        tasks: of each split, at most as many as it has; as many as in training by default.
        steps: inner steps N; as many as in training by default.
        descriptor: how the fresh tasks are described. Training runs with this descriptor are evaluated; if the run has
            none, those of its first descriptor are.
        split: whose tasks they are; those of each test split by default.
        report: called with the progress.

    Raises:
        CheckpointError: a checkpoint is damaged or foreign.
        ValueError: a method reads descriptors of another width, or no training run has a checkpoint yet.
    """
    budget = comparison.budget
    budget = replace(
        budget,
        test_tasks=tasks or budget.test_tasks,
        validation_tasks=tasks or budget.validation_tasks,
        steps=steps or budget.steps,
    )
    record = Record.read(run)
    found = list(_with_checkpoints(comparison, run, descriptor))
    used: dict[Descriptor, None] = dict.fromkeys(planned.descriptor for _, _, planned in found)
    used |= dict.fromkeys(_described(shown, planned) for shown, _, planned in found)
    families = comparison.experiment.families(list(used)) if found else {}
    for family in families.values():
        if tasks is not None:
            budget = budget.up_to(family, split)
        check_sizes(comparison.methods.values(), family, budget)
    rows: list[tuple] = []
    identities: Identities = {}
    known: dict[str, list[dict]] = {}
    for shown, method, planned in found:
        if planned.name not in known:
            report(Progress(planned.name, planned.iterations, planned.iterations, "evaluating"))
            free_programs()
            training = planned.with_family(families[planned.descriptor])
            fresh = replace(training, family=families[_described(shown, planned)], budget=budget, seed=seed)
            learned, failed, iteration, _ = trained(training, run)
            if iteration < planned.iterations and not failed:
                text = f"is evaluated at iteration {iteration:,} of {planned.iterations:,}: its newest checkpoint"
                report(Progress(planned.name, planned.iterations, planned.iterations, "evaluating", text))
            adaptations = measure(fresh, learned, () if split is None else (split,))
            measured = [
                row
                for name, adaptation in adaptations.items()
                for row in score_rows(fresh, adaptation, name, failed=failed)
            ]
            for name in adaptations:
                own = enumerate(fresh.family.identities(fresh.tasks(name)))
                identities.setdefault(("", name), {}).update({(planned.seed, task): each for task, each in own})
            known[planned.name] = [dict(zip(COLUMNS, row, strict=True), seed=planned.seed) for row in measured]
            report(Progress(planned.name, planned.iterations, planned.iterations, "finished"))
        rows += long_form(record, shown, method, known[planned.name])
    if not rows:
        raise ValueError(f"{run.path} holds no checkpoint: go on with the run, or give it its checkpoints back")
    return Evaluated(rows, identities)


class Reached(NamedTuple):
    """What a training run has come to.

    Attributes:
        method: of the newest checkpoint, with its test-time schedule.
        diverged: whether the training ended without finite weights; the method is then untrained.
        iteration: meta-iterations done.
        schedule: the test-time schedule; empty for none.
    """

    method: Method
    diverged: bool
    iteration: int
    schedule: Mapping[str, float]


def trained(training: TrainingRun, run: RunFolder) -> Reached:
    """Return the newest checkpoint's method with its test-time schedule, which is chosen where the run has none yet."""
    state = restore(training, training.build(), run.path / "training-runs" / training.name)
    method, iteration = training.tested(state.method), int(state.iteration)
    if run.finished(training.name):
        notes = notes_of(run, training.name)
        schedule = {name: float(value) for name, value in (notes["schedule"] or {}).items()}
        method = with_schedule(method, **schedule) if schedule else method
        return Reached(method, notes["diverged"] is not None, iteration, schedule)
    tasks, key = training.tasks("meta-validation"), training.evaluation_key("meta-validation")
    method, schedule = choose_schedule(method, training.family, tasks, steps=training.budget.steps, key=key)
    return Reached(method, False, iteration, schedule)


def _described(shown: Descriptor, planned: PlannedRun) -> Descriptor:
    """Return how the fresh tasks of a training run are described."""
    return shown if planned.settings.reads_description else planned.descriptor


def _with_checkpoints(
    comparison: Comparison, run: RunFolder, descriptor: Descriptor | None
) -> Iterator[tuple[Descriptor, str, PlannedRun]]:
    """Yield each descriptor to show, method and training run that has a checkpoint or needs none."""
    pairs: list[tuple[Descriptor, Descriptor]] = [(each, each) for each in comparison.descriptors]
    if descriptor is not None:
        pairs = [(descriptor, descriptor if descriptor in comparison.descriptors else comparison.descriptors[0])]
    for shown, learned in pairs:
        for method in comparison.methods:
            for seed in comparison.seeds:
                planned = comparison.planned(method, learned, seed)
                stored = checkpoint.latest(run.path / "training-runs" / planned.name / "checkpoints")
                if stored is not None or not planned.settings.trained:
                    yield shown, method, planned
