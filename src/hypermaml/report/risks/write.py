"""Write the report of the risks into its folder."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypermaml._misc.atomic import write_atomic
from hypermaml._misc.tables import csv_text
from hypermaml.report.analysis import rounded
from hypermaml.report.elements import code, details, document, entries, figure, heading, paragraph, sentences, table
from hypermaml.report.looks import PACKAGE
from hypermaml.report.plots.style import save
from hypermaml.report.risks import complexity, embedding, generalization, overfitting, scaling, tuning
from hypermaml.report.risks.section import Measured, Section
from hypermaml.report.run import check_run, environment_of, rewritten
from hypermaml.risks.complexity import costs
from hypermaml.risks.measure import Scores
from hypermaml.risks.plan import Risks
from hypermaml.run.folder import SUMMARY, RunFolder

COLUMNS = ("section", "figure", "method", "at", "mean", "low", "high", "seeds", "n")
INTRODUCTION = (
    "The risks of generating the initialization of a model from a description of its task, each measured. Errors are "
    "of held-out tasks after one inner step, unless a figure says otherwise; lower is better. A triangle marks a "
    "sentence that the figures decide. A circle marks a sentence where the intervals decide nothing."
)


def report_risks(risks: Risks, run: RunFolder) -> None:
    """Write `plots/`, `results.csv`, `page.html` and, last, `summary.json`, from the training runs of a finished run.

    Args:
        risks: the plan of the run.
        run: its folder, locked.

    Raises:
        RunFolderError: the results of a training run are damaged.
    """
    check_run(run, [])
    sections = sections_of(risks, run)
    with rewritten(run) as folder:
        _write(folder, risks, run, sections)


def _write(folder: Path, risks: Risks, run: RunFolder, sections: Sequence[Section]) -> None:
    (folder / "plots").mkdir()
    drawn = {plot.name: save(plot, folder / "plots") for section in sections for plot in section.plots}
    write_atomic(folder / "results.csv", _table(sections))
    write_atomic(folder / "page.html", _page(risks, run, sections, drawn))
    content = {
        section.name: {"title": section.title, "findings": [vars(finding) for finding in section.findings]}
        for section in sections
    }
    write_atomic(folder / "summary.json", json.dumps(rounded(content), indent=1, allow_nan=False) + "\n")


def sentences_of(folder: Path) -> dict[str, list[str]]:
    """Read the sentences of a finished report, by the title of the section."""
    sections = RunFolder.load(folder).read_json(SUMMARY).values()
    return {section["title"]: [finding["text"] for finding in section["findings"]] for section in sections}


def sections_of(risks: Risks, run: RunFolder) -> list[Section]:
    """Write the sections of a finished run, without those that the family cannot have."""
    measured, spent = Measured(risks, Scores(run)), costs(risks, run)
    return [
        complexity.section(measured, spent),
        overfitting.section(measured),
        *([generalization.section(measured)] if risks.distant is not None else []),
        tuning.section(measured),
        *([scaling.section(measured, spent)] if risks.resizable else []),
        embedding.section(measured),
    ]


def _table(sections: Sequence[Section]) -> str:
    """Write one line for each figure, at full precision."""
    rows = []
    for section in sections:
        for each in section.figures:
            value = each.estimate
            numbers = (f"{number:.9g}" for number in (value.mean, value.low, value.high))
            rows.append((section.name, each.name, each.method, each.at, *numbers, value.n_seeds, value.n_tasks))
    return csv_text(COLUMNS, rows)


def _page(risks: Risks, run: RunFolder, sections: Sequence[Section], drawn: dict[str, str]) -> str:
    environment: dict[str, Any] = environment_of(run)
    body = [paragraph(INTRODUCTION)]
    body += [code(str(environment.pop("command")))] if "command" in environment else []
    body.append(paragraph(" ".join([_sizes(risks), *risks.omissions()]), "soft"))
    for number, section in enumerate(sections, start=1):
        body += [heading(f"{number}. {section.title}"), paragraph(section.question, "soft")]
        body.append(sentences(section.findings))
        body += [figure(plot, drawn[plot.name], inline=True) for plot in section.plots]
        body.append(details("All figures", [table(section.table)]))
    body += [heading("Configuration"), entries(risks.config())]
    body += [heading("Versions, seeds and device"), entries(environment)]
    return document(f"The risks of {PACKAGE.label(risks.method)} on {risks.experiment.name}", body)


def _sizes(risks: Risks) -> str:
    budget = risks.budget
    seeds = (
        "one seed, so that intervals say nothing about other seeds" if budget.seeds == 1 else f"{budget.seeds} seeds"
    )
    few = "; two seeds decide almost nothing" if budget.seeds == 2 else ""
    runs = f"Each training run has {budget.iterations:,} meta-iterations of {budget.meta_batch} tasks"
    width = f"Unless a figure says otherwise, each hidden layer of a target network has width {budget.narrowest}."
    return f"{runs}; descriptor {risks.descriptor}; {seeds}{few}." + (f" {width}" if risks.resizable else "")
