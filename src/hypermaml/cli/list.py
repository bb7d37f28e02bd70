"""Families and methods; piped, one bare name a line."""

import sys
from collections.abc import Mapping

from hypermaml.cli.names import FAMILIES, only_names
from hypermaml.experiments.methods import METHODS


def run(args: list[str]) -> None:
    """Prints the names that the other verbs take."""
    only_names(args, [], "list", __doc__ or "")
    if sys.stdout.isatty():
        _tables()
    else:
        print("\n".join([*FAMILIES, *METHODS]))


def _tables() -> None:
    from hypermaml.cli.terminal import output, plain_table

    for title, entries in {"Families": FAMILIES, "Methods": METHODS}.items():
        output().print(plain_table(title, _lines(entries)))


def _lines(entries: Mapping[str, type]) -> list[tuple[str, str]]:
    return [(name, " ".join((entry.__doc__ or "").partition("\n\n")[0].split())) for name, entry in entries.items()]
