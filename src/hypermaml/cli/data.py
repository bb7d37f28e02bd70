"""Make a data set once on this machine. Each set has a file `data_NAME.py`."""

from __future__ import annotations

import textwrap
from importlib import import_module

from hypermaml.cli.names import check_known, leading

SETS = {
    "glyphs": "Draw images of the letters of some 140 scripts from fonts.",
    "language": "Make tasks in words from WordNet, CLDR and dictionaries.",
}


def run(args: list[str]) -> None:
    """Make the set that the first argument names."""
    names, rest = leading(args, ["NAME"], "data")
    if not names:  # help was asked for
        lines = "\n".join(f"{name:10}{line}" for name, line in SETS.items())
        print(f"usage: hypermaml data NAME ...\n\n{textwrap.indent(lines, '  ')}\n")
        print("`hypermaml data NAME --help` lists the options.")
        return
    import_module(f"hypermaml.cli.data_{check_known('data set', names[0], SETS)}").run(rest)
