"""Adapt a trained method to tasks of the user."""

from __future__ import annotations

from collections.abc import Sized
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypermaml.apply.export import OWN, check_suffix
from hypermaml.apply.fitted import FittedModel
from hypermaml.apply.load import load
from hypermaml.apply.trained import Trained
from hypermaml.cli.files import named_files
from hypermaml.cli.names import UsageError
from hypermaml.cli.progress import Monitor
from hypermaml.cli.terminal import errors
from hypermaml.cli.work.models import write
from hypermaml.cli.work.tasks_file import read_tasks

if TYPE_CHECKING:
    from hypermaml.cli.adapt import Options


def adapt(name: str, options: Options, out: Path) -> None:
    """Adapt, write the model or the models, and print a line on each result.

    Args:
        name: of the run folder, or of the file of a trained method.
        options: of the task, or of the file of tasks.
        out: the file or folder of the model; of a file of tasks the folder of all models.
    """
    if out.suffix and options.tasks is None:
        check_suffix(out)
    with Monitor(errors(), "starting") as monitor:
        chosen = {"method": options.method, "seed": options.seed, "description": options.descriptor}
        chosen["files"] = named_files(options.files) or None
        trained = load(name, **chosen)
        if not isinstance(trained, Trained):
            raise UsageError(f"{name} is an adapted model: name a run folder, or a file that Trained.save wrote")
        said = (_one if options.tasks is None else _many)(trained, options, out, monitor)
    for line in said:
        print(line)


def _one(trained: Trained, options: Options, out: Path, monitor: Monitor) -> list[str]:
    family = trained.family
    if out.is_dir() and not family.in_folders:
        raise UsageError(f"--out: {out} is a folder; name a file")
    description = family.read_description(options.description) if options.description.strip() else None
    x, y = (None, None) if options.support is None else family.read_examples(options.support)
    monitor.say("adapting" if options.support else "generating")
    model = trained.adapt(x, y, description=description, steps=options.steps)
    answer = [f"Answer: {model.predict(options.ask)}"] if options.ask else []
    monitor.say("writing")
    write(model, out)
    loss = _loss(model, y)
    return [f"Model: {out}", *([loss[0].upper() + loss[1:]] if loss else []), *answer]


def _many(trained: Trained, options: Options, out: Path, monitor: Monitor) -> list[str]:
    assert options.tasks is not None
    tasks, in_folders = read_tasks(options.tasks, trained.family), trained.family.in_folders
    paths = [out / (task.name if in_folders else f"{task.name}{OWN}") for task in tasks]
    for path in paths:
        if path.exists() and path.is_dir() != in_folders:
            raise UsageError(f"--out: {path} is {'a file' if in_folders else 'a folder'}; name another folder")
    monitor.say(f"adapting to {len(tasks)} tasks")
    given = [(task.x, task.y, task.description) for task in tasks]
    models = trained.adapt_many(given, steps=options.steps, places=[task.place for task in tasks])
    answers = [f", answer: {model.predict(options.ask)}" if options.ask else "" for model in models]
    monitor.say("writing")
    out.mkdir(exist_ok=True)
    before = sorted({path.name for path in out.iterdir()} - {path.name for path in paths})
    for model, path in zip(models, paths, strict=True):
        write(model, path)
    losses = [
        _loss(model, task.y) or "generated from the description" for model, task in zip(models, tasks, strict=True)
    ]
    lines = zip(tasks, losses, answers, strict=True)
    more = [f"{len(before) - 5} more"] if len(before) > 5 else []
    kept = [f"Left as before in {out}: {', '.join([*before[:5], *more])}"] if before else []
    return [f"Models: {out}", *(f"{task.name}: {loss}{answer}" for task, loss, answer in lines), *kept]


def _loss(model: FittedModel, y: Sized | Any) -> str:
    """Return the losses of a model on its examples; nothing without examples."""
    if not model.losses:
        return ""
    found = f"loss on {len(y)} example{'s' * (len(y) != 1)}: {model.losses[0]:.3g}"
    return found + (f", after adaptation {model.losses[-1]:.3g}" if len(model.losses) > 1 else "")
