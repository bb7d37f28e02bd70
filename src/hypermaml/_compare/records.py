"""Read what the training runs of a comparison left in its run folder. No family is built, and JAX is not needed."""

from __future__ import annotations

import io
import math
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import numpy as np

from hypermaml._compare.record import FLOOR, REFERENCE, REFERENCE_COLUMNS, SUPPORT, TASK, Record, references_of
from hypermaml._misc.checks import LARGEST
from hypermaml._misc.read import parse_csv, text_of
from hypermaml._misc.tables import csv_text
from hypermaml.run.folder import RESULTS, SUMMARY, RunFolder, RunFolderError
from hypermaml.run.metrics import NAME as LOG
from hypermaml.run.metrics import rows_in

NOTES, TRACES = "training-run.json", "traces.npz"
COLUMNS = ("split", "seed", "task", "inner_step", "metric", "variant", "value")  # of a training run's results.csv
FIELDS = ("family", "variant", "descriptor", "split", "method", "seed", "task", "inner_step", "metric", "value")


# The identity of tasks: by option of the test, which is empty for the main one, and split; by seed and task.
Identities = dict[tuple[str, str], dict[tuple[int, int], str]]


class Cell(NamedTuple):
    """A method with a descriptor and a seed, and the name of its training run."""

    descriptor: str
    method: str
    seed: int
    name: str


@dataclass(frozen=True)
class RecordedRun:
    """A run folder and its record.

    Attributes:
        folder: of the run.
        record: the facts for its report.
    """

    folder: RunFolder
    record: Record

    @classmethod
    def read(cls, folder: RunFolder) -> RecordedRun:
        """Read the record of a run folder.

        Raises:
            RunFolderError: the record is damaged.
            ValueError: no training run has begun yet.
        """
        return cls(folder, Record.read(folder))

    @property
    def missing(self) -> list[str]:
        """The training runs that are not finished."""
        return [name for name in self.record.training_runs() if not self.folder.finished(name)]

    def cells(self) -> Iterator[Cell]:
        """Yield each descriptor, method and seed whose training run is finished."""
        for descriptor in self.record.descriptors:
            for method in self.record.methods:
                for seed in self.record.seeds:
                    name = self.record.training_run(method, descriptor, seed)
                    if self.folder.finished(name):
                        yield Cell(descriptor, method, seed, name)

    def rows(self, name: str) -> list[dict[str, str]]:
        """Return the rows of a finished training run; see `rows_of`."""
        return rows_of(self.folder, name, tasks=self.record.budget["test_tasks"], steps=self.record.budget["steps"])


def gather(recorded: RecordedRun) -> None:
    """Write `results.csv` from the results of all finished training runs, each descriptor a complete comparison."""
    rows = (
        row
        for cell in recorded.cells()
        for row in long_form(recorded.record, cell.descriptor, cell.method, recorded.rows(cell.name))
    )
    recorded.folder.write(RESULTS, csv_text(FIELDS, rows))


def rows_of(run: RunFolder, name: str, *, tasks: int, steps: int) -> list[dict[str, str]]:
    """Return the rows of a training run's `results.csv`, proven to be whole.

    Args:
        run: the run folder.
        name: of the training run, which is finished.
        tasks: of each split.
        steps: inner steps N.

    Raises:
        RunFolderError: a row is damaged or missing.
    """
    place = run.path / "training-runs" / name / RESULTS
    rows = rows_of_csv(run, RESULTS, COLUMNS, training_run=name)
    try:
        places = Counter((row["split"], row["metric"], row["variant"]) for row in rows)
        distinct = {tuple(row[name] for name in COLUMNS[:-1]) for row in rows}
        for row in rows:
            _ = int(row["seed"]), int(row["task"]), int(row["inner_step"]), float(row["value"])
    except ValueError as error:
        raise _damaged(place, run, f"a row is not a row of scores ({error})") from None
    wanted = tasks * (steps + 1)
    # A test with another number of support examples leaves out tasks that are too small for it.
    complete = [
        count == wanted or (SUPPORT in variant and count < wanted and count % (steps + 1) == 0)
        for (_, _, variant), count in places.items()
    ]
    if not rows or not all(complete) or len(distinct) < len(rows):
        raise _damaged(place, run, f"rows are missing or double, since each metric of each split has {wanted}")
    return rows


def rows_of_csv(
    run: RunFolder, name: str, columns: Sequence[str], *, training_run: str | None = None
) -> list[dict[str, str]]:
    """Return the rows of a CSV file of a run, proven to be whole.

    Args:
        run: the run folder.
        name: of the file.
        columns: of its header.
        training_run: that the file belongs to; it belongs to the whole run by default.

    Raises:
        RunFolderError: the file is missing or damaged.
    """
    place = run.path / name if training_run is None else run.path / "training-runs" / training_run / name
    contents = run.read(name, training_run=training_run)
    try:
        return parse_csv(text_of(contents, str(place)), columns, str(place))
    except ValueError as error:
        raise _damaged(place, run, str(error)) from None


def _damaged(path: Path, run: RunFolder, how: str) -> RunFolderError:
    return RunFolderError(
        f"{path} is damaged: {how}; delete {path.parent} and {run.path / SUMMARY}, and --resume makes this "
        "training run again"
    )


def long_form(record: Record, descriptor: str, method: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple]:
    """Yield a training run's rows with the columns `FIELDS` of a comparison."""
    for row in rows:
        variant = ";".join(sorted(part for part in f"{record.variant};{row['variant']}".split(";") if part))
        head = (record.family, variant, descriptor, row["split"], method)
        yield (*head, *(row[name] for name in FIELDS[len(head) :]))


def learning_curves(recorded: RecordedRun) -> list[dict[str, Any]]:
    """Return the curves on meta-validation, a row for each iteration, inner step and metric.

    Where training diverged, the curve ends with NaN.
    """
    rows = []
    for cell in recorded.cells():
        lines = log_of(recorded.folder, cell.name)
        if lines and notes_of(recorded.folder, cell.name)["diverged"]:
            lost = {name: math.nan for name in lines[-1] if "/" in name}
            lines.append(lines[-1] | lost | {"iteration": recorded.record.methods[cell.method].iterations})
        for line in lines:
            head = {"descriptor": cell.descriptor, "method": cell.method, "seed": cell.seed}
            head |= {"iteration": line["iteration"], "environment_steps": int(line.get("environment_steps", 0))}
            for name, value in line.items():
                metric, _, step = name.partition("/")
                if step and "|" not in metric:
                    rows.append(head | {"inner_step": int(step), "metric": metric, "value": value})
    return rows


def traces(recorded: RecordedRun) -> dict[str, dict[str, np.ndarray]]:
    """Return the arrays of pictures by descriptor, where seed 0 took part."""
    pictures: dict[str, dict[str, np.ndarray]] = {}
    own = recorded.record.picture
    for cell in recorded.cells():
        if own and cell.seed == 0:
            contents = recorded.folder.read(TRACES, training_run=cell.name)
            try:
                with np.load(io.BytesIO(contents)) as file:
                    arrays = dict(file)
            except (ValueError, OSError, BadZipFile, zlib.error, KeyError) as error:
                path = recorded.folder.path / "training-runs" / cell.name / TRACES
                raise _damaged(path, recorded.folder, f"it holds no arrays ({error})") from None
            if own not in arrays:
                path = recorded.folder.path / "training-runs" / cell.name / TRACES
                raise _damaged(path, recorded.folder, f"it has no array '{own}'")
            scene = pictures.setdefault(cell.descriptor, {name: arrays[name] for name in arrays if name != own})
            scene[f"{own}/{cell.method}"] = arrays[own]
    return pictures


def floors(recorded: RecordedRun) -> dict[str, dict[tuple[int, int], float]]:
    """Return for each test split the scores of doing nothing, by seed and task; empty where they are not known."""
    found: dict[str, dict[tuple[int, int], float]] = {}
    for seed, row in _known_scores(recorded):
        if row["kind"] == FLOOR:
            found.setdefault(row["split"], {})[seed, int(row["task"])] = float(row["value"])
    return found


def references(recorded: RecordedRun) -> dict[str, dict[str, dict[str, dict[tuple[int, int], float]]]]:
    """Return the scores of what needs no meta-training, by option of the test, split, name, and seed with task."""
    found: dict[str, dict[str, dict[str, dict[tuple[int, int], float]]]] = {}
    for seed, row in _known_scores(recorded):
        if row["kind"] == REFERENCE:
            variant = found.setdefault(row.get("variant") or "", {})
            own = variant.setdefault(row["split"], {}).setdefault(row["name"], {})
            own[seed, int(row["task"])] = float(row["value"])
    return found


def identities(recorded: RecordedRun) -> Identities:
    """Return which tasks are the same, see `AbstractFamily.identities`; empty for a run of an older version."""
    found: Identities = {}
    for seed, row in _known_scores(recorded):
        if row["kind"] == TASK:
            found.setdefault((row.get("variant") or "", row["split"]), {})[seed, int(row["task"])] = row["value"]
    return found


def _known_scores(recorded: RecordedRun) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each seed with each row of its references."""
    run, begun = recorded.folder, {cell.seed for cell in recorded.cells()}
    for seed in recorded.record.seeds:
        if seed in begun and (run.verified or run.has(references_of(seed))):
            for row in rows_of_csv(run, references_of(seed), REFERENCE_COLUMNS):
                yield seed, row


def budgets(recorded: RecordedRun) -> dict[str, dict[str, Any]]:
    """Return the budget of each method, and its test-time schedules, over its finished training runs."""
    table: dict[str, dict[str, Any]] = {}
    for method, names in _names_by_method(recorded).items():
        known = recorded.record.methods[method]
        notes = [notes_of(recorded.folder, name) for name in names]
        lines = [line for name in names for line in log_of(recorded.folder, name)]
        schedules = Counter(
            f"rate × {note['schedule']['later_rate']:g}, clip {float(note['schedule']['later_clip']):g}"
            for note in notes
            if note["schedule"]
        )
        table[method] = {
            "meta-iterations": known.iterations,
            "tasks": known.iterations * recorded.record.budget["meta_batch"],
            "trained parameters": _several(note.get("parameters") for note in notes),
            "environment steps": int(max((line.get("environment_steps", 0) for line in lines), default=0)),
            "inner rate": known.inner_lr,
            "inner clip": known.inner_clip,
            "outer update": known.outer,
            "test-time schedule (training runs)": "; ".join(f"{each} ({n})" for each, n in schedules.most_common()),
            "diverged": f"{sum(note['diverged'] is not None for note in notes)} of {len(notes)}",
        }
    return table


def _several(counts: Iterable[int | None]) -> str:
    """Each different number once, with commas; descriptions of different sizes have generators of different sizes."""
    return "; ".join(f"{count:,}" for count in sorted({count for count in counts if count is not None}))


def tuning(recorded: RecordedRun) -> dict[str, Mapping[str, Any]]:
    """Return the rates of each method and the grid that its rates are tuned on, where it has one."""
    return {name: method.tuning for name, method in recorded.record.methods.items() if method.tuning}


def notes_of(run: RunFolder, name: str) -> dict[str, Any]:
    """Return the notes of a finished training run: its test-time schedule, and where it diverged."""
    notes = run.read_json(NOTES, training_run=name)
    schedule, diverged, parameters = (notes.get(key, 0) for key in ("schedule", "diverged", "parameters"))
    known = isinstance(schedule, dict) and all(_is_number(value) for value in schedule.values())
    whole = known and set(schedule) in (set(), {"later_rate", "later_clip"}) and isinstance(diverged, str | None)
    if not whole or isinstance(parameters, bool) or not isinstance(parameters, int | None):
        place = run.path / "training-runs" / name / NOTES
        raise _damaged(place, run, "it is not the notes of a training run")
    return notes


def log_of(run: RunFolder, name: str) -> list[dict[str, Any]]:
    """Return the log of a finished training run, proven to be whole: a row for each point of the learning curve.

    Raises:
        RunFolderError: it is damaged.
    """
    return rows_in(run.read(LOG, training_run=name), run.path / "training-runs" / name / LOG)


def _is_number(value: Any) -> bool:
    try:
        return not isinstance(value, bool | list | dict) and (abs(float(value)) <= LARGEST or math.isinf(float(value)))
    except (TypeError, ValueError, OverflowError):
        return False


def _names_by_method(recorded: RecordedRun) -> dict[str, list[str]]:
    """Return the finished training runs of each method, each once."""
    found: dict[str, dict[str, None]] = {}
    for cell in recorded.cells():
        found.setdefault(cell.method, {})[cell.name] = None
    return {method: list(names) for method, names in found.items()}
