"""Make the language tasks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hypermaml.cli.progress import Monitor
from hypermaml.cli.terminal import errors
from hypermaml.data.language import build
from hypermaml.data.language.archive import digest, read_tasks, tasks_file, write_tasks
from hypermaml.data.language.recipes.large import large_recipes
from hypermaml.data.language.recipes.recipe import Sources
from hypermaml.data.language.sources.cldr import Cldr
from hypermaml.data.language.sources.vader import read_lexicon
from hypermaml.data.language.sources.wordnet import WordNet
from hypermaml.data.language.task import SPLITS, LanguageTask

if TYPE_CHECKING:
    from hypermaml.cli.data_language import Options

FETCH = {
    "FreeDict": "apt install dict-freedict-eng-fra, and others",
    "iso-codes": "apt install iso-codes",
    "rated texts": "in vaderSentiment's archive",
}


def make(options: Options) -> None:
    """Make the tasks unless their file exists, and print a summary."""
    path = options.out or tasks_file()
    there = path.exists() and not options.overwrite
    if not there:
        for line in build_file(options, path):
            print(line)
    try:
        tasks = read_tasks(path)
    except ValueError as error:
        raise ValueError(f"{error}: make it again with --overwrite") from None
    show(tasks, path)
    if there:
        print("The file exists; make it again with --overwrite.")


def build_file(options: Options, path: Path) -> list[str]:
    """Make the tasks, show progress on standard error, and write the file; a missing cache folder is made.

    Returns:
        A line on the sources that were added to the tasks that ship, and one on the absent sources.
    """
    with Monitor(errors(), "reading the sources") as monitor:
        sources = Sources(WordNet(options.wordnet), Cldr(options.cldr), read_lexicon(options.vader))
        places = options.freedict, options.iso_codes, options.locales, options.vader
        more = {} if options.small else large_recipes(*places)
        recipes = [*build.RECIPES, *(recipe for own in more.values() for recipe in own)]
        tasks = build.build_tasks(sources, recipes, report=lambda done, tasks: monitor.draw(done, tasks, "tasks"))
        monitor.say("writing the file")
        path.parent.mkdir(parents=True, exist_ok=True)
        write_tasks(path, tasks)
    added, absent = ([name for name in more if bool(more[name]) == there] for there in (True, False))
    lines = [f"Added: {', '.join(f'{name} {len(more[name])} tasks' for name in added)}"] if added else []
    return lines + ([f"Absent: {', '.join(f'{name} ({FETCH[name]})' for name in absent)}"] if absent else [])


def show(tasks: Sequence[LanguageTask], path: Path) -> None:
    """Print the contents of the file, a fact a line."""
    splits = Counter(task.split for task in tasks)
    print(f"Tasks: {len(tasks)} ({', '.join(f'{splits[split]} {split}' for split in SPLITS)})")
    print(f"Kinds: {', '.join(f'{kind} {count}' for kind, count in Counter(task.kind for task in tasks).items())}")
    print(f"Instances: {sum(len(task.instances) for task in tasks):,}")
    print(f"File: {path} ({path.stat().st_size / 1e6:.1f} MB)")
    print(f"SHA-256 of the contents: {digest(tasks)}")
