"""List families and methods; piped, one bare name a line."""

from __future__ import annotations

import sys

from hypermaml.cli.names import FAMILIES, only_names
from hypermaml.experiments.families import other_families
from hypermaml.methods import METHODS


def run(args: list[str]) -> None:
    """Print the names that the other verbs take."""
    only_names(args, [], "list", __doc__ or "")
    others = other_families()
    if not sys.stdout.isatty():
        print("\n".join([*FAMILIES, *others, *METHODS]))
        return

    from hypermaml.cli.terminal import output, plain_table

    families = [(name, summary(entry)) for name, entry in FAMILIES.items()]
    families += [(name, f"From another package: {point.value}.") for name, point in others.items()]
    methods = [(name, summary(entry)) for name, entry in METHODS.items()]
    for title, rows in {"Families": families, "Methods": methods}.items():
        output().print(plain_table(title, rows))


def summary(entry: type) -> str:
    """Return the one line that a class gives of itself: its `summary`, or the first sentence of its docstring."""
    own = getattr(entry, "summary", "")
    return own or " ".join((entry.__doc__ or "").partition("\n\n")[0].split())
