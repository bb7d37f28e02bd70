"""Embed tasks, and write tables, pictures and sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypermaml.cli.progress import Monitor
from hypermaml.cli.terminal import errors, show_account
from hypermaml.experiments.experiment import Experiment
from hypermaml.report.plots.style import save
from hypermaml.report.plots.tasks import plot_distances, plot_map
from hypermaml.task_embeddings.configuration import Study
from hypermaml.task_embeddings.measures import clustered_order, scaled
from hypermaml.task_embeddings.study import embed_tasks
from hypermaml.task_embeddings.table import Embedded, write_table


def embed(experiment: Experiment, study: Study, folder: Path) -> None:
    """Embed tasks, write tables and pictures, and print the results as sentences.

    Args:
        experiment: gives the family and the settings of the method.
        study: the configuration.
        folder: of the tables and pictures; it is made where it is missing.
    """
    show_account(experiment.account())
    with Monitor(errors(), "starting") as monitor:
        experiment.prepare(monitor.prepare)
        embedded, facts = embed_tasks(experiment, study, say=monitor.say)
        monitor.say("drawing")
        folder.mkdir(parents=True, exist_ok=True)
        _draw(folder, embedded, facts)
        found = write_table(folder, embedded, facts)
    for line in sentences(found):
        print(line)
    print(f"Table and pictures: {folder}")


def _draw(folder: Path, embedded: Embedded, facts: dict[str, Any]) -> None:
    points, shares = scaled(embedded.distances)
    marks: dict[str, Any] = {"names": embedded.group_names, "unseen": embedded.unseen}
    save(plot_map(points, shares, embedded.groups, embedder=facts["embedder"], **marks), folder)
    if embedded.starts is not None and embedded.starts.any():
        starts = scaled(embedded.starts)
        save(plot_map(*starts, embedded.groups, embedder=facts["method"], **marks, of="initializations"), folder)
    save(plot_distances(embedded.distances, clustered_order(embedded.distances), embedded.groups), folder)


def sentences(found: dict[str, Any]) -> list[str]:
    """Write the results of the table as sentences.

    Args:
        found: the contents of `embeddings.json`.
    """
    lines = [f"{found['tasks']} tasks of {found['family']}, {found['entries']} entries each ({found['embedder']})."]
    near, with_starts = found["neighbors"], found["correlation with generated initializations"]
    if near is not None:
        lines.append(
            f"The nearest other task is of the same group for {near['share']:.0%} [{near['low']:.0%}, "
            f"{near['high']:.0%}] of the tasks; by chance it is for {near['chance']:.0%} ({near['groups']} groups)."
        )
    if with_starts is not None:
        lines.append(
            f"Distances between tasks and between the initializations that {found['method']} generates have a rank "
            f"correlation of {with_starts['value']:.2f} [{with_starts['low']:.2f}, {with_starts['high']:.2f}]."
        )
    if found["selection"] is not None:
        lines.append(
            "Of 20 experts, the last layer refitted to the support set, the nearest by Task2Vec scores {chosen:.3g}, "
            "one drawn {random:.3g}, the average one {average:.3g}, the best one {best:.3g}; gain over the average "
            "one {gain:.3g} [{low:.3g}, {high:.3g}].".format(**found["selection"])
        )
    return lines
