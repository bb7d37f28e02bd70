"""Open what `hypermaml explore` names: the methods of a run, and the scene of their family."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hypermaml.apply.load import load, open_comparison
from hypermaml.apply.trained import Trained
from hypermaml.explore.columns import inputs_of
from hypermaml.explore.plane import PlaneScene
from hypermaml.explore.scene import AbstractScene
from hypermaml.explore.sine import SineScene
from hypermaml.explore.table import TableScene
from hypermaml.families.navigation import Navigation
from hypermaml.families.recorded import AbstractRecordedFamily
from hypermaml.families.sine import AbstractSine
from hypermaml.families.table import TableFamily

FIRST = ("maml", "hypermaml")  # where a run has both
MOST_METHODS = 4


class Unsuitable(ValueError):
    """The page cannot show a run; the sentence says why."""


def open_methods(
    path: Path,
    *,
    methods: Sequence[str] = (),
    seed: int | None = None,
    descriptor: str | None = None,
    files: Mapping[str, str] | None = None,
) -> dict[str, Trained]:
    """Return trained methods by name.

    Args:
        path: the folder of a run, or a file that `Trained.save` wrote.
        methods: of the run; by default MAML and HyperMAML, or the first two where it lacks them.
        seed: of the run; the first by default.
        descriptor: how the tasks of the run are described; the first by default.
        files: of the run, by option, where they are now.

    Raises:
        Unsuitable: the file holds a model of one task.
        ValueError: the run has no such training run, or it cannot be read.
    """
    if not path.is_dir():
        found = load(path)
        if not isinstance(found, Trained):
            raise Unsuitable(f"{path} is an adapted model: name a run folder, or a file that Trained.save wrote")
        return {found.config.label or type(found.config).__name__: found}
    _, comparison = open_comparison(path, files=files or {})
    names = list(methods) or [name for name in FIRST if name in comparison.names] or comparison.names[:2]
    if len(set(names)) < len(names) or len(names) > MOST_METHODS:
        raise Unsuitable(f"methods are {', '.join(names)}, but they must be at most {MOST_METHODS}, each once")
    opened = dict[str, Trained]()
    for name in names:
        if name not in comparison.methods:
            raise Unsuitable(f"{path} holds no method {name}: its methods are {', '.join(comparison.names)}")
        reads = comparison.methods[name].reads_description
        how = (descriptor or comparison.descriptors[0]) if reads else None
        number = comparison.seeds[0] if seed is None else seed
        opened[name] = load(path, method=name, seed=number, description=how, files=files)
    return opened


def scene_of(path: Path, methods: Mapping[str, Trained], steps: int) -> AbstractScene:
    """Return how the page shows the methods.

    Args:
        path: that they are from, for sentences.
        methods: by name.
        steps: inner steps N, at least 1.

    Raises:
        Unsuitable: the page cannot show their family, or a method reads what a task of the page does not have.
    """
    family = next(iter(methods.values())).family
    for each in methods.values():
        if each.method.embed.reads_mode:
            raise Unsuitable(f"{each.config.label} reads the kind of a task, and a task of your own has none")
    if isinstance(family, AbstractSine):
        return SineScene(methods, steps)
    if isinstance(family, Navigation):
        return PlaneScene(methods, steps)
    if isinstance(family, AbstractRecordedFamily):
        check_recorded(path, family)
        return TableScene(methods, steps)
    raise Unsuitable(
        f"{path} is of {type(family).__name__}, but the explorer shows sine curves, navigation, and tables with one "
        "or two inputs that are numbers"
    )


def check_recorded(path: Path, family: Any) -> None:
    """Check that the page can draw recorded examples.

    Raises:
        Unsuitable: it cannot.
    """
    if not len(family.x):
        raise Unsuitable(f"{path} holds a method without its rows: name the folder of its run")
    inputs = inputs_of(family)
    if isinstance(family, TableFamily):
        names = ", ".join(each.name for each in family.columns.inputs)
        wrong = not all(each is not None and each.kind == "number" for each in inputs)
    else:
        names, wrong = f"{family.input_shape}", False
    if wrong or len(inputs) not in (1, 2):
        raise Unsuitable(
            f"{path} has the inputs {names}, but the explorer draws one or two inputs that are numbers: name them "
            "with --inputs when you train"
        )
    if family.classes not in (0, 2) or family.output_shape not in ((), (1,)) or family.loss is not None:
        raise Unsuitable(f"{path} must predict one number or one of two classes with the usual loss for the explorer")
