"""The robot of a trained method on one held-out task, before and after adaptation: a strip of frames or a video."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Optional, get_args

import tyro

from hypermaml.cli.names import UsageError, leading, nearest
from hypermaml.cli.parse import OptionalInt, OptionalPath, parse
from hypermaml.cli.runs import load
from hypermaml.experiments.experiment import Descriptor

if TYPE_CHECKING:
    from hypermaml._compare.comparison import Comparison

OptionalText = Optional[str]  # noqa: UP045, see OptionalInt
OptionalDescriptor = Optional[Descriptor]  # noqa: UP045
BEGINNINGS = {".png": b"\x89PNG", ".svg": b"<?xml", ".gif": b"GIF8"}


@dataclass(frozen=True)
class Options:
    """The options of a picture."""

    method: Annotated[
        OptionalText, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: hypermaml, or the run's first)")
    ] = None
    """One of the run's."""
    task: int = 0
    """Index of the task in the split, >= 0."""
    split: Literal["meta-test", "extrapolation"] = "meta-test"
    """Whose task it is."""
    descriptor: Annotated[
        OptionalDescriptor,
        tyro.conf.arg(metavar="{" + ",".join(get_args(Descriptor)) + "}", help_behavior_hint="(default: the first)"),
    ] = None
    """How the tasks are described; one of the run's."""
    seed: Annotated[OptionalInt, tyro.conf.arg(metavar="INT", help_behavior_hint="(default: the first)")] = None
    """Of the training, which decides the tasks too; one of the run's."""
    steps: Annotated[OptionalInt, tyro.conf.arg(metavar="INT", help_behavior_hint="(default: as in training)")] = None
    """Inner steps N, >= 1."""
    out: Annotated[
        OptionalPath, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: RUN/render/METHOD-taskN.png)")
    ] = None
    """A .png or .svg file for a strip of frames, or a .gif file for a video."""

    def __post_init__(self):
        if self.steps is not None and self.steps < 1:
            raise ValueError(f"steps is {self.steps}, but it must be at least 1")
        if self.task < 0:
            raise ValueError(f"task is {self.task}, but it must be at least 0")


def run(args: list[str]) -> None:
    """Draw the picture and write it."""
    names, rest = leading(args, ["RUN"], "render")
    (options,) = parse((Options(),), rest, prog="hypermaml render RUN", about=__doc__ or "")
    if options.out is not None:
        refuse_file(options.out)
    from hypermaml.cli.progress import Monitor
    from hypermaml.cli.terminal import errors

    with Monitor(errors(), "starting") as monitor:
        folder, comparison = load(names[0])
        method, descriptor, seed = chosen(options, comparison, folder.path)
        path = options.out or default_file(options, method, folder.path)

        from hypermaml._misc.atomic import write_atomic
        from hypermaml.apply.recording import record
        from hypermaml.report.plots.strip import picture, plot_strip
        from hypermaml.report.plots.video import film

        task = {"method": method, "descriptor": descriptor, "seed": seed, "split": options.split, "task": options.task}
        recording = record(comparison, folder, **task, steps=options.steps, report=monitor)
        monitor.say("drawing")
        place = f"Task {options.task} of {options.split}, seed {seed}"
        place += f", descriptor {descriptor}" if comparison.methods[method].reads_descriptor else ""
        words = {"method": method, "family": comparison.experiment.name, "place": place}
        kind = path.suffix.lower()
        if kind == ".gif":
            contents = film(recording, **words, report=monitor.draw)
        else:
            contents = picture(plot_strip(recording, **words), kind)
        path.parent.mkdir(exist_ok=True)
        write_atomic(path, contents)
    before, after = recording.returns
    print(f"{place}: return {before:.1f} before adaptation, {after:.1f} after inner step {recording.steps}.")
    print(f"Picture: {path}")


def default_file(options: Options, method: str, run: Path) -> Path:
    """In the run's folder `render`, which is made when the picture is written."""
    beyond = "-extrapolation" if options.split == "extrapolation" else ""
    path = run / "render" / f"{method}-task{options.task}{beyond}.png"
    refuse_file(path, folder=path.parent if path.parent.exists() else run)
    return path


def refuse_file(path: Path, *, folder: Path | None = None) -> None:
    """Raises `UsageError` where a picture cannot be written, or would replace what is none.

    Args:
        path: of the picture.
        folder: that must be there; the picture's by default.
    """
    kind, folder = path.suffix.lower(), folder or path.absolute().parent
    if kind not in BEGINNINGS:
        raise UsageError(f"--out: {path} must end in .png, .svg or .gif, which tells what is drawn")
    if path.is_dir() or not (folder.is_dir() and os.access(folder, os.W_OK)):
        raise UsageError(f"--out: cannot write {path}; name a file in a folder that exists and may be written")
    if path.exists() and not path.read_bytes().startswith(BEGINNINGS[kind]):
        raise UsageError(f"--out: {path} exists and holds no {kind[1:].upper()} picture; name another file")


def chosen(options: Options, comparison: Comparison, path: Path) -> tuple[str, Descriptor, int]:
    """The method, the descriptor and the seed that are drawn.

    Raises:
        UsageError: the run has none like that, has no robot, or has no such task.
    """
    family = comparison.experiment.name
    if not comparison.experiment.drawn:
        raise UsageError(f"{family} has no robot to draw; the plots of the report in {path} have its pictures")
    methods = comparison.names
    method = options.method or ("hypermaml" if "hypermaml" in methods else methods[0])
    descriptor = options.descriptor or comparison.descriptors[0]
    seed = comparison.seeds[0] if options.seed is None else options.seed
    asked = {"method": (method, methods), "descriptor": (descriptor, comparison.descriptors)}
    for what, (name, names) in {**asked, "seed": (str(seed), [str(each) for each in comparison.seeds])}.items():
        if name not in names:
            raise UsageError(f"in {path} {nearest(what, name, names)}")
    if options.split not in comparison.experiment.family(descriptor).splits:
        raise UsageError(f"{family} has no tasks for extrapolation; leave out --split")
    if options.task >= comparison.budget.test_tasks:
        last = comparison.budget.test_tasks - 1
        raise UsageError(f"task is {options.task}, but the run's tasks of {options.split} are 0 to {last}")
    return method, descriptor, seed
