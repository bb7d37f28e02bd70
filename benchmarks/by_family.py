"""The command line of benchmarks that train on one family and keep a record of it."""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from hypermaml.run.environment import environment

RESULTS = Path(__file__).parent / "results"


def record(name: str, about: str | None, families: Iterable[str], measure: Callable[[str, Path, bool], Any]) -> None:
    """Measures the family that the command line names, and prints one JSON object under `name`.

    Args:
        name: of the benchmark; its run folder is `runs/NAME-FAMILY`, its record `benchmarks/results/NAME_FAMILY.json`,
            with the command, the commit and the versions.
        about: its help.
        families: by name, the default first.
        measure: from a family, a run folder and whether to be quick; `--quick` has a folder that is deleted, and
            leaves no record.
    """
    names = list(families)
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("family", nargs="?", choices=names, default=names[0])
    parser.add_argument("--quick", action="store_true", help="two iterations, two tasks, one seed")
    given, made_by = parser.parse_args(), environment()
    if given.quick:
        with tempfile.TemporaryDirectory() as scratch:
            found = measure(given.family, Path(scratch, "run"), True)
    else:
        found = measure(given.family, Path(f"runs/{name}-{given.family}"), False)
        path = RESULTS / f"{name}_{given.family}.json"
        kept = {"environment": made_by, name: found}
        path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({name: found}))
