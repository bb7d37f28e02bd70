"""Write the section on hyper-parameter tuning."""

import numpy as np
from jaxtyping import Bool, Float

from hypermaml.report.findings import Finding
from hypermaml.report.looks import PACKAGE
from hypermaml.report.risks.curves import Curve, Panel, draw_panels
from hypermaml.report.risks.section import Figure, Measured, Section, exact, percent, share
from hypermaml.report.statistics import Estimate
from hypermaml.risks.plan import REFERENCE
from hypermaml.risks.tuning import Draw, draws, trial, untrained

NEAR = 0.1  # of the best error


def near_best(errors: Float[np.ndarray, " draw"]) -> Bool[np.ndarray, " draw"]:
    """Return which runs are within 10% of the best; none where the best is not finite."""
    finite = np.isfinite(errors)
    return finite & (errors <= (1 + NEAR) * np.min(errors, initial=np.inf, where=finite))


def diverged(errors: Float[np.ndarray, " draw"], before: Float[np.ndarray, " draw"]) -> Bool[np.ndarray, " draw"]:
    """Return which runs stopped at a loss that is not finite, or end no better than an untrained network."""
    return ~(errors < before)


def section(measured: Measured) -> Section:
    """Compare the distributions of results over draws of rates and width."""
    risks = measured.risks
    drawn, figures, curves = draws(risks), [], []
    before = np.array([measured.errors([untrained(risks, draw)], 0).mean() for draw in drawn])
    shares: dict[str, tuple[Estimate, Estimate]] = {}
    for method in risks.compared:
        errors = np.array([measured.errors([trial(risks, method, draw)], measured.step).mean() for draw in drawn])
        shares[method] = (
            share(int(near_best(errors).sum()), len(errors)),
            share(int(diverged(errors, before).sum()), len(errors)),
        )
        figures += [
            Figure(name, PACKAGE.label(method), f"{len(drawn)} draws", value)
            for name, value in zip(("within 10% of its best", "diverged"), shares[method], strict=True)
        ]
        figures += [
            Figure(f"{measured.error} of a draw", PACKAGE.label(method), _draw_text(draw), exact(error))
            for draw, error in zip(drawn, errors, strict=True)
        ]
        finite = np.sort(errors[np.isfinite(errors)])
        places = (np.arange(len(finite)) + 1) / len(drawn)
        curves.append(Curve(method, places.tolist(), [exact(value) for value in finite]))
    caption = (
        f"Each point is a training run (seed 0): mean {measured.error} after step {measured.step} over "
        f"{risks.budget.test_tasks} meta-test tasks, sorted. The tuned outer and inner rate of each method are "
        "multiplied by the same factors from 1/10 to 10, and the width is drawn among the sizes. Runs that stopped at "
        "a loss that is not finite are missing on the right."
    )
    panel = Panel("", "share of the draws with at most this error", measured.error, curves)
    plot = draw_panels("tuning", "Results over a random draw", caption, [panel], width=7.5)
    question = "How much does a method depend on the choice of its rates and of its size?"
    findings = [
        Finding(
            "Each for itself",
            "note",
            f"{PACKAGE.label(method)}: {percent(near)} of {len(drawn)} runs within 10% of its best, "
            f"{percent(lost)} diverge.",
        )
        for method, (near, lost) in shares.items()
    ]
    findings += [
        _against(measured, shares, 0, "runs within 10% of the best", higher=True),
        _against(measured, shares, 1, "runs that diverge", higher=False),
    ]
    return Section("tuning", "Hyper-parameter tuning", question, findings, figures, [plot])


def _draw_text(draw: Draw) -> str:
    return f"outer ×{draw.outer:.2g}, inner ×{draw.inner:.2g}, width {draw.width}"


def _against(
    measured: Measured, shares: dict[str, tuple[Estimate, Estimate]], index: int, quantity: str, *, higher: bool
) -> Finding:
    own, other = shares[measured.risks.method][index], shares[REFERENCE][index]
    if own.low > other.high or own.high < other.low:
        more = own.low > other.high
        how = "more" if more else "fewer"
        text = f"{measured.subject} has {how} {quantity} than MAML: {percent(own)} against {percent(other)}."
        return Finding("Against MAML", "better" if more == higher else "worse", text)
    text = (
        f"The intervals of the shares of {quantity} overlap ({percent(own)} for {measured.subject}, {percent(other)} "
        "for MAML): so few draws decide nothing."
    )
    return Finding("Against MAML", "open", text)
