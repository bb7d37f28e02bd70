"""State recorded tables again with Student's intervals, from the bootstrap's that they hold.

Until version 0.2 an interval was a hierarchical bootstrap over seeds and tasks, which is too narrow with few seeds. The
rows behind most records are not kept, so that Student's interval over seeds cannot be computed. It is bounded: its half
width is at most that of the bootstrap times a factor that depends on the number of seeds alone. `python
benchmarks/restate.py RECORD ...` multiplies the half widths in `table.md` and `results.csv` of each record by it, gives
stars by Holm's correction within each table, and prints the stars before and after. `--verify` simulates the factors.

A table that is stated again says so in its first line, and is left alone. Where seeds share tasks, too, the factors
bound the interval over seeds and tasks for two and three seeds.
"""

import argparse
import csv
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np

from hypermaml._misc.intervals import quantile
from hypermaml.report.statistics import Estimate, clear_of_zero, estimate

# Each is the largest ratio in 18,000 simulated comparisons, whatever the share of the seeds in the variance is; the
# asymptotic one is t / 1.96 × sqrt(S / (S - 1)): 9.2, 2.7, 1.6, 1.2. With two seeds it is t of one degree of freedom.
FACTORS = {1: 1.0, 2: 12.71, 3: 2.87, 5: 1.82, 10: 1.33}
NOTE = "*Half-widths and intervals are upper bounds of Student's over seeds: see [how](../README.md#intervals)."
PLAIN = re.compile(r"^(-?[\d.]+(?:e[+-]\d+)?) ± ([\d.]+(?:e[+-]\d+)?)( \*)?$")
SPAN = re.compile(r"^(-?[\d.]+) \[(-?[\d.]+), (-?[\d.]+)\](%?)( \*)?$")
SEEDS = re.compile(r"(\d+) × (\d+)")


def upper(value: float) -> str:
    """Two digits, rounded up."""
    if value == 0:
        return "0"
    digits = 1 - math.floor(math.log10(value))
    text = f"{math.ceil(value * 10**digits - 1e-9) / 10**digits:.{max(digits, 0)}f}"
    return text


def last_place(text: str) -> float:
    """Half of the last digit that is written: what rounding may hide."""
    mantissa, _, power = text.partition("e")
    return 0.5 * 10.0 ** (int(power or 0) - len(mantissa.partition(".")[2]))


def bound(half: str, seeds: int) -> float:
    """The largest half-width of Student's interval."""
    return 0.0 if float(half) == 0 else FACTORS[seeds] * (float(half) + last_place(half))


def restated(cell: str, seeds: int) -> tuple[str, Estimate | None]:
    """A cell of a table without its star, and the estimate in it."""
    if found := PLAIN.match(cell):
        mean, half = found[1], bound(found[2], seeds)
        value = Estimate(float(mean), float(mean) - half, float(mean) + half, seeds, 1, df=max(seeds - 1, 1))
        return f"{mean} ± {upper(half)}", value
    if found := SPAN.match(cell):
        mean, low, high = map(float, found.groups()[:3])
        half = FACTORS[seeds] * ((high - low) / 2 + last_place(found[2]))
        places = len(found[2].partition(".")[2])
        ends = math.floor((mean - half) * 10**places) / 10**places, math.ceil((mean + half) * 10**places) / 10**places
        return f"{found[1]} [{ends[0]:.{places}f}, {ends[1]:.{places}f}]{found[4]}", None
    return cell, None


def restate_table(title: str, lines: list[str], usual: int) -> tuple[str, list[str], tuple[int, int]]:
    """One table of Markdown: its title, its lines, and its stars before and after."""
    compared, before = "clear of zero" in title, sum(line.count("*") for line in lines)
    rows, family = [], []
    for line in lines[2:]:
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        seeds = int(found[1]) if (found := SEEDS.search(cells[-1])) else usual
        new = [restated(cell, seeds) for cell in cells]
        rows.append(new)
        family += [value for _, value in new if value is not None]
    clear = dict(zip(map(id, family), clear_of_zero(family), strict=True)) if compared else {}
    text = [
        "| "
        + " | ".join(cell + (" *" if value is not None and clear.get(id(value)) else "") for cell, value in row)
        + " |"
        for row in rows
    ]
    return title.replace("clear of zero", "clear of zero (Holm)"), lines[:2] + text, (before, sum(clear.values()))


def restate_file(path: Path) -> tuple[int, int]:
    """All tables of a file; the stars before and after."""
    text = path.read_text(encoding="utf-8")
    if text.startswith(NOTE):
        return 0, 0
    blocks, counts = re.split(r"\n\n+", text.strip()), np.zeros(2, int)
    usual = int(found[1]) if (found := SEEDS.search(text)) else 1
    out = [NOTE + "*"]
    for title, body in zip(blocks, [*blocks[1:], ""], strict=True):
        if title.startswith("**") and body.startswith("|") and "median over seeds" not in title:
            named, lines, stars = restate_table(title, body.splitlines(), usual)
            out += [named, "\n".join(lines)]
            counts += stars
        elif title.startswith("**"):
            out += [title, body]
    path.write_text("\n\n".join(out) + "\n", encoding="utf-8")
    return int(counts[0]), int(counts[1])


def restate_figures(path: Path) -> None:
    """The figures of a report of the risks; those of one seed, of shares and of times are not of the bootstrap."""
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    if header[-1] == "interval":
        return
    place = {name: index for index, name in enumerate(header)}
    for row in rows:
        seeds, mean, low, high = (float(row[place[name]]) for name in ("seeds", "mean", "low", "high"))
        if seeds > 1 and math.isfinite(mean):
            half = FACTORS[int(seeds)] * (high - low) / 2
            row[place["low"]], row[place["high"]] = f"{mean - half:.9g}", f"{mean + half:.9g}"
        row.append("at most" if seeds > 1 else "")
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([[*header, "interval"], *rows])


def widened(value: Any, seeds: int) -> Any:
    """JSON values: each interval that stands beside a mean or a share, as its upper bound."""
    if isinstance(value, list):
        return [widened(entry, seeds) for entry in value]
    if not isinstance(value, dict):
        return value
    found = {name: widened(entry, seeds) for name, entry in value.items()}
    middle = next((found[name] for name in ("mean", "share") if name in found), None)
    if middle is not None and "low" in found:
        half = FACTORS[seeds] * (found["high"] - found["low"]) / 2
        found |= {"low": middle - half, "high": middle + half}
    return found


def restate_values(path: Path, seeds: int) -> None:
    """The intervals in a file of JSON; it then says that they are upper bounds."""
    content = json.loads(path.read_text(encoding="utf-8"))
    if "intervals" not in content:
        content = {"intervals": "at most", **widened(content, seeds)}
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def verify() -> None:
    """Print how the two half-widths compare in simulation."""
    rng, resamples, tasks, runs = np.random.default_rng(0), 2000, 20, 3000
    for seeds in (2, 3, 5, 10):
        drawn = rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=resamples)
        weights = rng.multinomial(drawn * tasks, np.full(tasks, 1 / tasks)).reshape(resamples, -1) / (seeds * tasks)
        ratios = []
        for f in (0, 0.3, 0.5, 0.8, 0.95, 0.999):
            of_task = np.sqrt((1 - f) * tasks) * rng.normal(size=(runs, seeds, tasks))
            values = np.sqrt(f) * rng.normal(size=(runs, seeds, 1)) + of_task
            low, high = np.quantile(values.reshape(runs, -1) @ weights.T, [0.025, 0.975], axis=1)
            ratios += [2 * estimate(each).half_width / width for each, width in zip(values, high - low, strict=True)]
        formula = quantile(seeds - 1) / 1.96 * math.sqrt(seeds / (seeds - 1))
        found = dict(zip(("median", "99%", "largest"), np.quantile(ratios, [0.5, 0.99, 1.0]).round(2), strict=True))
        print(json.dumps({"seeds": seeds, "formula": round(formula, 2), **{k: float(v) for k, v in found.items()}}))


def main() -> None:
    """States records again, or verifies the factors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", nargs="*", type=Path, help="folders or .json files of benchmarks/results")
    parser.add_argument("--seeds", type=int, default=3, help="of the .json files")
    parser.add_argument("--verify", action="store_true", help="simulate the factors")
    given, total = parser.parse_args(), np.zeros(2, int)
    if given.verify:
        verify()
    for record in given.records:
        if record.suffix == ".json":
            restate_values(record, given.seeds)
        for path in sorted(record.glob("*.md")):
            counts = restate_file(path)
            total += counts
            print(f"{path}: clear of zero {counts[0]} before, {counts[1]} after")
        if (record / "results.csv").exists():
            restate_figures(record / "results.csv")
    print(json.dumps({"before": int(total[0]), "after": int(total[1])}))


if __name__ == "__main__":
    main()
