"""Tasks of a family as vectors: a table of embeddings and distances, a map, and whether like tasks start alike."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from hypermaml._misc.checks import check_seed
from hypermaml.cli.names import FAMILIES, UsageError, check_known, leading
from hypermaml.cli.parse import OptionalPath, parse
from hypermaml.cli.running import preset_of
from hypermaml.experiments.experiment import Descriptor, Preset

if TYPE_CHECKING:
    from hypermaml.task_embeddings.table import Embedded


@dataclass(frozen=True)
class Options:
    """What is embedded."""

    preset: Preset = "quick"
    """Where the options of the family come from, and the tasks of an iteration."""
    by: Literal["task2vec", "method"] = "task2vec"
    """Task2Vec on the support sets, or the embedder of the method itself."""
    tasks: int = 60
    """How many of a split, >= 3; a split that has fewer gives all it has."""
    split: Literal["meta-train", "meta-validation", "meta-test", "extrapolation", "all"] = "meta-test"
    """Whose tasks they are; all for those of each split, with hollow marks for what no training sees."""
    method: str = "hypermaml"
    """Generates the initializations that distances are compared with; none for no such comparison."""
    run: Annotated[OptionalPath, tyro.conf.arg(metavar="RUN", help_behavior_hint="(default: none)")] = None
    """A run folder with this method, trained; without one it is trained for --iterations."""
    iterations: int = 500
    """Meta-iterations of the probe, and of the method where there is no run, >= 1."""
    support: int = 50
    """Examples that Task2Vec sees of each task, of each class where there are classes, >= 1."""
    batch_mean: bool = False
    """Whether Task2Vec squares the gradient of a batch in the place of those of its examples."""
    select: bool = False
    """Whether to train 20 experts on source tasks and to choose the nearest for each task."""
    descriptor: Descriptor = "full"
    """How tasks are described to the method."""
    seed: int = 0
    """Decides the tasks, the probe and the data, >= 0."""
    out: Annotated[
        OptionalPath, tyro.conf.arg(metavar="DIR", help_behavior_hint="(default: runs/FAMILY-embeddings)")
    ] = None
    """The folder of table and pictures; files of the same names are replaced."""

    def __post_init__(self):
        check_seed(self.seed)
        for name, least in {"tasks": 3, "iterations": 1, "support": 1}.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}, but it must be at least {least}")


def run(args: list[str]) -> None:
    """Embeds."""
    names, rest = leading(args, ["FAMILY"], "embed")
    if not names:
        about = f"{__doc__} A FAMILY ({', '.join(FAMILIES)}) has options of its own: hypermaml embed FAMILY --help."
        parse((Options(),), rest, prog="hypermaml embed FAMILY", about=about)
    kind = FAMILIES[check_known("family", names[0], FAMILIES)]
    preset, own = preset_of(kind, rest), "hypermaml_set" if "none" in kind.described else "hypermaml"
    given = Options(
        by="method" if kind.on_policy or not kind.networks else "task2vec", method=own, descriptor=kind.described[0]
    )
    options, experiment = parse(
        (given, kind.at(preset)), rest, prog=f"hypermaml embed {kind.name}", about=f"{__doc__} {kind.__doc__}"
    )
    if options.by == "task2vec" and kind.on_policy:
        raise UsageError(f"Task2Vec needs examples with labels, and {kind.name} has none: write --by method")
    if options.by == "task2vec" and not kind.networks:
        raise UsageError(f"Task2Vec fits the last layer of a network, and {kind.name} has none: write --by method")
    if options.by == "method" and options.select:
        raise UsageError("--select chooses experts by Task2Vec: leave out --by method")
    check_known("method", options.method, [*kind.methods(), "none"])
    folder = options.out or Path("runs", f"{kind.name}-embeddings")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--out: {folder} is a file; name a folder")

    from hypermaml.cli.progress import Monitor
    from hypermaml.cli.terminal import errors

    with Monitor(errors(), "starting") as monitor:
        from hypermaml.task_embeddings.study import study

        experiment.prepare(monitor.prepare)
        embedded, told = study(experiment, options, say=monitor.say)
        monitor.say("drawing")
        folder.mkdir(parents=True, exist_ok=True)
        found = write(folder, embedded, told)
    for line in sentences(found):
        print(line)
    print(f"Table and pictures: {folder}")


def write(folder: Path, embedded: Embedded, told: dict[str, Any]) -> dict[str, Any]:
    """The pictures, then the tables."""
    from hypermaml.report.plots.style import save
    from hypermaml.report.plots.tasks import plot_distances, plot_map
    from hypermaml.task_embeddings.measures import clustered_order, scaled
    from hypermaml.task_embeddings.table import write_table

    points, shares = scaled(embedded.distances)
    marks: dict[str, Any] = {"names": embedded.group_names, "unseen": embedded.unseen}
    save(plot_map(points, shares, embedded.groups, embedder=told["embedder"], **marks), folder)
    if embedded.starts is not None and embedded.starts.any():
        starts = scaled(embedded.starts)
        save(plot_map(*starts, embedded.groups, embedder=told["method"], **marks, of="initializations"), folder)
    save(plot_distances(embedded.distances, clustered_order(embedded.distances), embedded.groups), folder)
    return write_table(folder, embedded, told)


def sentences(found: dict[str, Any]) -> list[str]:
    """What the table says, in words."""
    lines = [f"{found['tasks']} tasks of {found['family']}, {found['entries']} entries each ({found['embedder']})."]
    near, with_starts = found["neighbors"], found["correlation with generated initializations"]
    if near is not None:
        lines.append(
            f"The nearest other task is of the same group for {near['share']:.0%} [{near['low']:.0%}, "
            f"{near['high']:.0%}] of the tasks; by chance it is for {near['chance']:.0%} ({near['groups']} groups)."
        )
    if with_starts is not None:
        lines.append(
            f"Distances go with those of the initializations that {found['method']} generates: rank correlation "
            f"{with_starts['value']:.2f} [{with_starts['low']:.2f}, {with_starts['high']:.2f}]."
        )
    if found["selection"] is not None:
        lines.append(
            "Of 20 experts, the last layer refitted to the support set, the nearest by Task2Vec scores {chosen:.3g}, "
            "one drawn {random:.3g}, the average one {average:.3g}, the best one {best:.3g}; gain over the average "
            "one {gain:.3g} [{low:.3g}, {high:.3g}].".format(**found["selection"])
        )
    return lines
