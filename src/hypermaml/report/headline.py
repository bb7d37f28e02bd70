"""The first two sentences of a report: what was asked, and what came out."""

import math

from hypermaml.report.findings import compared
from hypermaml.report.results import Results
from hypermaml.report.scope import described
from hypermaml.report.statistics import Estimate, estimate, paired
from hypermaml.report.tables import number

SUBJECT, REFERENCE = "hypermaml", "maml"


def question(results: Results) -> str:
    """Return a sentence on what the run asked."""
    methods, cell = results.values("method"), _cells(results)
    scores = results.cells[cell[next(iter(cell))]]
    last, tasks = scores.values.shape[-1] - 1, scores.values.shape[1]
    metric, better = results.axis(results.metric), "high" if results.direction(results.metric) > 0 else "low"
    who = "one method" if len(methods) == 1 else f"{len(methods)} methods"
    steps = "one gradient step" if last == 1 else f"each of {last} gradient steps"
    what = f"how {better} is the {metric} of {who} on {tasks} new tasks of {results.family}"
    return f"Asked: {what}, before and after {steps}?"


def answer(results: Results) -> str:
    """Return one or two sentences on what came out, with what limits them."""
    cells = _cells(results)
    text = _pair(results, cells) if {SUBJECT, REFERENCE} <= cells.keys() else _best(results, cells)
    seeds = len(results.cells[cells[next(iter(cells))]].seeds)
    if seeds == 1:
        text += " This is one seed: other seeds may give another answer."
    elif seeds == 2:
        text += " These are two seeds, which decide almost nothing."
    return f"Found: {text}"


def _cells(results: Results) -> dict:
    split, descriptor = results.values("split")[0], results.values("descriptor")[0]
    wanted = (results.main, descriptor, split, results.metric)
    return {cell.method: cell for cell in results.cells if cell[:4] == wanted}


def _at(results: Results, cells: dict, method: str, step: int) -> Estimate:
    scores = results.cells[cells[method]]
    return estimate(scores.values[..., step], scores.identity)


def _pair(results: Results, cells: dict) -> str:
    label, sign = results.looks.label, results.direction(results.metric)
    one, two = (results.cells[cells[name]] for name in (SUBJECT, REFERENCE))
    step = min(1, one.values.shape[-1] - 1, two.values.shape[-1] - 1)
    ours, theirs = _at(results, cells, SUBJECT, step), _at(results, cells, REFERENCE, step)
    difference = paired(one, step, two, step)
    if difference.n_nonfinite:
        return _best(results, cells)
    half = difference.half_width
    margin = f" ± {number(half, half)}" if math.isfinite(half) else ""
    means = f"{number(ours.mean, ours.half_width)} against {number(theirs.mean, theirs.half_width)}"
    read = described(cells[SUBJECT].descriptor)
    seeds = f"{difference.n_seeds} seed{'' if difference.n_seeds == 1 else 's'}"
    article = "" if read.startswith("no ") else "a "
    words = f"with {article}{read}, after {step} step{'' if step == 1 else 's'},"
    if compared(results, cells)[step, REFERENCE, step][0] == "open":
        return (
            f"{words} no difference is shown between {label(SUBJECT)} and {label(REFERENCE)} ({means}; "
            f"{number(sign * difference.mean, half)}{margin}, positive favors {label(SUBJECT)})."
        )
    size = f"{number(abs(difference.mean), half)}{margin}"
    verdict = "better" if sign * difference.mean > 0 else "worse"
    return f"{words} {label(SUBJECT)} is {verdict} than {label(REFERENCE)} by {size} ({means}; {seeds})."


def _best(results: Results, cells: dict) -> str:
    label, sign = results.looks.label, results.direction(results.metric)
    ends = {name: _at(results, cells, name, results.cells[cell].values.shape[-1] - 1) for name, cell in cells.items()}
    finite = sorted((name for name in ends if not ends[name].n_nonfinite), key=lambda name: -sign * ends[name].mean)
    if not finite:
        return "no method has finite scores."
    shown = [f"{label(name)} {number(ends[name].mean, ends[name].half_width)}" for name in finite[:3]]
    return f"after the last step, best first: {', '.join(shown)}."
