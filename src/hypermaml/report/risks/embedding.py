"""Write the section on embedding quality."""

from collections.abc import Sequence

import numpy as np

from hypermaml.report.findings import Finding
from hypermaml.report.plots.style import Plot
from hypermaml.report.risks.arithmetic import MARGIN, crossing, equivalence, recovery, relative
from hypermaml.report.risks.curves import Curve, Panel, draw_panels
from hypermaml.report.risks.section import Figure, Measured, Section, Values, between_all, percent
from hypermaml.report.statistics import Estimate
from hypermaml.risks.altered import CONSTANT, GIVEN, PERMUTED, Corruption
from hypermaml.risks.choices import REMEDIES
from hypermaml.risks.embedding import (
    DROPPED,
    MEASURED,
    NOISE,
    UNINFORMATIVE,
    reference,
    remedied,
    subject,
    trained_on,
    uninformed,
)
from hypermaml.risks.plan import REFERENCE
from hypermaml.risks.trial import Probe

NAMED = {
    GIVEN: "the description as given",
    CONSTANT: "a constant description",
    PERMUTED: "another task's description",
}
WORDS = {GIVEN: "given", CONSTANT: "constant", PERMUTED: "of another task"}
SCOPES = (
    "Corrupted at test time",
    "Recovered by adaptation",
    "Remedies",
    "Meta-trained on descriptions without information",
)


class _Quality:
    """The errors of the section."""

    def __init__(self, measured: Measured):
        self.measured, self.risks = measured, measured.risks
        self.subjects = [subject(self.risks, seed) for seed in self.risks.seeds]
        self.references = [reference(self.risks, seed) for seed in self.risks.seeds]
        self.maml = measured.errors(self.references, measured.step)

    def of(self, corruption: Corruption, remedy: str = "") -> Values:
        """Return the errors after the judged step, with these descriptions at test time."""
        trials = [remedied(self.risks, seed, remedy) for seed in self.risks.seeds] if remedy else self.subjects
        return self.measured.errors(trials, self.measured.step, Probe(corruption=corruption))

    def path(self, corruption: Corruption | None) -> np.ndarray:
        """Return the errors before the first and after each step, of MAML for `None`; shape `(seed, task, step)`."""
        trials, probe = (self.subjects, Probe(corruption=corruption)) if corruption else (self.references, Probe())
        steps = range(self.risks.budget.steps + 1)
        return np.stack([self.measured.errors(trials, step, probe) for step in steps], axis=-1)


def section(measured: Measured) -> Section:
    """Judge corruption at test time, recovery by adaptation, remedies, and training without information."""
    quality = _Quality(measured)
    parts = [_corrupted(quality), _stepwise(quality), _remedies(quality), _uninformed(quality)]
    figures = [figure for found, _, _ in parts for figure in found]
    findings = [finding for _, found, _ in parts for finding in found]
    plots = [plot for _, _, plot in parts]
    question = "How does the error of a method grow as descriptions get worse, and which remedies help?"
    return Section("embedding", "Embedding quality", question, findings, figures, plots)


_Part = tuple[list[Figure], list[Finding], Plot]


def _corrupted(quality: _Quality) -> _Part:
    measured, risks = quality.measured, quality.risks
    figures, findings, panels = [], [], []
    groups = {
        "noise": (
            (GIVEN, *NOISE),
            "deviation of the noise, in deviations of the descriptor",
            "noise of {:g} deviations",
        ),
        "dropped": ((GIVEN, *DROPPED), "probability that an entry is dropped", "entries dropped with probability {:g}"),
    }
    for name, (levels, across, words) in groups.items():
        places = [getattr(level, name) for level in levels]
        errors = [quality.of(level) for level in levels]
        curves = [
            Curve(risks.method, places, [measured.estimate(each) for each in errors]),
            Curve(REFERENCE, places, [measured.estimate(quality.maml)] * len(places)),
        ]
        panels.append(Panel(name, across, measured.error, curves))
        figures += [
            Figure(
                f"{measured.error} with {name} descriptions", measured.subject, f"{place:g}", measured.estimate(each)
            )
            for place, each in zip(places, errors, strict=True)
        ]
        pairs = {f"{place:g}": (each, quality.maml) for place, each in zip(places, errors, strict=True)}
        judged = [verdict for _, verdict in between_all(pairs, [measured.identity()] * len(pairs))]
        findings.append(_fall(measured, [words.format(place) for place in places], judged))
    for corruption in (PERMUTED,):
        errors = quality.of(corruption)
        figures.append(
            Figure(
                f"{measured.error} with the description", measured.subject, WORDS[corruption], measured.estimate(errors)
            )
        )
        verdict, size = measured.between(errors, quality.maml)
        words = {"better": f"better than MAML by {size}", "worse": f"worse than MAML by {size}"}
        words |= {"open": f"not shown to differ from MAML: {size}; positive favors it", "note": "not comparable"}
        text = f"With {NAMED[corruption]} {measured.subject} is {words[verdict]}."
        findings.append(Finding(SCOPES[0], verdict, text))
    figures.append(Figure(f"{measured.error}", "MAML", "any description", measured.estimate(quality.maml)))
    caption = (
        f"{measured.error} after step {measured.step} on meta-test tasks whose descriptions are worse than those of "
        f"meta-training; MAML reads none. {measured.sizes}."
    )
    return figures, findings, draw_panels("corruption", "Corrupted descriptions at test time", caption, panels)


def _fall(measured: Measured, places: Sequence[str], judged: Sequence[tuple[str, str]]) -> Finding:
    level, below = crossing([verdict for verdict, _ in judged])
    if level is None:
        text = f"{measured.subject} stays better than MAML up to {places[-1]} (by {judged[-1][1]})."
        return Finding(SCOPES[0], "better", text)
    reached = f"With {places[level]} {measured.subject} is no longer shown to be better than MAML"
    if below is None:
        return Finding(SCOPES[0], "open", f"{reached} ({judged[level][1]}), and is never shown to be worse.")
    if below == level:
        return Finding(
            SCOPES[0], "worse", f"With {places[level]} {measured.subject} falls below MAML, by {judged[level][1]}."
        )
    text = f"{reached} ({judged[level][1]}); with {places[below]} it is worse, by {judged[below][1]}."
    return Finding(SCOPES[0], "worse", text)


def _stepwise(quality: _Quality) -> _Part:
    measured, risks = quality.measured, quality.risks
    steps = list(range(risks.budget.steps + 1))
    lines = {GIVEN: "-", CONSTANT: "--", PERMUTED: ":"}
    curves, figures, findings = [], [], []
    given = quality.path(GIVEN)
    for corruption, line in lines.items():
        path = quality.path(corruption)
        estimates = [measured.estimate(path[..., step]) for step in steps]
        name = f"{measured.subject}, description {WORDS[corruption]}"
        curves.append(Curve(risks.method, steps, estimates, name=name, line=line))
        figures += [
            Figure(f"{measured.error} by step", name, f"step {step}", each)
            for step, each in zip(steps, estimates, strict=True)
        ]
        if corruption != GIVEN:
            shares = recovery(path, given, measured.identity())[1:]
            figures += [
                Figure("share of the cost of the corruption that is recovered", name, f"step {step}", each)
                for step, each in enumerate(shares, start=1)
            ]
            cost = measured.estimate(path[..., 0] - given[..., 0])
            words = ", ".join(f"{percent(each)} after step {step}" for step, each in enumerate(shares, start=1))
            text = f"Of the cost of {NAMED[corruption]} before adaptation, the steps recover {words}."
            if not cost.low > 0:
                text = f"Before adaptation {NAMED[corruption]} is not shown to cost anything."
            verdict = "open" if not cost.low > 0 else "better" if shares[-1].low > 0 else "worse"
            findings.append(Finding(SCOPES[1], verdict, text))
    maml = quality.path(None)
    curves.append(Curve(REFERENCE, steps, [measured.estimate(maml[..., step]) for step in steps]))
    caption = f"{measured.error} on meta-test tasks before the first and after each inner step. {measured.sizes}."
    panel = Panel("", "inner step", measured.error, curves, [str(step) for step in steps])
    return figures, findings, draw_panels("recovery", "Recovery by adaptation", caption, [panel], width=7.5)


def _remedies(quality: _Quality) -> _Part:
    measured, risks = quality.measured, quality.risks
    figures, findings, curves = [], [], []
    bare = {corruption: quality.of(corruption) for corruption in MEASURED}
    places = list(range(len(MEASURED)))
    for index, remedy in enumerate(("", *risks.remedies)):
        errors = {corruption: quality.of(corruption, remedy) for corruption in MEASURED}
        name = f"{measured.subject}, {remedy or 'as it is'}"
        figures += [
            Figure(f"{measured.error} with a remedy", name, WORDS[each], measured.estimate(errors[each]))
            for each in MEASURED
        ]
        shifted = [place + 0.08 * (index - len(risks.remedies) / 2) for place in places]
        estimates = [measured.estimate(errors[each]) for each in MEASURED]
        curves.append(Curve(risks.method, shifted, estimates, name=name, line="none", color=DOTS[index]))
        if remedy:
            pairs = {WORDS[each]: (errors[each], bare[each]) for each in MEASURED}
            judged = between_all(pairs, [measured.identity()] * len(pairs))
            findings.append(_remedied(remedy, judged))
    baseline = [measured.estimate(quality.maml)] * len(places)
    curves.append(Curve(REFERENCE, places, baseline, line="--"))
    caption = (
        f"{measured.error} after step {measured.step} with the description at test time as given, the same for all "
        f"tasks, and that of another task. {measured.sizes}."
    )
    panel = Panel("", "description at test time", measured.error, curves, [WORDS[each] for each in MEASURED])
    return figures, findings, draw_panels("remedies", "Remedies", caption, [panel], width=7.5)


DOTS = ("", "#8c4a00", "#b3359f", "#007642", "#7c7f86", "#d9a400", "#2f6fb7")


def _remedied(remedy: str, judged: Sequence[tuple[str, tuple[str, str]]]) -> Finding:
    words = {"better": "better by", "worse": "worse by", "open": "not shown to differ:", "note": "not comparable"}
    parts = [f"description {place}: {words[verdict]} {size}".strip() for place, (verdict, size) in judged]
    helped = [verdict for place, (verdict, _) in judged if place != WORDS[GIVEN]]
    verdict = "better" if "better" in helped and judged[0][1][0] != "worse" else "open"
    verdict = "worse" if "worse" in helped and "better" not in helped else verdict
    return Finding(SCOPES[2], verdict, f"With {remedy} ({_set(remedy)}), against none: {'; '.join(parts)}.")


def _set(remedy: str) -> str:
    return ", ".join(f"{name} {value}" for name, value in REMEDIES[remedy].items())


def _uninformed(quality: _Quality) -> _Part:
    measured, risks = quality.measured, quality.risks
    figures, findings, curves = [], [], []
    remedies, places = uninformed(risks), list(range(len(UNINFORMATIVE)))
    for index, remedy in enumerate(remedies):
        subject = f"{measured.subject}, {remedy}" if remedy else measured.subject
        shares = []
        for corruption in UNINFORMATIVE:
            trials = [trained_on(risks, seed, corruption, remedy) for seed in risks.seeds]
            errors = measured.errors(trials, measured.step, Probe(corruption=corruption))
            both = errors, quality.maml, measured.identity()
            share, verdict = relative(*both), equivalence(*both)
            name = f"trained on {NAMED[corruption]}"
            figures += [
                Figure("difference from MAML as a share of MAML's error", subject, name, share),
                Figure(measured.error, subject, name, measured.estimate(errors)),
            ]
            shares.append(share)
            findings.append(_equivalence(f"Meta-{name}, at MAML's rates, {subject}", verdict, share))
        shifted = [place + 0.08 * (index - (len(remedies) - 1) / 2) for place in places]
        color = DOTS[risks.remedies.index(remedy) + 1] if remedy else ""
        curves.append(Curve(risks.method, shifted, shares, name=subject, line="none", color=color))
    caption = (
        f"Difference of the {measured.error} after step {measured.step} from MAML's, as a share of MAML's, at MAML's "
        "rates. Two one-sided tests at 2.5% each: equivalent where the interval lies between the margins (dashed). "
        f"{measured.sizes}."
    )
    panel = Panel(
        "",
        "description in meta-training",
        "share of MAML's error",
        curves,
        [WORDS[each] for each in UNINFORMATIVE],
        log_y=False,
        levels=(0.0, MARGIN, -MARGIN),
    )
    return figures, findings, draw_panels("uninformed", "Meta-trained without information", caption, [panel], width=7.5)


def _equivalence(who: str, verdict: str, share: Estimate) -> Finding:
    words = {
        "equivalent": f"equivalent to MAML within {MARGIN:.0%} of MAML's error",
        "different": f"different from MAML by more than {MARGIN:.0%} of MAML's error",
        "open": f"neither shown to be equivalent to MAML within {MARGIN:.0%} of its error nor to differ by more",
    }
    kind = "better" if verdict == "equivalent" or (verdict == "different" and share.high < 0) else "worse"
    text = f"{who} is {words[verdict]}: its error differs by {percent(share)} of MAML's."
    return Finding(SCOPES[3], "open" if verdict == "open" else kind, text)
