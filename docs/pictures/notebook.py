"""Make the notebook of the page on the start, with its outputs: `python docs/pictures/notebook.py`, about a minute.

The texts and the code are those of `docs/start.md`; the outputs are what the code prints and draws.
"""

import base64
import io
import json
import os
import re
import sys
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import matplotlib

DOCS = Path(__file__).parents[1]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


def parts(text: str) -> list[tuple[str, str]]:
    """Return the texts of a page, `markdown`, and its blocks by their language, in their order."""
    found, end = list[tuple[str, str]](), 0
    for block in FENCE.finditer(text):
        found += [("markdown", text[end : block.start()].strip()), (block[1], block[2].rstrip())]
        end = block.end()
    return [(kind, part) for kind, part in [*found, ("markdown", text[end:].strip())] if part]


def lines(text: str) -> list[str]:
    """Return the lines of a text, as a notebook has them."""
    return text.splitlines(keepends=True)


def outputs_of(code: str, space: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    """Run a cell, and return what it prints and the picture that it writes."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(code, "start.md", "exec"), space)
    found: list[dict[str, Any]] = []
    if printed.getvalue():
        found.append({"output_type": "stream", "name": "stdout", "text": lines(printed.getvalue())})
    for picture in re.findall(r'savefig\("([^"]+)"', code):
        data = base64.b64encode((folder / picture).read_bytes()).decode()
        found.append({"output_type": "display_data", "metadata": {}, "data": {"image/png": data}})
    return found


def cells(text: str, folder: Path) -> list[dict[str, Any]]:
    """Return the cells of a page, executed in one module; blocks of output are left out, for cells have their own."""
    module = ModuleType("start")
    sys.modules[module.__name__] = module
    found = list[dict[str, Any]]()
    for number, (kind, part) in enumerate(parts(text)):
        cell = {"id": f"cell-{number}", "metadata": {}}
        if kind == "python":
            own = {"execution_count": None, "outputs": outputs_of(part, vars(module), folder)}
            found.append({"cell_type": "code", **cell, "source": lines(part), **own})
        elif kind == "bash":
            found.append({"cell_type": "markdown", **cell, "source": lines(f"```bash\n{part}\n```")})
        elif kind == "markdown":
            plain = re.sub(r"^!\[[^\]]*\]\([^)]*\)\n*", "", part, flags=re.MULTILINE).strip()  # pictures are outputs
            found += [{"cell_type": "markdown", **cell, "source": lines(plain)}] if plain else []
    return found


def main() -> None:
    """Run the page, and write the notebook."""
    matplotlib.use("agg")
    home = Path.cwd()
    page = (DOCS / "start.md").read_text().splitlines(keepends=True)
    text = "".join(line for line in page if "start.ipynb" not in line)
    with TemporaryDirectory() as scratch:
        os.chdir(scratch)
        made = cells(text, Path(scratch))
        os.chdir(home)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book = {"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    (DOCS / "start.ipynb").write_text(json.dumps(book, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
