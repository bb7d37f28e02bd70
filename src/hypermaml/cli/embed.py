"""Embed the tasks of a family, and draw a map of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from hypermaml.cli.family_verb import FamilyCall
from hypermaml.cli.files import check_output_folder
from hypermaml.cli.names import UsageError, check_known
from hypermaml.cli.parse import OptionalPath
from hypermaml.task_embeddings.configuration import Study

ABOUT = (
    "Embed the tasks of a family: write a table of embeddings and distances, draw a map, and measure whether similar "
    "tasks get similar initializations."
)


@dataclass(frozen=True)
class Output:
    """The folder of the results."""

    out: Annotated[
        OptionalPath, tyro.conf.arg(metavar="DIR", help_behavior_hint="(default: runs/FAMILY-embeddings)")
    ] = None
    """The folder of the tables and pictures. Files of the same names are replaced."""


def run(args: list[str]) -> None:
    """Embed tasks, and write tables and pictures."""
    call = FamilyCall.read("embed", args, (Study(), Output()), about=ABOUT)
    family, name = call.family, call.family.name
    given = Study(
        by="method" if family.on_policy or not family.networks else "task2vec",
        method="hypermaml_set" if "none" in family.described else "hypermaml",
        descriptor=family.described[0],
    )
    study, output, experiment = call.options((given, Output(), family.at(call.preset)))
    if study.by == "task2vec" and family.on_policy:
        raise UsageError(f"Task2Vec needs examples with labels, and {name} has none: write --by method")
    if study.by == "task2vec" and not family.networks:
        raise UsageError(f"Task2Vec fits the last layer of a network, and {name} has none: write --by method")
    check_known("method", study.method, [*family.methods(), "none"])
    folder = output.out or Path("runs", f"{name}-embeddings")
    check_output_folder(folder)

    from hypermaml.cli.work.embed import embed

    embed(experiment, study, folder)
