"""List families and methods; piped, one bare name a line."""

from __future__ import annotations

import sys

from hypermaml.cli.names import FAMILIES, only_names
from hypermaml.methods import METHODS


def run(args: list[str]) -> None:
    """Print the names that the other verbs take."""
    only_names(args, [], "list", __doc__ or "")
    if not sys.stdout.isatty():
        print("\n".join([*FAMILIES, *METHODS]))
        return

    from hypermaml.cli.terminal import output, plain_table

    for title, entries in {"Families": FAMILIES, "Methods": METHODS}.items():
        output().print(plain_table(title, [(name, summary(entry)) for name, entry in entries.items()]))


def summary(entry: type) -> str:
    """Return the one line that a class gives of itself: its `summary`, or the first sentence of its docstring."""
    own = getattr(entry, "summary", "")
    return own or " ".join((entry.__doc__ or "").partition("\n\n")[0].split())
