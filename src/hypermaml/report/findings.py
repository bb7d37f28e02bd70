"""Sentences that the figures decide: who is better, by how much, and what the scores do not show."""

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from hypermaml.report.references import References, scores_of
from hypermaml.report.results import Cell, Results, options
from hypermaml.report.scope import scope as name_scope
from hypermaml.report.statistics import OTHER, Estimate, clear_of_zero, estimate, paired
from hypermaml.report.statistics.crossed import design
from hypermaml.report.tables import number

_SUBJECT, _REFERENCE = "hypermaml", "maml"
_PAIR = (_SUBJECT, _REFERENCE)
_MANY_SEEDS = 5
_ALL = "All scores"
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Finding:
    """One sentence.

    Attributes:
        scope: whose tasks, and what is read of them.
        verdict: better, worse, open (the interval holds zero) or note.
        text: the sentence.
        main: whether a reader should see it first.
    """

    scope: str
    verdict: str
    text: str
    main: bool = False


def find(results: Results, references: References | None = None) -> list[Finding]:
    """Return all sentences on the main variant and the primary metric, by descriptor and split; then cautions.

    Args:
        results: the scores.
        references: the scores of what needs no meta-training, on the same tests.
    """
    found = []
    for descriptor in results.values("descriptor"):
        for split in results.values("split"):
            scope = name_scope(split, descriptor)
            cells = {
                cell.method: cell
                for cell in results.cells
                if cell[:4] == (results.main, descriptor, split, results.metric)
            }
            found += [_order(results, scope, cells)] if cells else []
            if _SUBJECT in cells:
                found += _compared(results, scope, cells)
                found += _beside_references(results, scope, cells, (references or {}).get(split, {}))
            found += _described(results, scope, cells)
            found += _adapted(results, scope, cells)
    found = [replace(each, main=each.scope == found[0].scope and each.main) for each in found]
    return found + _cautions(results)


def _scored(results: Results, cell: Cell, step: int) -> Estimate:
    scores = results.cells[cell]
    return estimate(scores.values[..., step], scores.identity)


def _last(results: Results, cells: dict[str, Cell]) -> int:
    return min(results.cells[cell].values.shape[-1] for cell in cells.values()) - 1


def _order(results: Results, scope: str, cells: dict[str, Cell]) -> Finding:
    last, sign, label = _last(results, cells), -results.direction(results.metric), results.looks.label
    scores = {method: _scored(results, cell, last) for method, cell in cells.items()}
    finite = sorted((m for m in scores if not scores[m].n_nonfinite), key=lambda m: sign * scores[m].mean)
    names = [f"{label(method)} {number(scores[method].mean, scores[method].half_width)}" for method in finite]
    names += [f"{label(method)} not finite" for method in scores if method not in finite]
    return Finding(
        scope, "note", f"Mean {results.metric} after inner step {last}, best first: {', '.join(names)}.", main=True
    )


def compared(results: Results, cells: dict[str, Cell]) -> dict[tuple[int, str, int], tuple[str, str]]:
    """Judge HyperMAML against all others, as one family: by its step, the other method and the other's step."""
    last, subject = _last(results, cells), results.cells[cells[_SUBJECT]]
    pairs = [(0, 0), (0, last), *((step, step) for step in sorted({1, last}))] if _REFERENCE in cells else []
    wanted = [(left, _REFERENCE, right) for left, right in dict.fromkeys(pairs) if max(left, right) <= last]
    wanted += [(min(1, last), other, min(1, last)) for other in cells if other not in _PAIR]
    differences = {
        (left, other, right): paired(subject, left, results.cells[cells[other]], right) for left, other, right in wanted
    }
    return judged(differences, results.direction(results.metric))


def _compared(results: Results, scope: str, cells: dict[str, Cell]) -> list[Finding]:
    label, found = results.looks.label, compared(results, cells)
    sentences, others = [], {}
    for (left, other, right), (verdict, size) in found.items():
        names = f"{label(_SUBJECT)} at step {left}", f"{label(other)} at step {right}"
        text = {
            "better": f"{names[0]} is better than {names[1]} by {size}.",
            "worse": f"{names[0]} is worse than {names[1]} by {size}.",
            "open": f"Between {names[0]} and {names[1]} no difference is shown: {size}; positive favors {names[0]}.",
            "note": f"{names[0]} cannot be compared with {names[1]}: some scores are not finite.",
        }
        if other == _REFERENCE:
            sentences.append(Finding(scope, verdict, text[verdict], main=left == right > 0))
        else:
            others[label(other)] = verdict, size
    step = min(1, _last(results, cells))
    return sentences + _sentences(scope, f"At step {step} {label(_SUBJECT)}", others)


def judged(differences: Mapping[Key, Estimate], direction: int) -> dict[Key, tuple[str, str]]:
    """Judge several differences as one family, with Holm's correction.

    Args:
        differences: of two scores each, by any key.
        direction: 1 where more is better, else -1.
    """
    clear = clear_of_zero(list(differences.values()))
    return {
        key: judge(difference, direction, clear=its)
        for (key, difference), its in zip(differences.items(), clear, strict=True)
    }


def judge(difference: Estimate, direction: int, *, clear: bool | None = None) -> tuple[str, str]:
    """Return the verdict on a difference, and its size in the direction of the verdict; where it is open, of better.

    Args:
        difference: of two scores.
        direction: 1 where more is better, else -1.
        clear: whether it is clear of zero; by default whether its interval is.
    """
    if difference.n_nonfinite:
        return "note", ""
    sign = direction
    low, high = sorted((sign * difference.low, sign * difference.high))
    clear = low > 0 or high < 0 if clear is None else clear
    verdict = "open" if not clear else "better" if low + high > 0 else "worse"
    if verdict == "worse":
        sign, low, high = -sign, -high, -low
    half = difference.half_width
    if not math.isfinite(half):
        return verdict, f"{number(sign * difference.mean)}, without an interval"
    return verdict, f"{number(sign * difference.mean, half)} [{number(low, half)}, {number(high, half)}]"


def _beside_references(
    results: Results, scope: str, cells: dict[str, Cell], known: Mapping[str, Mapping[tuple[int, int], float]]
) -> list[Finding]:
    """Compare HyperMAML after its last step with what needs no meta-training, such as a ridge regression."""
    scores, last = results.cells[cells[_SUBJECT]], _last(results, {_SUBJECT: cells[_SUBJECT]})
    found = {
        name: paired(scores, last, scores_of(own), 0) for name, own in known.items() if name != results.record.optimum
    }
    return _sentences(
        scope,
        f"After step {last} {results.looks.label(_SUBJECT)}",
        judged(found, results.direction(results.metric)),
    )


def _described(results: Results, scope: str, cells: dict[str, Cell]) -> list[Finding]:
    """Say what the description of another task costs in tests: whether the description matters."""
    differences: dict[str, Estimate] = {}
    for method, cell in cells.items():
        variant = results.with_option(cell.variant, OTHER)
        other = results.cells.get(cell._replace(variant=variant)) if variant is not None else None
        if other is not None:
            step = min(1, other.values.shape[-1] - 1)
            differences[results.looks.label(method)] = paired(results.cells[cell], step, other, step)
    found = judged(differences, results.direction(results.metric))
    openers = {
        "better": "The description matters: with that of another task these are worse at step 1, ",
        "worse": "With the description of another task these are better at step 1, ",
        "open": "With the description of another task no change is shown at step 1, ",
    }
    return [
        Finding(scope, verdict, words + "; ".join(names) + ".", main=True)
        for verdict, words in openers.items()
        if (names := [f"{name} by {size}" for name, (its, size) in found.items() if its == verdict])
    ]


def _sentences(scope: str, subject: str, verdicts: Mapping[str, tuple[str, str]]) -> list[Finding]:
    """Return one sentence for each verdict, on all names that have it."""
    openers = {"better": "is better than", "worse": "is worse than", "open": "shows no clear difference from"}
    found = []
    for verdict, words in openers.items():
        join = ": " if verdict == "open" else " by "
        names = [f"{name}{join}{size}" for name, (its, size) in verdicts.items() if its == verdict]
        if names:
            found.append(Finding(scope, verdict, f"{subject} {words} {'; '.join(names)}."))
    return found


def _adapted(results: Results, scope: str, cells: dict[str, Cell]) -> list[Finding]:
    """Say what the steps change: of the pair always, of the others where it is no improvement."""
    found = []
    last = {method: results.cells[cell].values.shape[-1] - 1 for method, cell in cells.items()}
    scores = {method: results.cells[cell] for method, cell in cells.items() if last[method] > 0}
    changes = {method: paired(own, last[method], own, 0) for method, own in scores.items()}
    for method, (verdict, size) in judged(changes, results.direction(results.metric)).items():
        shown = method in _PAIR and verdict == "better"
        steps = f"From step 0 to step {last[method]} {results.looks.label(method)}"
        if shown or verdict in ("worse", "open"):
            words = {"better": "improves by", "worse": "gets worse by", "open": "shows no clear change:"}
            found.append(Finding(scope, verdict, f"{steps} {words[verdict]} {size}."))
    return found


def _cautions(results: Results) -> list[Finding]:
    found = []
    for cell, scores in results.cells.items():
        bad = [_scored(results, cell, step) for step in range(scores.values.shape[-1])]
        steps = [step for step, score in enumerate(bad) if score.n_nonfinite]
        if steps and cell.metric == results.metric:
            seeds = max(score.n_diverged for score in bad)
            extra = results.extra(cell.variant)
            name = results.looks.label(cell.method) + (f" ({extra})" if extra else "")
            text = f"{name} has scores that are not finite at inner step "
            text += f"{', '.join(map(str, steps))} in {seeds} of {bad[0].n_seeds} seeds; no mean is given there."
            found.append(Finding(name_scope(cell.split, cell.descriptor), "worse", text))
    return found + _unscheduled(results) + _reach(results)


def _reach(results: Results) -> list[Finding]:
    """Say what the intervals are over, how few seeds there are, and what verdicts are corrected for."""
    fewest, found = min(len(scores.seeds) for scores in results.cells.values()), []
    few = {
        1: "There is one seed: intervals span its tasks alone and say nothing about how other seeds would do.",
        2: "Two seeds decide almost nothing: an interval reaches 12.7 standard errors to each side.",
    }
    if fewest < _MANY_SEEDS:
        text = few.get(fewest, f"With {fewest} seeds intervals are wide: only large differences can be shown.")
        found.append(Finding(_ALL, "note", text, main=True))
    if any(scores.identity is not None and design(scores.identity).shared for scores in results.cells.values()):
        text = "Seeds share test tasks: intervals allow for other tasks as well as for other seeds."
        found.append(Finding(_ALL, "note", text))
    text = (
        "What is called better or worse is corrected for the number of differences that are judged together (Holm); "
        "the intervals are not, so one that leaves out zero may still be called not shown."
    )
    return [*found, Finding(_ALL, "note", text)]


def _unscheduled(results: Results) -> list[Finding]:
    """Where training's inner rate, kept for later steps, undoes what the first step gained."""
    later: dict[str, dict[str, Estimate]] = {}
    for cell, scores in results.cells.items():
        raw = options(results.extra(cell.variant)) == {"schedule=off"} and cell.metric == results.metric
        last = scores.values.shape[-1] - 1
        if raw and last > 1:
            own = later.setdefault(name_scope(cell.split, cell.descriptor), {})
            own[results.looks.label(cell.method)] = paired(scores, last, scores, 1)
    worse = {
        scope: [f"{name} by {size}" for name, (verdict, size) in found.items() if verdict == "worse"]
        for scope, changes in later.items()
        if (found := judged(changes, results.direction(results.metric)))
    }
    text = "Without the test-time schedule these are worse after their last step than after the first: "
    return [Finding(scope, "worse", f"{text}{'; '.join(names)}.") for scope, names in worse.items() if names]
