"""Scaling."""

from hypermaml.report.findings import Finding, judge
from hypermaml.report.plots.style import label
from hypermaml.report.risks.complexity import COLORS, Costs
from hypermaml.report.risks.curves import Curve, Panel, draw_panels
from hypermaml.report.risks.section import Figure, Measured, Section, Values
from hypermaml.report.statistics import estimate
from hypermaml.risks.plan import REFERENCE
from hypermaml.risks.scaling import FINAL, trial

VIOLETS = {"dense": "", "low_rank": "#7a1f6d", "chunked": "#d98ccd", "layers": "#5b6bc0"}


def advantage(initial: list[Values], final: list[Values]) -> Values:
    """By how much less the error of generated initializations grows than that of generated final weights.

    Args:
        initial: errors at the smallest and at the largest size.
        final: those of the other, on the same seeds and tasks.
    """
    return (final[-1] - final[0]) - (initial[-1] - initial[0])


def section(measured: Measured, costs: Costs) -> Section:
    """The error against the size of the target network and against operations, by generator."""
    risks, sizes = measured.risks, list(measured.risks.budget.sizes)

    def errors(method: str, step: int, kind: str = "") -> list[Values]:
        return [
            measured.errors([trial(risks, method, seed, size, kind) for seed in risks.seeds], step) for size in sizes
        ]

    found = {(REFERENCE, ""): errors(REFERENCE, measured.step)}
    for kind in risks.generators:
        found[risks.method, kind] = errors(risks.method, measured.step, kind)
        found[FINAL, kind] = errors(FINAL, 0, kind)
    by_size, by_cost, figures = [], [], []
    for (method, kind), values in found.items():
        estimates = [estimate(each) for each in values]
        color = (VIOLETS if method == FINAL else COLORS).get(kind, "")
        by_size.append(Curve(method, sizes, estimates, kind, color=color))
        name = f"{risks.method}+generator={kind}" if kind else REFERENCE
        if method != FINAL:
            spent = [costs[size][name].operations / 1e6 for size in sizes]
            by_cost.append(Curve(method, spent, estimates, kind, color=color))
        step = 0 if method == FINAL else measured.step
        figures += [
            Figure(f"{measured.error} after step {step}", by_size[-1].entry, f"width {size}", each)
            for size, each in zip(sizes, estimates, strict=True)
        ]
    findings = []
    for kind in risks.generators:
        grown = estimate(advantage(found[risks.method, kind], found[FINAL, kind]))
        figures.append(
            Figure("advantage of the initialization in growth", kind, f"width {sizes[0]} to {sizes[-1]}", grown)
        )
        findings.append(_finding(measured, kind, judge(grown, "return")))
    caption = (
        f"{measured.error} of {measured.subject} and MAML after step {measured.step}, and of final weights that "
        f"{label(FINAL)} generates, before any step; left against the width of the target network, right against the "
        f"operations of a meta-iteration. {measured.sizes}."
    )
    panels = [
        Panel("by size", "hidden units in a layer", measured.error, by_size, log_x=True),
        Panel("by cost", "Mflop of a meta-iteration", measured.error, by_cost, log_x=True),
    ]
    plot = draw_panels("scaling", "Size of the target network", caption, panels, width=4.8)
    question = "Does generating an initialization scale better to large networks than generating final weights?"
    return Section("scaling", "Scaling", question, findings, figures, [plot])


def _finding(measured: Measured, kind: str, judged: tuple[str, str]) -> Finding:
    verdict, size = judged
    first, last = measured.risks.budget.sizes[0], measured.risks.budget.sizes[-1]
    which = f"From {first} to {last} hidden units ({kind} generator)"
    text = {
        "better": f"{which} generated initializations scale better than generated final weights, by {size}.",
        "worse": f"{which} generated initializations scale worse than generated final weights, by {size}.",
        "open": f"{which} it is not decided which scales better: {size}; positive favors initializations.",
        "note": f"{which} the two cannot be compared: a training run diverged.",
    }
    return Finding("Initializations against final weights", verdict, text[verdict])
