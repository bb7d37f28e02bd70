"""Predict with an adapted model, for each row of a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import tyro

from hypermaml.cli.files import check_new
from hypermaml.cli.names import UsageError, leading
from hypermaml.cli.parse import OptionalPath, parse

NOT_CSV = (".parquet", ".pq", ".feather", ".arrow", ".xlsx", ".xls", ".json")
ABOUT = (
    "Predict with an adapted model, for each row of a file. MODEL is a file that hypermaml adapt wrote, FILE a table "
    "with the inputs. The rows come out as CSV with a further column, prediction."
)


@dataclass(frozen=True)
class Options:
    """The file of the predictions."""

    out: Annotated[OptionalPath, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: printed)")] = None
    """The file of the rows with their predictions."""
    overwrite: Annotated[bool, tyro.conf.arg(help_behavior_hint="")] = False
    """Replace the file of --out."""


def run(args: list[str]) -> None:
    """Predict."""
    names, rest = leading(args, ["MODEL", "FILE"], "predict")
    (options,) = parse((Options(),), rest, prog="hypermaml predict MODEL FILE", about=ABOUT)
    if options.out is not None:
        if options.out.suffix.lower() in NOT_CSV:
            raise UsageError(f"--out: {options.out} would hold CSV; name a file that ends in .csv")
        check_new(options.out, overwrite=options.overwrite)

    from hypermaml.cli.work.predict import predict

    predict(names[0], names[1], options.out)
