"""Write the section on computational complexity."""

from collections.abc import Callable

import numpy as np

from hypermaml.report.findings import Finding, judge
from hypermaml.report.looks import PACKAGE
from hypermaml.report.risks.curves import Curve, Panel, draw_panels
from hypermaml.report.risks.section import Figure, Measured, Section, exact, ranged
from hypermaml.report.statistics import Estimate, median
from hypermaml.report.tables import number
from hypermaml.risks.complexity import Cost, names
from hypermaml.risks.plan import REFERENCE

Costs = dict[int, dict[str, Cost]]
UNITS: dict[str, Callable[[Cost], Estimate]] = {
    "Mflop": lambda cost: exact(cost.operations / 1e6),
    "ms": lambda cost: median(1e3 * cost.seconds),
    "MiB": lambda cost: exact(cost.bytes / 2**20),
    "trained numbers": lambda cost: exact(cost.trained),
}
TITLES = {"Mflop": "operations", "ms": "time", "MiB": "memory", "trained numbers": "parameters"}


def times(cost: Cost, other: Cost) -> dict[str, Estimate]:
    """Divide a cost by another one; the times are divided round by round."""
    return {
        "operations": exact(cost.operations / other.operations),
        "time": median(cost.seconds / other.seconds),
        "memory": exact(cost.bytes / other.bytes),
    }


def section(measured: Measured, costs: Costs) -> Section:
    """Compare operations, time and memory of a meta-iteration with MAML's, and with the size of the target network."""
    sizes = list(costs)
    figures, panels = [], []
    for unit, value in UNITS.items():
        curves = []
        for name in names(measured.risks):
            estimates = [value(costs[size][name]) for size in sizes]
            method, _, kind = name.partition("+generator=")
            curves.append(Curve(method, sizes, estimates, kind, color=COLORS.get(kind, "")))
            figures += [
                Figure(f"{TITLES[unit]}, {unit}", curves[-1].entry, f"width {size}", each)
                for size, each in zip(sizes, estimates, strict=True)
            ]
        if unit != "trained numbers":
            panels.append(Panel(TITLES[unit], "hidden units in a layer", unit, curves, log_x=True))
    findings = []
    for kind in measured.risks.generators:
        name = f"{measured.risks.method}+generator={kind}"
        ratios = {size: times(costs[size][name], costs[size][REFERENCE]) for size in sizes}
        figures += [
            Figure(f"{what} as a multiple of MAML's", f"{measured.subject}, {kind}", f"width {size}", each)
            for size in sizes
            for what, each in ratios[size].items()
        ]
        findings.append(_finding(measured, kind, ratios))
    if len(costs) > 1:
        findings.append(_growth(measured, costs))
    rounds = measured.risks.budget.rounds
    caption = (
        f"One meta-iteration of {measured.risks.budget.meta_batch} tasks: operations of its matrix products, median "
        f"time with its 95% interval over {rounds} rounds of all methods, memory as the compiler plans it."
    )
    plot = draw_panels("complexity", "Cost of a meta-iteration", caption, panels, width=3.6)
    question = "What does a meta-iteration cost, compared with MAML's, and how does it grow with the target network?"
    return Section("complexity", "Computational complexity", question, findings, figures, [plot])


COLORS = {"dense": "", "low-rank": "#8c4a00", "chunked": "#f1a067", "layers": "#b3359f"}


def _finding(measured: Measured, kind: str, ratios: dict[int, dict[str, Estimate]]) -> Finding:
    parts = [
        f"with {size} hidden units {number(ratio['operations'].mean)} times the operations, {ranged(ratio['time'])} "
        f"times the time and {number(ratio['memory'].mean)} times the memory"
        for size, ratio in ratios.items()
    ]
    last = list(ratios.values())[-1]["time"]
    verdict = judge(Estimate(last.mean - 1, last.low - 1, last.high - 1, 1, last.n_tasks), -1)[0]
    open_ = "; whether its time differs from MAML's there is not decided" if verdict == "open" else ""
    return Finding(
        "A meta-iteration",
        verdict,
        f"{measured.subject} ({kind}) takes, compared with MAML, {'; '.join(parts)}{open_}.",
    )


def _growth(measured: Measured, costs: Costs) -> Finding:
    first, *_, last = costs
    parts = []
    for name in names(measured.risks):
        method, _, kind = name.partition("+generator=")
        grown = np.array([costs[size][name].operations for size in (first, last)])
        time = [float(np.median(costs[size][name].seconds)) for size in (first, last)]
        title = f"{PACKAGE.label(method)} ({kind})" if kind else PACKAGE.label(method)
        parts.append(
            f"{title} {number(grown[1] / grown[0])} times the operations and {number(time[1] / time[0])} times the time"
        )
    text = f"From {first} to {last} hidden units a meta-iteration takes: {'; '.join(parts)}."
    return Finding("Growth with the target network", "note", text)
