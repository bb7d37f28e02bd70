"""Tables as plain strings, for the terminal, Markdown, CSV and the page."""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from hypermaml.report.learning import Reach
from hypermaml.report.results import Results
from hypermaml.report.scope import described
from hypermaml.report.statistics import Estimate, Gain, Row, clear_of_zero


@dataclass(frozen=True)
class Table:
    """A table to print: every row has one string per header."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """Return the table in Markdown under its title."""
        escaped = [[text.replace("|", "\\|") for text in row] for row in (self.headers, *self.rows)]
        lines = ["| " + " | ".join(row) + " |" for row in escaped]
        rule = "|" + "|".join([" :-- "] + [" --: "] * (len(self.headers) - 1)) + "|"
        return "\n".join([f"**{self.title}**", "", lines[0], rule, *lines[1:], ""])

    def plain(self) -> str:
        """Return the table as aligned text under its title."""
        rows = (self.headers, *self.rows)
        widths = [max(len(row[column]) for row in rows) for column in range(len(self.headers))]
        lines = (
            "  ".join(
                text.ljust(width) if not column else text.rjust(width) for column, (text, width) in enumerate(each)
            )
            for each in (zip(row, widths, strict=True) for row in rows)
        )
        return "\n".join([self.title, *lines, ""])


def number(value: float, uncertainty: float = math.nan) -> str:
    """Return a number to two digits of its uncertainty, or to three digits without one."""
    if not math.isfinite(value):
        return str(value)
    if abs(value) >= 1e6:
        return f"{value:.3g}"
    magnitude = math.floor(math.log10(abs(value))) if value else 0
    digits = 2 - magnitude
    if math.isfinite(uncertainty) and uncertainty > 0:
        finest = 4 - magnitude if value else 6
        digits = min(1 - math.floor(math.log10(uncertainty)), finest)
    text = f"{value:.{max(digits, 0)}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def describe(estimate: Estimate, *, interval: bool = False) -> str:
    """`mean ± half-width`, or `mean [low, high]`; how many scores are not finite where some are not."""
    if estimate.n_nonfinite:
        return f"not finite ({estimate.n_nonfinite} of {estimate.n_seeds * estimate.n_tasks})"
    half = estimate.half_width
    if math.isnan(half):  # one score
        return number(estimate.mean)
    if interval:
        return f"{number(estimate.mean, half)} [{number(estimate.low, half)}, {number(estimate.high, half)}]"
    return f"{number(estimate.mean, half)} ± {number(half, max(half, 1e-4 * abs(estimate.mean)))}"


def score_tables(results: Results, rows: Sequence[Row], *, interval: bool = False) -> list[Table]:
    """Return one table per variant, descriptor, split and metric: methods down, inner steps across.

    Args:
        results: The run, for its titles.
        rows: What `summarize` or `differences` gave. In tables of differences a star marks those that are clear of
            zero, with Holm's correction for all differences of the table.
        interval: Write `mean [low, high]` instead of `mean ± half-width`.
    """
    tables = []
    for _, group in groupby(rows, key=lambda row: row.cell[:4]):
        members = list(group)
        found: dict[tuple[str, str], dict[int, Estimate]] = {}
        for row in members:
            found.setdefault((row.cell.method, row.reference), {})[row.inner_step] = row.estimate
        steps = sorted({row.inner_step for row in members})
        compared = bool(members[0].reference)
        headers = ("method", *(["minus"] if compared else []), *(f"step {step}" for step in steps), "seeds × tasks")
        lines, clear = [], clear_of_zero([row.estimate for row in members]) if compared else [False] * len(members)
        starred = {
            (row.cell.method, row.reference, row.inner_step) for row, its in zip(members, clear, strict=True) if its
        }
        for (method, reference), cells in found.items():
            scores = [
                describe(estimate, interval=interval) + (" *" if (method, reference, step) in starred else "")
                for step, estimate in cells.items()
            ]
            scores += ["–"] * (len(steps) - len(scores))
            first = cells[min(cells)]
            names = (method, reference) if compared else (method,)
            lines.append((*names, *scores, counts(first)))
        tables.append(Table(_title(results, members[0]), headers, tuple(lines)))
    return tables


def counts(estimate: Estimate) -> str:
    """Return seeds × tasks; how many different tasks there are where seeds share them."""
    of = f" of {estimate.n_shared} shared" if estimate.n_shared else ""
    return f"{estimate.n_seeds} × {estimate.n_tasks}{of}"


def _title(results: Results, row: Row) -> str:
    better = "higher" if results.direction(row.cell.metric) > 0 else "lower"
    what = f"{row.cell.metric} ({better} is better)"
    if row.reference:
        what = f"difference in {what}, * clear of zero (Holm)"
    extra = results.extra(row.cell.variant)
    parts = [what, row.cell.split, described(row.cell.descriptor), *([extra] if extra else [])]
    return " · ".join(parts)


def gain_table(results: Results, rows: Sequence[Gain], *, descriptor: str, split: str) -> Table:
    """Return what conditioning gives and what adaptation adds, in the main variant and the primary metric."""
    wanted = (results.main, descriptor, split, results.metric)
    kept = [row for row in rows if row.cell[:4] == wanted]
    estimates = [(row.cell.method, (row.before, row.after, row.gain)) for row in kept]
    lines = [(method, *(describe(estimate, interval=True) for estimate in three)) for method, three in estimates]
    headers = ("method", "step 0 (conditioning alone)", "last step", "change by adaptation")
    return Table(f"{results.metric} · {split} · {described(descriptor)}", headers, tuple(lines))


def reach_table(rows: Sequence[Reach]) -> Table:
    """Return iterations and environment steps to MAML's final score: median over seeds and range."""
    with_steps = any(steps for row in rows for steps in row.environment_steps)
    lines = []
    for row in rows:
        reached = sum(count is not None for count in row.iterations)
        texts = [_spread(row.iterations), *([_spread(row.environment_steps)] if with_steps else [])]
        lines.append((row.method, row.descriptor, number(row.target), *texts, f"{reached} of {len(row.iterations)}"))
    columns = ("iterations", *(["environment steps"] if with_steps else []))
    headers = ("method", "descriptor", "MAML's final score", *columns, "seeds that reached it")
    return Table(
        "Cost to reach MAML's final score after one inner step: median over seeds [range]", headers, tuple(lines)
    )


def _spread(counts: Sequence[int | None]) -> str:
    if all(count is None for count in counts):
        return "not reached"
    places = np.array([math.inf if count is None else count for count in counts])
    texts = ["not reached" if place == math.inf else f"{place:,.0f}" for place in _middle(places)]
    return texts[0] if len(counts) == 1 else f"{texts[0]} [{texts[1]}, {texts[2]}]"


def _middle(places: np.ndarray) -> tuple[float, float, float]:
    return float(np.quantile(places, 0.5, method="higher")), float(places.min()), float(places.max())


def mapping_table(title: str, entries: Mapping[str, Mapping[str, Any]]) -> Table:
    """Return a table of settings by name, such as the budget of each method; absent entries stay empty."""
    columns = tuple(dict.fromkeys(column for values in entries.values() for column in values))
    lines = [(name, *(setting(values.get(column, "")) for column in columns)) for name, values in entries.items()]
    return Table(title, ("method", *columns), tuple(lines))


def setting(value: Any) -> str:
    """Return a setting as a reader wants it: whole numbers with separators, fractions without a tail of digits."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """Return all estimates at full precision, one line per method with the inner steps across."""
    steps = range(1 + max(row.inner_step for row in rows))
    fields = ("mean", "low", "high", "n_nonfinite")
    headers = ["variant", "descriptor", "split", "metric", "method", "minus", "n_seeds", "n_tasks"]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*headers, *(f"step_{step}_{field}" for step in steps for field in fields)])
        for (cell, reference), members in groupby(rows, key=lambda row: (row.cell, row.reference)):
            cells = [row.estimate for row in members]
            values = [getattr(estimate, field) for estimate in cells for field in fields]
            writer.writerow([*cell, reference, cells[0].n_seeds, cells[0].n_tasks, *values])
