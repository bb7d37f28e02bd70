"""Draw the robot of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hypermaml._compare.comparison import Comparison
from hypermaml._misc.atomic import write_atomic
from hypermaml.apply.recording import record
from hypermaml.cli.files import check_output_file
from hypermaml.cli.names import UsageError, nearest
from hypermaml.cli.progress import Monitor
from hypermaml.cli.render import PICTURES
from hypermaml.cli.runs import load
from hypermaml.cli.terminal import errors
from hypermaml.experiments.experiment import Descriptor
from hypermaml.report.plots.strip import picture, plot_strip
from hypermaml.report.plots.video import film

if TYPE_CHECKING:
    from hypermaml.cli.render import Options


def render(name: str, options: Options) -> None:
    """Draw the picture, write it, and print the returns before and after adaptation.

    Args:
        name: of the run folder.
        options: of the picture.
    """
    with Monitor(errors(), "starting") as monitor:
        folder, comparison = load(name)
        method, descriptor, seed = choose(options, comparison, folder.path)
        path = options.out or default_file(options, method, folder.path)
        task = {"method": method, "descriptor": descriptor, "seed": seed, "split": options.split, "task": options.task}
        recording = record(comparison, folder, **task, steps=options.steps, report=monitor)
        monitor.say("drawing")
        place = f"Task {options.task} of {options.split}, seed {seed}"
        place += f", descriptor {descriptor}" if comparison.methods[method].reads_description else ""
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
    """Name the picture in the folder `render` of the run, which is made when the picture is written."""
    beyond = "-extrapolation" if options.split == "extrapolation" else ""
    path = run / "render" / f"{method}-task{options.task}{beyond}.png"
    check_output_file(path, PICTURES, folder=path.parent if path.parent.exists() else run)
    return path


def choose(options: Options, comparison: Comparison, path: Path) -> tuple[str, Descriptor, int]:
    """Choose the method, the descriptor and the seed.

    Raises:
        UsageError: the run has no such training run, no robot, or no such task.
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
        raise UsageError(f"{family} has no tasks of {options.split}; leave out --split")
    if options.task >= comparison.budget.test_tasks:
        last = comparison.budget.test_tasks - 1
        raise UsageError(f"task is {options.task}, but the run's tasks of {options.split} are 0 to {last}")
    return method, descriptor, seed
