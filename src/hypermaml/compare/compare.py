"""A comparison: methods × seeds × descriptors, each a training run of its own, gathered into one table."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hypermaml.compare.unit import Progress, Unit, run_unit
from hypermaml.experiments.experiment import Budget, Descriptor, Experiment
from hypermaml.methods.settings import Settings
from hypermaml.run.atomic import write_atomic
from hypermaml.run.folder import RunFolder, open_run
from hypermaml.run.metrics import read

FIELDS = ("family", "variant", "descriptor", "split", "method", "seed", "task", "inner_step", "metric", "value")


@dataclass(frozen=True)
class Comparison:
    """What is compared.

    Attributes:
        experiment: the family and its options.
        methods: settings by name.
        budget: the same for all.
        seeds: of the repetitions, distinct.
        descriptors: each gives one complete comparison; methods that read no descriptor run once for all of them.

    Raises:
        ValueError: there are no methods, seeds or descriptors, or one is named twice.
    """

    experiment: Experiment
    methods: Mapping[str, Settings]
    budget: Budget
    seeds: Sequence[int]
    descriptors: Sequence[Descriptor] = field(default=("full",))

    def __post_init__(self):
        for name, values in {"methods": list(self.methods), "seeds": self.seeds, "descriptors": self.descriptors}.items():
            if not values or len(set(values)) < len(values):
                raise ValueError(f"{name} are {list(values)}: give at least one, and none twice")

    def config(self) -> dict[str, Any]:
        """All that the results depend on, in what JSON holds."""
        return _plain(
            {
                "family": self.experiment.name,
                "variant": self.experiment.variant(),
                "options": asdict(self.experiment),
                "methods": {name: asdict(settings) for name, settings in self.methods.items()},
                "budget": asdict(self.budget),
                "seeds": list(self.seeds),
                "descriptors": list(self.descriptors),
            }
        )

    def unit(self, method: str, descriptor: Descriptor, seed: int) -> Unit:
        """The training run behind one method, descriptor and seed."""
        settings = self.methods[method]
        folder = descriptor if settings.described else "any"
        family = self.experiment.family(descriptor if settings.described else "full")
        return Unit(f"{folder}/{method}/{seed}", settings, family, self.budget, seed)

    def units(self) -> Iterator[Unit]:
        """Each training run once: seed by seed, so that an unfinished comparison has all methods of its first seeds."""
        seen = set()
        for seed in self.seeds:
            for descriptor in self.descriptors:
                for method in self.methods:
                    unit = self.unit(method, descriptor, seed)
                    if unit.name not in seen:
                        seen.add(unit.name)
                        yield unit


def compare(
    comparison: Comparison, out: Path, *, resume: bool = False, report: Callable[[Progress], None] = lambda _: None
) -> Path:
    """Runs what is not finished, then writes `results.csv`.

    Args:
        comparison: what to compare.
        out: the run folder.
        resume: go on with the run that the folder holds; a finished one is left as it is.
        report: told of each chunk.

    Returns:
        The path of `results.csv`.

    Raises:
        RunFolderError, RunInUse, CheckpointError: see `open_run` and `restore`.
    """
    with open_run(out, comparison.config(), resume=resume) as run:
        if not run.finished():
            for unit in comparison.units():
                if not run.finished(unit.name):
                    run_unit(unit, run.unit(unit.name), report)
            gather(comparison, run)
    return out / "results.csv"


def gather(comparison: Comparison, run: RunFolder) -> None:
    """Writes `results.csv` from the results of all units, each descriptor a complete comparison."""
    base = comparison.experiment.variant()
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(FIELDS)
    for descriptor, method, seed in _cells(comparison):
        folder = run.unit(comparison.unit(method, descriptor, seed).name)
        with (folder / "results.csv").open(newline="") as file:
            for row in csv.DictReader(file):
                variant = ";".join(sorted(part for part in (*base.split(";"), *row["variant"].split(";")) if part))
                head = (comparison.experiment.name, variant, descriptor, row["split"], method)
                writer.writerow((*head, *(row[name] for name in ("seed", "task", "inner_step", "metric", "value"))))
    write_atomic(run.path / "results.csv", table.getvalue())


def learning_curves(comparison: Comparison, run: RunFolder) -> list[dict[str, Any]]:
    """The curves of all units on meta-validation, a row for each iteration, inner step and metric."""
    rows = []
    for descriptor, method, seed in _cells(comparison):
        for line in read(run.unit(comparison.unit(method, descriptor, seed).name)):
            for name, value in line.items():
                metric, _, step = name.partition("/")
                if step and "|" not in metric:
                    head = {"descriptor": descriptor, "method": method, "seed": seed, "iteration": line["iteration"]}
                    cost = int(line.get("environment_steps", 0))
                    rows.append(head | {"environment_steps": cost, "inner_step": int(step), "metric": metric, "value": value})
    return rows


def traces(comparison: Comparison, run: RunFolder) -> dict[str, dict[str, np.ndarray]]:
    """The arrays of pictures by descriptor, where seed 0 took part."""
    pictures: dict[str, dict[str, np.ndarray]] = {}
    for descriptor, method, seed in _cells(comparison):
        unit = comparison.unit(method, descriptor, seed)
        path = run.unit(unit.name) / "traces.npz"
        if path.exists():
            with np.load(path) as arrays:
                portrayed = unit.family.portrayed
                scene = pictures.setdefault(descriptor, {name: arrays[name] for name in arrays if name != portrayed})
                scene[f"{portrayed}/{method}"] = arrays[portrayed]
    return pictures


def _cells(comparison: Comparison) -> Iterator[tuple[Descriptor, str, int]]:
    for descriptor in comparison.descriptors:
        for method in comparison.methods:
            for seed in comparison.seeds:
                yield descriptor, method, seed


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
