"""Write the section on overfitting."""

from collections.abc import Sequence

from hypermaml.report.findings import Finding
from hypermaml.report.looks import PACKAGE
from hypermaml.report.risks.curves import Curve, Panel, draw_panels
from hypermaml.report.risks.section import Figure, Measured, Section, Values, between_all, listed, overall, ranged
from hypermaml.report.statistics import Estimate, clear_of_zero
from hypermaml.risks.altered import UNLIMITED
from hypermaml.risks.overfitting import LIMITS, SEEN, UNSEEN
from hypermaml.risks.plan import REFERENCE


def tasks_named(limit: int) -> str:
    """Name the number of meta-training tasks."""
    return "unlimited" if limit == UNLIMITED else f"{limit}"


def overfits(gaps: Sequence[Estimate]) -> list[bool]:
    """Return where unseen tasks are clearly worse than training tasks, with Holm's correction."""
    return [clear and gap.mean > 0 for gap, clear in zip(gaps, clear_of_zero(gaps), strict=True)]


def section(measured: Measured) -> Section:
    """Compare the errors on unseen tasks and on training tasks, by the number of training tasks."""
    risks, figures = measured.risks, []
    gaps: dict[str, list[Values]] = {}
    curves, split_curves = [], []
    places = list(range(len(LIMITS)))
    for method in (risks.method, REFERENCE):
        rows = {
            limit: [risks.trial(method, seed, limit=limit) for seed in risks.seeds] for limit in LIMITS
        }  # fmt: skip
        unseen = [measured.errors(rows[limit], measured.step, UNSEEN) for limit in LIMITS]
        seen = [measured.errors(rows[limit], measured.step, SEEN) for limit in LIMITS]
        # The tasks differ, and are paired by chance: the interval of the mean difference is that of two samples.
        gaps[method] = [one - other for one, other in zip(unseen, seen, strict=True)]
        named = {"gap": gaps[method], "error on unseen tasks": unseen, "error on meta-training tasks": seen}
        estimates = {}
        for name, values in named.items():
            probe = SEEN if values is seen else UNSEEN
            estimates[name] = [
                measured.estimate(each, probe, limit) for limit, each in zip(LIMITS, values, strict=True)
            ]
            figures += [
                Figure(name, PACKAGE.label(method), f"{tasks_named(limit)} tasks", each)
                for limit, each in zip(LIMITS, estimates[name], strict=True)
            ]
        curves.append(Curve(method, places, estimates["gap"]))
        for name, word, line in zip(list(named)[1:], ("unseen", "trained on"), "-:", strict=True):
            split_curves.append(
                Curve(method, places, estimates[name], name=f"{PACKAGE.label(method)}, {word}", line=line)
            )
    ticks = [tasks_named(limit).replace("unlimited", "∞") for limit in LIMITS]
    across, name = "meta-training tasks", f"{measured.error} after step {measured.step}"
    panels = [
        Panel("gap", across, f"gap in {measured.error}", curves, ticks, log_y=False, levels=(0.0,)),
        Panel("errors behind it", across, name, split_curves, ticks),
    ]
    caption = (
        f"Left: {measured.error} after step {measured.step} on meta-test tasks minus that on the meta-training tasks, "
        f"on fresh data; right: both. {measured.sizes}."
    )
    plot = draw_panels("overfitting", "Meta-train and meta-test", caption, panels)
    findings = [_own(measured, method, gaps[method]) for method in gaps] + [_against(measured, gaps)]
    question = "How much worse is a method on new tasks than on its meta-training tasks?"
    return Section("overfitting", "Overfitting", question, findings, figures, [plot])


def _own(measured: Measured, method: str, gaps: list[Values]) -> Finding:
    found = {limit: measured.estimate(gap, UNSEEN) for limit, gap in zip(LIMITS, gaps, strict=True)}
    over = [tasks_named(limit) for limit, its in zip(LIMITS, overfits(list(found.values())), strict=True) if its]
    first, last = found[LIMITS[0]], found[LIMITS[-1]]
    shown = f"is clear of zero with {', '.join(over)}" if over else "is not clear of zero with any number of them"
    text = (
        f"{PACKAGE.label(method)}'s gap is {ranged(first)} with {LIMITS[0]} meta-training tasks and {ranged(last)} "
        f"with unlimited tasks; it {shown}."
    )
    return Finding("The gap", "worse" if over else "open", text)


def _against(measured: Measured, gaps: dict[str, list[Values]]) -> Finding:
    own, other = gaps[measured.risks.method], gaps[REFERENCE]
    pairs = {tasks_named(limit): (own[place], other[place]) for place, limit in enumerate(LIMITS)}
    verdicts = between_all(pairs, [measured.identity(UNSEEN)] * len(pairs))
    words = {
        "worse": "larger with",
        "better": "smaller with",
        "open": "not shown to differ with",
        "note": "not comparable with",
    }
    text = f"Compared with MAML's, {measured.subject}'s gap is {listed(verdicts, words)} meta-training tasks."
    return Finding("The gap", overall([verdict for _, verdict in verdicts]), text)
