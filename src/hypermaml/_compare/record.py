"""What a report needs of a run beside its scores, recorded at training time: `record.json` and `references/SEED.csv`.

With these files a report loads no model and builds no family, whoever wrote the family and the methods.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from hypermaml._compare.comparison import Comparison
from hypermaml._compare.training_run import TrainingRun, iterations_of
from hypermaml._misc.tables import csv_text
from hypermaml.experiments.experiment import Experiment
from hypermaml.methods.config import MethodConfig
from hypermaml.run.folder import RunFolder, RunFolderError

if TYPE_CHECKING:
    from hypermaml._core.family import AbstractFamily

NAME, REFERENCES = "record.json", "references"
REFERENCE_COLUMNS = ("split", "task", "kind", "name", "variant", "value")
_OF_CLASS = ("label", "summary", "color", "marker", "open_marker", "width")
FLOOR, REFERENCE, GROUP, TASK = "floor", "reference", "group", "task"  # the kinds of rows
# The options of a test: without the test-time schedule, with the description of another task, at other support sizes.
SCHEDULE, DESCRIPTION, SUPPORT = "schedule", "description", "support"


@dataclass(frozen=True)
class MetricRecord:
    """How to read a score: its direction, its unit, and its label (its name where that is empty)."""

    higher_is_better: bool = False
    unit: str = ""
    label: str = ""


@dataclass(frozen=True)
class MethodRecord:
    """How a method is called, drawn and explained, and its budget.

    Attributes:
        label: its name in prose and plots; empty for the name of the run.
        summary: one line on what it is.
        color: of its curves; empty for one by its name.
        marker: of its points.
        open_marker: whether the marker is hollow.
        width: of its curves.
        reads_description: whether each descriptor has training runs of its own.
        iterations: meta-iterations of a training run.
        inner_lr: the inner rate.
        inner_clip: the bound on the inner gradient, as text.
        outer: the outer update in words; empty for a method that is not trained.
        tuning: the rates with the grid that tuning tries; empty where there is none.
    """

    label: str = ""
    summary: str = ""
    color: str = ""
    marker: str = ""
    open_marker: bool = False
    width: float = 0.0
    reads_description: bool = False
    iterations: int = 0
    inner_lr: float = 0.0
    inner_clip: str = ""
    outer: str = ""
    tuning: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of_class(cls, kind: type[MethodConfig], **others: Any) -> MethodRecord:
        """Return what a method's class says of itself, with the other fields as given."""
        return cls(**{name: getattr(kind, name) for name in _OF_CLASS}, **others)


@dataclass(frozen=True)
class Record:
    """What a report needs of a run. The order of metrics, splits, descriptors and methods is that of the report.

    Attributes:
        family: its name.
        variant: the options of the family that differ from their defaults, as `key=value` joined by semicolons.
        metrics: by name; a report leads with the first.
        splits: all of the family.
        descriptors: of the comparison.
        methods: by name.
        seeds: of the comparison.
        budget: of the comparison.
        optimum: the name of the reference that is the best there can be.
        group_names: of the groups of tasks, by number.
        picture: the array of a picture that each method has of its own; empty for no picture.
    """

    family: str
    variant: str = ""
    metrics: Mapping[str, MetricRecord] = field(default_factory=dict)
    splits: tuple[str, ...] = ()
    descriptors: tuple[str, ...] = ()
    methods: Mapping[str, MethodRecord] = field(default_factory=dict)
    seeds: tuple[int, ...] = ()
    budget: Mapping[str, int] = field(default_factory=dict)
    optimum: str = "optimum"
    group_names: tuple[str, ...] = ()
    picture: str = ""

    def training_run(self, method: str, descriptor: str, seed: int) -> str:
        """Return the name of a training run."""
        return f"{descriptor if self.methods[method].reads_description else 'any'}/{method}/{seed}"

    def training_runs(self) -> list[str]:
        """Return the name of each training run once."""
        names = (
            self.training_run(method, descriptor, seed)
            for seed in self.seeds
            for descriptor in self.descriptors
            for method in self.methods
        )
        return list(dict.fromkeys(names))

    @classmethod
    def read(cls, run: RunFolder) -> Record:
        """Read the record of a run; a field that an older program did not write has its default.

        Raises:
            RunFolderError: it is missing or damaged.
        """
        if not run.has(NAME) and not run.finished():
            raise ValueError(f"{run.path} holds no finished training run yet, so there is nothing to report")
        saved = run.read_json(NAME)
        try:
            metrics = {name: _known(MetricRecord, entry) for name, entry in saved["metrics"].items()}
            methods = {name: _known(MethodRecord, entry) for name, entry in saved["methods"].items()}
            found = _known(cls, saved | {"metrics": metrics, "methods": methods})
            for name in ("test_tasks", "steps", "meta_batch"):
                if found.budget[name] < 1:
                    raise TypeError(f"{name} is {found.budget[name]}")
            return found
        except (KeyError, TypeError, AttributeError) as error:
            raise RunFolderError(f"{run.path / NAME} is damaged: it is not a record of a run ({error}).") from None


def _known(kind: type, saved: Mapping[str, Any]) -> Any:
    """Build a dataclass from those entries that it has; lists become tuples."""
    own = {each.name for each in fields(kind)}
    kept = {name: tuple(value) if isinstance(value, list) else value for name, value in saved.items() if name in own}
    types = get_type_hints(kind)
    for name, value in kept.items():
        if not _fits(value, types[name]):
            raise TypeError(f"{name} is {str(value)[:40]}")
    return kind(**kept)


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value is of the type of its field."""
    origin, parts = get_origin(kind) or kind, get_args(kind)
    if origin is tuple:
        return isinstance(value, tuple) and all(_fits(each, parts[0]) for each in value)
    if origin is Mapping:
        return isinstance(value, Mapping) and all(_fits(each, parts[1]) for each in value.values())
    if origin is Any:
        return True
    plain = int | float if origin is float else origin
    return isinstance(value, plain) and isinstance(value, bool) == (origin is bool)


def write_record(comparison: Comparison, family: AbstractFamily, run: RunFolder) -> None:
    """Write `record.json`."""
    text = json.dumps(asdict(record_of(comparison, family)), indent=1, allow_nan=False)
    run.write(NAME, text + "\n")


def record_of(comparison: Comparison, family: AbstractFamily) -> Record:
    """Return the record of a comparison.

    Args:
        comparison: what is compared.
        family: with any description.
    """
    from hypermaml._core.family import OPTIMUM

    picture = family.picture

    experiment = comparison.experiment
    described = [descriptor for descriptor in experiment.describes if descriptor in comparison.descriptors]
    own = experiment.settings(comparison.descriptors)
    methods = {
        name: _method(comparison.methods[name], comparison, experiment, name if name in own else "")
        for name in comparison.names
    }
    return Record(
        family=experiment.name,
        variant=experiment.variant(),
        metrics={name: _known(MetricRecord, asdict(metric)) for name, metric in reported(family).items()},
        splits=tuple(family.splits),
        descriptors=tuple(described),
        methods=distinguished(methods),
        seeds=tuple(comparison.seeds),
        budget=asdict(comparison.budget),
        optimum=OPTIMUM,
        group_names=tuple(family.group_names),
        picture="" if picture is None else picture.name,
    )


def distinguished(methods: Mapping[str, MethodRecord]) -> dict[str, MethodRecord]:
    """Return the methods with labels and looks that differ: configurations of one class are called by their names."""
    labels = Counter(method.label for method in methods.values())
    found, drawn = {}, set()
    for name, method in methods.items():
        if labels[method.label] > 1:
            method = replace(method, label="")
            if (look := (method.color, method.marker, method.open_marker)) in drawn:
                method = replace(method, color="", marker="", open_marker=False)
            drawn.add(look)
        found[name] = method
    return found


def reported(family: AbstractFamily) -> dict[str, Any]:
    """Return the metrics in the order of a report: the first one that leads, then the others."""
    leading = [name for name, metric in family.metrics.items() if metric.leads] or list(family.metrics)
    return {leading[0]: family.metrics[leading[0]], **family.metrics}


def _method(settings: MethodConfig, comparison: Comparison, experiment: Experiment, tuned: str) -> MethodRecord:
    outer = settings.outer.name + (f", {settings.outer_lr:g}" if settings.has_outer_lr else "")
    clip = getattr(settings.outer, "clip", math.inf)
    outer += f", clip {clip:g}" if math.isfinite(clip) else ""
    return MethodRecord.of_class(
        type(settings),
        reads_description=settings.reads_description,
        iterations=iterations_of(settings, comparison.budget),
        inner_lr=settings.inner_lr,
        inner_clip=f"{settings.inner_clip:g}",
        outer=outer if settings.trained else "",
        tuning=_tuning(settings, experiment.grid(tuned)) if tuned else {},
    )


def _tuning(settings: MethodConfig, trials: list[MethodConfig]) -> dict[str, Any]:
    """Return the rates of a method and the grid that they are tuned on."""
    with_outer = settings.has_outer_lr
    field = settings.trial_field
    return {
        "inner rate": getattr(settings, field) if field else "",
        "inner rates of the grid": _rates(getattr(trial, field) for trial in trials) if field else "",
        "outer rate": settings.outer_lr if with_outer else "",
        "outer rates of the grid": _rates(trial.outer_lr for trial in trials) if with_outer else "",
        "trials": len(trials),
    }


def _rates(rates: Iterable[float]) -> str:
    return ", ".join(f"{rate:g}" for rate in sorted(set(rates)))


def references_of(seed: int) -> str:
    """Return the name of the file of what is known of the test tasks of a seed."""
    return f"{REFERENCES}/{seed}.csv"


def record_references(training: TrainingRun, run: RunFolder) -> None:
    """Write `references/SEED.csv`, once a seed: floors, references, groups and identities of test tasks."""
    import jax
    import numpy as np

    from hypermaml._core.evaluate import test_data

    name = references_of(training.seed)
    if run.has(name):
        return
    family, rows = training.family, []
    for split in family.test_splits:
        tasks, key = training.tasks(split), training.evaluation_key(split)
        floors, groups = jax.vmap(family.floor)(tasks), family.group(tasks)
        known = {} if floors is None else {(FLOOR, "", ""): floors}
        tests = {"": training} | {f"{SUPPORT}={size}": training.with_support(size) for size in family.support_sizes}
        for variant, tested in tests.items():
            here = tested.tasks(split)
            references = tested.family.references(here, *test_data(tested.family, here, key=key))
            known |= {(REFERENCE, name, variant): scores for name, scores in references.items()}
            rows += [
                (split, task, TASK, "", variant, identity)
                for task, identity in enumerate(tested.family.identities(here))
            ]
        known |= {} if groups is None else {(GROUP, "", ""): groups}
        for named, values in known.items():
            listed = enumerate(np.asarray(values).tolist())
            rows += [(split, task, *named, repr(value)) for task, value in listed]
    run.write(name, csv_text(REFERENCE_COLUMNS, rows))
