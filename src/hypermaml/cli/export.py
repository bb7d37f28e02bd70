"""Write an adapted model for programs without this package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from hypermaml.cli.files import check_new
from hypermaml.cli.names import leading
from hypermaml.cli.parse import parse

ABOUT = (
    "Write an adapted model for programs without this package. MODEL is a file that hypermaml adapt wrote. The ending "
    "of OUT chooses the format: .onnx, .stablehlo (for JAX alone), .safetensors (arrays with the names of torch), or "
    "without an ending a language model's LoRA as a folder that the package peft loads."
)


@dataclass(frozen=True)
class Options:
    """Whether a file is replaced."""

    overwrite: Annotated[bool, tyro.conf.arg(help_behavior_hint="")] = False
    """Replace OUT."""


def run(args: list[str]) -> None:
    """Export."""
    names, rest = leading(args, ["MODEL", "OUT"], "export")
    (options,) = parse((Options(),), rest, prog="hypermaml export MODEL OUT", about=ABOUT)
    out = Path(names[1])
    check_new(out, overwrite=options.overwrite, option="OUT")

    from hypermaml.apply.export import check_suffix
    from hypermaml.cli.work.models import open_model

    check_suffix(out)
    open_model(names[0]).export(out)
    print(f"Model: {out}")
