"""Adapt a trained method to a task of the user."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hypermaml.apply.export import check_suffix
from hypermaml.apply.load import load
from hypermaml.apply.trained import Trained
from hypermaml.cli.files import named_files
from hypermaml.cli.names import UsageError
from hypermaml.cli.progress import Monitor
from hypermaml.cli.terminal import errors
from hypermaml.cli.work.models import write

if TYPE_CHECKING:
    from hypermaml.cli.adapt import Options


def adapt(name: str, options: Options, out: Path) -> None:
    """Adapt, write the model, and print a line on each result.

    Args:
        name: of the run folder, or of the file of a trained method.
        options: of the task.
        out: the file or folder of the model.
    """
    if out.suffix:
        check_suffix(out)
    with Monitor(errors(), "starting") as monitor:
        chosen = {"method": options.method, "seed": options.seed, "description": options.descriptor}
        chosen["files"] = named_files(options.files) or None
        trained = load(name, **chosen)
        if not isinstance(trained, Trained):
            raise UsageError(f"{name} is an adapted model: name a run folder, or a file that Trained.save wrote")
        family = trained.family
        description = family.read_description(options.description) if options.description.strip() else None
        x, y = (None, None) if options.support is None else family.read_examples(options.support)
        monitor.say("adapting" if options.support else "generating")
        model = trained.adapt(x, y, description=description, steps=options.steps)
        answer = model.predict(options.ask) if options.ask else ""
        monitor.say("writing")
        write(model, out)
    print(f"Model: {out}")
    if model.losses:
        count = len(y) if y is not None else 0
        found = f"Loss on {count} example{'s' * (count != 1)}: {model.losses[0]:.3g}"
        print(found + (f", after adaptation {model.losses[-1]:.3g}" if len(model.losses) > 1 else ""))
    if options.ask:
        print(f"Answer: {answer}")
