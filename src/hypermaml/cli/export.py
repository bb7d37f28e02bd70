"""Write an adapted model for programs without this package, or the trained method of a run as one file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Optional

import tyro

from hypermaml.cli.files import check_new, named_files
from hypermaml.cli.names import UsageError, leading
from hypermaml.cli.parse import NOTHING, Names, OptionalInt, parse

OptionalText = Optional[str]  # noqa: UP045, see OptionalInt
ABOUT = (
    "Write an adapted model for programs without this package. MODEL is a file that hypermaml adapt wrote. The ending "
    "of OUT chooses the format: .onnx, .stablehlo (for JAX alone), .safetensors (arrays with the names of torch), or "
    "without an ending a language model's LoRA as a folder that the package peft loads. If MODEL is the folder of a "
    "run, its trained method is written as a file that ends in .hypermaml, which hypermaml adapt reads without data."
)


@dataclass(frozen=True)
class Options:
    """Which trained method of a run, and whether a file is replaced."""

    method: Annotated[OptionalText, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: the only one)")] = None
    """A method of the run."""
    seed: Annotated[OptionalInt, tyro.conf.arg(metavar="N", help_behavior_hint="(default: the only one)")] = None
    """A seed of the run."""
    files: Annotated[Names, tyro.conf.arg(metavar="OPTION=PATH [OPTION=PATH ...]")] = NOTHING
    """Where data of the training are now, as rows=data/rows.csv; their contents must be as they were."""
    overwrite: Annotated[bool, tyro.conf.arg(help_behavior_hint="")] = False
    """Replace OUT."""


def run(args: list[str]) -> None:
    """Export."""
    names, rest = leading(args, ["MODEL", "OUT"], "export")
    (options,) = parse((Options(),), rest, prog="hypermaml export MODEL OUT", about=ABOUT)
    out = Path(names[1])
    check_new(out, overwrite=options.overwrite, file=out.suffix != "", option="OUT")

    from hypermaml.apply.export import OWN, check_suffix
    from hypermaml.cli.work.models import open_model, save_method

    check_suffix(out)
    if Path(names[0]).is_dir():
        if out.suffix.lower() != OWN:
            raise UsageError(
                f"{names[0]} is a folder, of which hypermaml export {names[0]} FILE{OWN} writes the trained method: "
                f"for {out} adapt it first with hypermaml adapt {names[0]} --out FILE"
            )
        save_method(names[0], out, method=options.method, seed=options.seed, files=named_files(options.files))
        print(f"Trained method: {out}")
        return
    if (options.method, options.seed, options.files) != (None, None, ()):
        raise UsageError(f"--method, --seed and --files choose from the folder of a run, but {names[0]} is a file")
    open_model(names[0]).export(out)
    print(f"Model: {out}")
