"""Make language tasks from dictionaries, and write them into one file.

With --small the set is the one that ships with the package. Without it, three sources are added where they are
installed, which may not be shipped: FreeDict's dictionaries, the names of iso-codes, and rated texts of vaderSentiment.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from hypermaml.cli.files import check_output_file
from hypermaml.cli.parse import OptionalPath, parse


@dataclass(frozen=True)
class Options:
    """Sources of the tasks, and their file."""

    wordnet: Annotated[Path, tyro.conf.arg(metavar="DIR")] = Path("/usr/share/wordnet")
    """The folder of WordNet's files, laid out as in Debian's package wordnet-base."""
    cldr: Annotated[Path, tyro.conf.arg(metavar="DIR")] = Path("/usr/share/unicode/cldr")
    """The folder of CLDR's folder `common`, laid out as in Debian's package unicode-cldr-core."""
    vader: Annotated[Path, tyro.conf.arg(metavar="FILE")] = Path("vaderSentiment-3.3.2.tar.gz")
    """The archive that `pip download --no-deps --no-binary :all: vaderSentiment` fetches."""
    freedict: Annotated[Path, tyro.conf.arg(metavar="DIR")] = Path("/usr/share/dictd")
    """The folder of FreeDict's dictionaries, laid out as in Debian's packages dict-freedict-*."""
    iso_codes: Annotated[Path, tyro.conf.arg(metavar="DIR")] = Path("/usr/share/iso-codes/json")
    """The folder of iso_639-3.json and related files, laid out as in Debian's package iso-codes."""
    locales: Annotated[Path, tyro.conf.arg(metavar="DIR")] = Path("/usr/share/locale")
    """The folder of the translations of iso-codes."""
    out: Annotated[
        OptionalPath, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: language.zip in the user's cache)")
    ] = None
    """The .zip file. The cache's folder is HYPERMAML_CACHE, or hypermaml in XDG_CACHE_HOME or ~/.cache."""
    small: Annotated[bool, tyro.conf.arg(help_behavior_hint="")] = False
    """Make the set that ships with the package. Needs --out."""
    overwrite: Annotated[bool, tyro.conf.arg(help_behavior_hint="")] = False
    """Make the tasks again where the file exists."""

    def __post_init__(self):
        if self.small and self.out is None:
            raise ValueError("--small needs --out FILE: the set that ships with the package is not written over")


def run(args: list[str]) -> None:
    """Make the tasks unless their file exists, and print a summary."""
    (options,) = parse((Options(),), args, prog="hypermaml data language", about=__doc__ or "")
    check_output_file(options.out, {".zip": b"PK"})

    from hypermaml.cli.work.data_language import make

    make(options)
