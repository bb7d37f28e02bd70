"""Data that is made once on the user's machine: each set is a file `data_NAME.py`."""

from __future__ import annotations

import os
import textwrap
from importlib import import_module
from pathlib import Path

from hypermaml.cli.names import UsageError, check_known, leading

SETS = {
    "glyphs": "Images of the letters of some 140 scripts, drawn from fonts.",
    "language": "Tasks in words, made from WordNet, CLDR and dictionaries.",
}


def run(args: list[str]) -> None:
    """Makes the set that the first argument names."""
    names, rest = leading(args, ["NAME"], "data")
    if not names:  # which is asking for help
        lines = "\n".join(f"{name:10}{line}" for name, line in SETS.items())
        print(f"usage: hypermaml data NAME ...\n\n{textwrap.indent(lines, '  ')}\n")
        print("`hypermaml data NAME --help` tells more.")
        return
    import_module(f"hypermaml.cli.data_{check_known('data set', names[0], SETS)}").run(rest)


def refuse_file(option: str, path: Path | None, ending: str, beginning: bytes) -> None:
    """Raises `UsageError` where a file cannot be written, or would replace what is none of its kind.

    Args:
        option: that named it.
        path: of the file, if one is named.
        ending: that its name must have.
        beginning: of the contents of such files.
    """
    if path is None:
        return
    folder = path.absolute().parent
    if path.suffix.lower() != ending:
        raise UsageError(f"{option}: {path} must end in {ending}")
    if path.is_dir() or not (folder.is_dir() and os.access(folder, os.W_OK)):
        raise UsageError(f"{option}: cannot write {path}; name a file in a folder that exists and may be written")
    if path.exists() and not path.read_bytes().startswith(beginning):
        raise UsageError(f"{option}: {path} exists and is no {ending} file; name another file")
