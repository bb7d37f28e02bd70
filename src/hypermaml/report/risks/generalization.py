"""Write the section on distant tasks."""

from itertools import pairwise

from hypermaml.report.findings import Finding
from hypermaml.report.looks import PACKAGE
from hypermaml.report.risks.curves import Curve, Panel, draw_panels
from hypermaml.report.risks.section import Figure, Measured, Section, between_all, listed, overall, ranged
from hypermaml.risks.generalization import edges, probes


def section(measured: Measured) -> Section:
    """Compare the errors of all methods by distance from the region of training."""
    risks = measured.risks
    bounds, places = edges(risks), probes(risks)
    names = ["inside", *(f"{low:.2g} to {high:.2g}" for low, high in pairwise(bounds))]
    middles = [0.0, *((low + high) / 2 for low, high in pairwise(bounds))]
    trials = {method: [risks.trial(method, seed) for seed in risks.seeds] for method in risks.compared}
    errors = {method: [measured.errors(trials[method], measured.step, probe) for probe in places] for method in trials}
    identities = [measured.identity(probe) for probe in places]
    estimates = {
        method: [measured.estimate(values, probe) for values, probe in zip(own, places, strict=True)]
        for method, own in errors.items()
    }
    figures = [
        Figure(measured.error, PACKAGE.label(method), name, each)
        for method in errors
        for name, each in zip(names, estimates[method], strict=True)
    ]
    curves = [Curve(method, middles, estimates[method]) for method in errors]
    findings = []
    for other in risks.compared[1:]:
        verdicts = between_all(
            dict(zip(names, zip(errors[risks.method], errors[other], strict=True), strict=True)), identities
        )  # fmt: skip
        words = {
            "better": f"is better than {PACKAGE.label(other)} at",
            "worse": f"is worse than {PACKAGE.label(other)} at",
            "open": f"is not shown to differ from {PACKAGE.label(other)} at",
            "note": f"cannot be compared with {PACKAGE.label(other)} at",
        }
        text = f"By distance, {measured.subject} {listed(verdicts, words)}."
        findings.append(Finding("Against the others", overall([verdict for _, verdict in verdicts]), text))
    grown = [
        f"{PACKAGE.label(method)} from {ranged(estimates[method][0])} to {ranged(estimates[method][-1])}"
        for method in errors
    ]
    text = f"{measured.error}, from inside the region to the most distant tasks: {'; '.join(grown)}."
    findings.append(Finding("Each for itself", "note", text))
    caption = (
        f"{measured.error} after step {measured.step} on tasks inside the region of meta-training (0) and beyond it, "
        "by how far the most distant parameter exceeds the range of training, as a share of that range. "
        f"{measured.sizes}."
    )
    panel = Panel("", "distance from the region of training", measured.error, curves)
    plot = draw_panels("generalization", "Beyond the region of training", caption, [panel], width=7.5)
    question = "How does the error of a method grow as tasks move out of the region of meta-training?"
    return Section("generalization", "Non-generalization", question, findings, figures, [plot])
