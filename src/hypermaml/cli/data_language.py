"""Language tasks: questions, entailment, paraphrase, translation and more, made from dictionaries and kept in one file.

The set that ships with the package is made with --small. Without it, what may not be shipped is added where it is
installed: FreeDict's dictionaries, the names of iso-codes, rated texts of vaderSentiment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from hypermaml.cli.data import refuse_file
from hypermaml.cli.parse import OptionalPath, parse

if TYPE_CHECKING:
    from hypermaml.data.language.task import LanguageTask


FETCH = {
    "FreeDict": "apt install dict-freedict-eng-fra, and others",
    "iso-codes": "apt install iso-codes",
    "rated texts": "in vaderSentiment's archive",
}


@dataclass(frozen=True)
class Options:
    """What the tasks are made from, and where they are kept."""

    wordnet: Annotated[Path, tyro.conf.arg(metavar="DIR")] = Path("/usr/share/wordnet")
    """The folder of WordNet's files, as Debian's package wordnet-base lays them."""
    cldr: Annotated[Path, tyro.conf.arg(metavar="DIR")] = Path("/usr/share/unicode/cldr")
    """The folder of CLDR's folder `common`, as Debian's package unicode-cldr-core lays it."""
    vader: Annotated[Path, tyro.conf.arg(metavar="FILE")] = Path("vaderSentiment-3.3.2.tar.gz")
    """The archive that `pip download --no-deps --no-binary :all: vaderSentiment` fetches."""
    freedict: Annotated[Path, tyro.conf.arg(metavar="DIR")] = Path("/usr/share/dictd")
    """The folder of FreeDict's dictionaries, as Debian's packages dict-freedict-eng-fra and its kin lay them."""
    iso_codes: Annotated[Path, tyro.conf.arg(metavar="DIR")] = Path("/usr/share/iso-codes/json")
    """The folder of iso_639-3.json and its kin, as Debian's package iso-codes lays it."""
    locales: Annotated[Path, tyro.conf.arg(metavar="DIR")] = Path("/usr/share/locale")
    """The folder of the translations of iso-codes."""
    out: Annotated[
        OptionalPath, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: language.zip in the user's cache)")
    ] = None
    """The .zip file. The cache's folder is HYPERMAML_CACHE, or hypermaml in XDG_CACHE_HOME or ~/.cache."""
    small: Annotated[bool, tyro.conf.arg(help_behavior_hint="")] = False
    """Make the set that ships with the package; needs --out."""
    overwrite: Annotated[bool, tyro.conf.arg(help_behavior_hint="")] = False
    """Make the tasks anew where the file exists."""

    def __post_init__(self):
        if self.small and self.out is None:
            raise ValueError("--small needs --out FILE: the set that ships with the package is not written over")


def run(args: list[str]) -> None:
    """Makes the tasks unless they are there, and tells what they are."""
    (options,) = parse((Options(),), args, prog="hypermaml data language", about=__doc__ or "")
    refuse_file("--out", options.out, ".zip", b"PK")
    from hypermaml.data.language.archive import read_tasks, tasks_file

    path = options.out or tasks_file()
    there = path.exists() and not options.overwrite
    if not there:
        for line in build(options, path):
            print(line)
    try:
        tasks = read_tasks(path)
    except ValueError as error:
        raise ValueError(f"{error}: make it again with --overwrite") from None
    show(tasks, path)
    if there:
        print("They were there already; make them again with --overwrite.")


def build(options: Options, path: Path) -> list[str]:
    """Makes the tasks, with progress on standard error, and writes the file; a missing cache folder is made.

    Returns:
        A line on what was added to the tasks that ship, and one on what is absent.
    """
    from hypermaml.cli.progress import Monitor
    from hypermaml.cli.terminal import errors
    from hypermaml.data.language.archive import write_tasks
    from hypermaml.data.language.build import RECIPES, build_tasks
    from hypermaml.data.language.recipes.large import large_recipes
    from hypermaml.data.language.recipes.recipe import Sources
    from hypermaml.data.language.sources.cldr import Cldr
    from hypermaml.data.language.sources.vader import read_lexicon
    from hypermaml.data.language.sources.wordnet import WordNet

    with Monitor(errors(), "reading the sources") as monitor:
        sources = Sources(WordNet(options.wordnet), Cldr(options.cldr), read_lexicon(options.vader))
        places = options.freedict, options.iso_codes, options.locales, options.vader
        more = {} if options.small else large_recipes(*places)
        recipes = [*RECIPES, *(recipe for own in more.values() for recipe in own)]
        tasks = build_tasks(sources, recipes, report=lambda done, tasks: monitor.draw(done, tasks, "tasks"))
        monitor.say("writing the file")
        path.parent.mkdir(parents=True, exist_ok=True)
        write_tasks(path, tasks)
    added, absent = ([name for name in more if bool(more[name]) == there] for there in (True, False))
    lines = [f"Added: {', '.join(f'{name} {len(more[name])} tasks' for name in added)}"] if added else []
    return lines + ([f"Absent: {', '.join(f'{name} ({FETCH[name]})' for name in absent)}"] if absent else [])


def show(tasks: Sequence[LanguageTask], path: Path) -> None:
    """Prints what the file holds, a fact a line."""
    from hypermaml.data.language.archive import digest
    from hypermaml.data.language.task import SPLITS

    splits = Counter(task.split for task in tasks)
    print(f"Tasks: {len(tasks)} ({', '.join(f'{splits[split]} {split}' for split in SPLITS)})")
    print(f"Kinds: {', '.join(f'{kind} {count}' for kind, count in Counter(task.kind for task in tasks).items())}")
    print(f"Instances: {sum(len(task.instances) for task in tasks):,}")
    print(f"File: {path} ({path.stat().st_size / 1e6:.1f} MB)")
    print(f"SHA-256 of the contents: {digest(tasks)}")
