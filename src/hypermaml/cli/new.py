"""Write the skeleton of a family or a method of your own, with its test, into the current folder."""

from __future__ import annotations

import builtins
import keyword
import sys
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import tyro

from hypermaml._misc.atomic import write_atomic
from hypermaml.cli.names import UsageError, check_known, leading
from hypermaml.cli.parse import parse

ABOUT = (
    "Write NAME.py and test_NAME.py: a family of tasks or a method that runs as it is, with comments that say what to "
    "change, and its test."
)
KINDS = ("family", "method")


@dataclass(frozen=True)
class Options:
    """The folder of the files."""

    out: Annotated[Path, tyro.conf.arg(metavar="DIR", help_behavior_hint="(default: the current folder)")] = Path(".")
    """The folder that the two files are written to; it must exist."""


def run(args: list[str]) -> None:
    """Write both files, or none."""
    names, rest = leading(args, ["KIND", "NAME"], "new")
    (options,) = parse((Options(),), rest, prog="hypermaml new family|method NAME", about=ABOUT)
    kind, name = check_known("kind", names[0], KINDS), names[1]
    check_name(name, options.out)
    paths = [options.out / f"{name}.py", options.out / f"test_{name}.py"]
    for path in paths:
        if path.exists():
            raise UsageError(f"{path} exists: choose another name, or move the file away")
    if not options.out.is_dir():
        raise UsageError(f"--out: there is no folder {options.out}")
    for path, template in zip(paths, (kind, f"test_{kind}"), strict=True):
        write_atomic(path, filled(template, name))
    print(f"Wrote {paths[0]} and {paths[1]}.\n\nNext, in {options.out.resolve()}:\n")
    print("\n".join(f"  {line}" for line in NEXT[kind].replace("NAME", name).splitlines()))


NEXT = {
    "family": """python -m pytest test_NAME.py
hypermaml check NAME.py:family
hypermaml compare NAME.py:family --methods maml hypermaml""",
    "method": """python -m pytest test_NAME.py
hypermaml check sine --method NAME.py:method""",
}


def filled(template: str, name: str) -> str:
    """Return the text of a template with the name, and the name of its class, filled in."""
    text = (files("hypermaml.cli") / "templates" / f"{template}.txt").read_text()
    return text.replace("@CLASS@", class_of(name)).replace("@NAME@", name)


def class_of(name: str) -> str:
    """Return the name of the class: `heat_pumps` gives `HeatPumps`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def check_name(name: str, folder: Path) -> None:
    """Check that a file of the name can be imported, and hides no other module.

    Raises:
        UsageError: it cannot, or it would.
    """
    if not name.isidentifier() or not name.isascii():
        raise UsageError(
            f"the name is '{name}', but it must be letters, digits and underscores and begin with a letter, such as "
            "heat_pumps"
        )
    if keyword.iskeyword(name) or keyword.issoftkeyword(name) or hasattr(builtins, name):
        raise UsageError(f"the name is '{name}', which is a word of Python: choose another one, such as my_{name}")
    if not class_of(name)[:1].isalpha():
        raise UsageError(f"the name is '{name}', but it must begin with a letter, such as heat_pumps")
    if name in sys.stdlib_module_names or _is_module(name, folder):
        raise UsageError(
            f"the name is '{name}', which is a module that the file would hide: choose another one, such as my_{name}"
        )


def _is_module(name: str, folder: Path) -> bool:
    """Return whether an installed module has the name; a file in the folder itself is another matter."""
    try:
        found = find_spec(name)
    except (ImportError, ValueError):
        return True
    origin = found.origin if found is not None else None
    return found is not None and (origin is None or Path(origin).parent != folder.resolve())
