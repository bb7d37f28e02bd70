"""The checkpoints of a run, measured on tasks that the run has not seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from hypermaml._compare.comparison import Comparison
from hypermaml._compare.measurement import COLUMNS, measure, score_rows
from hypermaml._compare.records import long_form, notes_of
from hypermaml._compare.training import restore
from hypermaml._compare.training_run import Progress, Unit
from hypermaml._core.family import Split
from hypermaml._core.method import Method
from hypermaml._core.schedule import choose_guard, guarded
from hypermaml._misc.programs import free_programs
from hypermaml.experiments.experiment import Descriptor
from hypermaml.run import checkpoint
from hypermaml.run.folder import RunFolder


def evaluate_run(
    comparison: Comparison,
    run: RunFolder,
    *,
    seed: int,
    tasks: int | None = None,
    steps: int | None = None,
    descriptor: Descriptor | None = None,
    split: Split | None = None,
    report: Callable[[Progress], None] = lambda _: None,
) -> list[tuple]:
    """Evaluates the newest checkpoint of each unit on fresh tasks, with the guard of its training.

    Args:
        comparison: what the run compares.
        run: its folder; nothing is written.
        seed: decides tasks and data; they are fresh where the run was not made with this seed.
        tasks: of each split; as many as in training by default.
        steps: inner steps N; as many as in training by default.
        descriptor: how the fresh tasks are described. Units that were trained with it are evaluated; if the run has
            none, those of its first descriptor are.
        split: whose tasks they are; those of each test split by default.
        report: told of each unit.

    Returns:
        Rows of the columns `hypermaml._compare.records.FIELDS`; `seed` is the one of the training.

    Raises:
        CheckpointError: a checkpoint is damaged or foreign.
        ValueError: a method reads descriptors of another width, or no unit has a checkpoint yet.
    """
    budget = comparison.budget
    budget = replace(
        budget,
        test_tasks=tasks or budget.test_tasks,
        validation_tasks=tasks or budget.validation_tasks,
        steps=steps or budget.steps,
    )
    rows: list[tuple] = []
    known: dict[str, list[dict]] = {}
    for shown, method, unit in _units(comparison, run, descriptor):
        if unit.name not in known:
            report(Progress(unit.name, unit.iterations, unit.iterations, "evaluating"))
            free_programs()
            family = comparison.experiment.family(shown if unit.settings.reads_descriptor else "full")
            fresh = replace(unit, family=family, budget=budget, seed=seed)
            learned, failed, iteration = trained(unit, run)
            if iteration < unit.iterations and not failed:
                told = f"is evaluated at iteration {iteration:,} of {unit.iterations:,}: its newest checkpoint"
                report(Progress(unit.name, unit.iterations, unit.iterations, "evaluating", told))
            measured = [
                row
                for name, adaptation in measure(fresh, learned, () if split is None else (split,)).items()
                for row in score_rows(fresh, adaptation, name, failed=failed)
            ]
            known[unit.name] = [dict(zip(COLUMNS, row, strict=True), seed=unit.seed) for row in measured]
            report(Progress(unit.name, unit.iterations, unit.iterations, "finished"))
        rows += long_form(comparison, shown, method, known[unit.name])
    if not rows:
        raise ValueError(f"{run.path} holds no checkpoint: go on with the run, or give it its checkpoints back")
    return rows


def trained(unit: Unit, run: RunFolder) -> tuple[Method, bool, int]:
    """The method of a unit's newest checkpoint, with the guard of its training; whether it diverged; its iteration."""
    folder = run.path / "units" / unit.name
    state = restore(unit, folder)
    method, iteration = unit.tested(state.method), int(state.iteration)
    if run.finished(unit.name):
        notes = notes_of(unit, run)
        if notes["guard"]:
            method = guarded(method, notes["guard"]["later_rate"], float(notes["guard"]["later_clip"]))
        return method, notes["diverged"] is not None, iteration
    tasks, key = unit.tasks("meta-validation"), unit.evaluation_key("meta-validation")
    return choose_guard(method, unit.family, tasks, steps=unit.budget.steps, key=key)[0], False, iteration


def _units(
    comparison: Comparison, run: RunFolder, descriptor: Descriptor | None
) -> Iterator[tuple[Descriptor, str, Unit]]:
    """Each descriptor to show, method and unit that has a checkpoint or needs none."""
    pairs: list[tuple[Descriptor, Descriptor]] = [(each, each) for each in comparison.descriptors]
    if descriptor is not None:
        pairs = [(descriptor, descriptor if descriptor in comparison.descriptors else comparison.descriptors[0])]
    for shown, learned in pairs:
        for method in comparison.methods:
            for seed in comparison.seeds:
                unit = comparison.unit(method, learned, seed)
                stored = checkpoint.latest(run.path / "units" / unit.name / "checkpoints")
                if stored is not None or not unit.settings.trained:
                    yield shown, method, unit
