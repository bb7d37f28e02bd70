"""The page of a run: self-contained, with no network and no script."""

from collections.abc import Mapping, Sequence
from typing import Any

from hypermaml.report.analysis import Analysis
from hypermaml.report.elements import (
    code,
    details,
    document,
    entries,
    figure,
    heading,
    paragraph,
    sentences,
    table,
    terms,
)
from hypermaml.report.explain import INTRODUCTION, glossary, methods_table
from hypermaml.report.headline import answer, question
from hypermaml.report.plots import Plot
from hypermaml.report.references import reference_tables
from hypermaml.report.shares import share_tables
from hypermaml.report.statistics import Row
from hypermaml.report.support import support_tables
from hypermaml.report.tables import Table, gain_table, score_tables

SHARE = (
    "0% is doing nothing, or where that has no known score the random initialization at step 0; 100% is {}; all on the "
    "same seeds and tasks."
)
CONTROL = (
    "Each method minus the same trained method with the description of another task in the test: what the description "
    "is worth. A star marks a difference clear of zero, with Holm's correction. Where there is none, the description "
    "is not shown to help."
)
PAIRED = (
    "On the same seeds and tasks, with intervals over seeds. A star marks a difference clear of zero, with Holm's "
    "correction for all differences of the table."
)
BY_SUPPORT = (
    "After the last inner step, with this many examples of the new task. The query examples are the same at each "
    "number. Below the methods stands what needs no meta-training."
)
ORACLE, OPTIMUM = "the oracle after its last step", "the best there can be on a task, with perfect foresight"
_LARGEST, _BUDGET = 210_000, 1_000_000  # characters of SVG, in a figure and in all; the page stays below 2 MB


def write_page(
    analysis: Analysis,
    figures: Sequence[tuple[Plot, str]],
    costs: Sequence[Table],
    config: Mapping[str, Any],
    environment: Mapping[str, Any],
) -> str:
    """Return the HTML of the whole report.

    Args:
        analysis: The figures of the run.
        figures: Each plot with its SVG; the first one leads.
        costs: Tables of cost, budget and tuning.
        config: The run's settings, nested as they come.
        environment: Versions, seeds and device; `command` is the command line.
    """
    results = analysis.results

    def scores(rows: Sequence[Row]) -> list[str]:
        return [table(content) for content in score_tables(results, rows)]

    def soft(text: str) -> str:
        return paragraph(text, "soft")

    drawn = {plot.name: html for (plot, _), html in zip(figures, _figures(figures), strict=True)}
    leading = 2 if analysis.support else 1  # where there is a curve over support examples, it and that over steps
    first = list(drawn)[:leading]

    def take(part: str) -> list[str]:
        return [drawn.pop(name) for name in list(drawn) if name.startswith(part)]

    lead, learning, descriptors = [drawn.pop(name) for name in first], take("learning"), take("descriptors")
    variants = take("adaptation")
    adapted = [
        gain_table(results, analysis.gains, descriptor=descriptor, split=split)
        for descriptor in results.values("descriptor")
        for split in results.values("split")
    ]
    end = analysis.end
    shares = [table(content) for content in share_tables(results, list(analysis.shares), end)]
    known = [table(content) for content in reference_tables(results, analysis.references)]
    command = [code(str(environment["command"]))] if "command" in environment else []
    settings = {name: value for name, value in environment.items() if name != "command"}
    of_hypermaml = scores(analysis.lead(analysis.of_hypermaml))
    of_descriptors = scores(analysis.lead(analysis.of_descriptors))
    controls = scores(analysis.lead(analysis.controls))
    support = [table(content) for content in support_tables(results, analysis.support)]
    body = [
        *(paragraph(question(results), "lead"), paragraph(answer(results), "lead"), *lead),
        *(heading("What the figures say"), sentences(analysis.findings)),
        *([heading("Examples"), *drawn.values()] if drawn else []),
        *([heading("Does the description matter?"), soft(CONTROL), *controls] if controls else []),
        *([heading("Several descriptions"), *descriptors, *of_descriptors] if descriptors or of_descriptors else []),
        *([heading("Scores by support examples"), soft(BY_SUPPORT), *support] if support else []),
        *(heading("How to read it"), paragraph(INTRODUCTION), terms(glossary(results)), *command),
        *(heading("Scores"), soft("Mean over seeds and held-out tasks with its 95% interval, after each inner step.")),
        *scores(analysis.lead(analysis.scores)),
        details("Other metrics and variants", [*variants, *scores(analysis.rest(analysis.scores))]),
        *(heading("Paired differences"), soft(PAIRED)),
        *scores(analysis.lead(analysis.from_maml)),
        details("HyperMAML minus each other method", of_hypermaml),
        *(heading("Conditioning and adaptation"), soft("What a method knows at step 0, and what its steps add.")),
        *map(table, adapted),
        *(
            [
                heading(f"Share of the way to the {end}"),
                soft(SHARE.format(ORACLE if end == "oracle" else OPTIMUM)),
                *shares,
            ]
            if shares
            else []
        ),
        *([heading("What needs no meta-training"), *known] if known else []),
        *([heading("Cost"), *learning, *map(table, costs)] if costs or learning else []),
        *(heading("Methods"), table(methods_table(results.values("method"), results.looks))),
        *(heading("Configuration"), entries(config)),
        *(heading("Versions, seeds and device"), entries(settings)),
    ]
    base = f" ({results.base})" if results.base else ""
    return document(f"Adaptation on {results.family}{base}", body)


def _figures(figures: Sequence[tuple[Plot, str]]) -> list[str]:
    html, left = [], _BUDGET
    for plot, svg in figures:
        inline = len(svg) <= min(_LARGEST, left)
        left -= len(svg) if inline else 0
        html.append(figure(plot, svg, inline=inline))
    return html
