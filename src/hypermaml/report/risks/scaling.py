"""Write the section on the size of the network."""

from hypermaml.report.findings import Finding
from hypermaml.report.looks import PACKAGE
from hypermaml.report.risks.arithmetic import advantage
from hypermaml.report.risks.complexity import COLORS, Costs
from hypermaml.report.risks.curves import Curve, Panel, draw_panels
from hypermaml.report.risks.section import Figure, Measured, Section, Values, ranged
from hypermaml.report.statistics import Estimate
from hypermaml.risks.plan import REFERENCE
from hypermaml.risks.scaling import FINAL, trial

VIOLETS = {"dense": "", "low-rank": "#7a1f6d", "chunked": "#d98ccd", "layers": "#5b6bc0"}


def section(measured: Measured, costs: Costs) -> Section:
    """Compare the errors by size of the target network and by operations, for each generator."""
    risks, sizes = measured.risks, list(measured.risks.sizes)

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
        estimates = [measured.estimate(each) for each in values]
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
        grown = advantage(found[risks.method, kind], found[FINAL, kind], measured.identity())
        figures.append(
            Figure(
                "growth of final weights over initializations",
                kind,
                f"width {sizes[0]} to {sizes[-1]}",
                grown,
            )
        )
        findings.append(_finding(measured, kind, grown))
    caption = (
        f"{measured.error} of {measured.subject} and MAML after step {measured.step}, and of final weights that "
        f"{PACKAGE.label(FINAL)} generates, before any step; left against the width of the target network, right "
        f"against the operations of a meta-iteration. {measured.sizes}."
    )
    panels = [
        Panel("by size", "hidden units in a layer", measured.error, by_size, log_x=True),
        Panel("by cost", "Mflop of a meta-iteration", measured.error, by_cost, log_x=True),
    ]
    plot = draw_panels("scaling", "Size of the target network", caption, panels, width=4.8)
    question = "Does generating an initialization scale better to large networks than generating final weights?"
    return Section("scaling", "Scaling", question, findings, figures, [plot])


def _finding(measured: Measured, kind: str, grown: Estimate) -> Finding:
    first, last = measured.risks.sizes[0], measured.risks.sizes[-1]
    which = f"From {first} to {last} hidden units ({kind} generator)"
    scope = "Initializations against final weights"
    if grown.n_nonfinite:
        return Finding(scope, "note", f"{which} the two cannot be compared: a training run diverged.")
    how = f"the error of final weights grows {ranged(grown)} times as much as that of initializations"
    if grown.low > 1:
        return Finding(scope, "better", f"{which} generated initializations scale better: {how}.")
    if grown.high < 1:
        return Finding(scope, "worse", f"{which} generated initializations scale worse: {how}.")
    return Finding(scope, "open", f"{which} it is not decided which scales better: {how}.")
