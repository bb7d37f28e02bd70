"""Pages whose Python runs: their blocks, what each block prints, and the pictures that it writes."""

import io
import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
# Pages whose Python runs with few iterations, those that take longer, and those whose outputs are compared.
SHORT = ("README.md",)
LONG = ("docs/python.md", "docs/use.md", "docs/check.md", "docs/scikit-learn.md", "docs/environments.md")
TUTORIALS = tuple(
    f"docs/tutorials/{path.name}" for path in sorted((ROOT / "docs/tutorials").glob("*.md")) if path.stem != "README"
)
COMPARED = ("docs/start.md", "docs/parts.md", *TUTORIALS)
RUN = (*SHORT, *LONG, *COMPARED)
BLOCK = re.compile(r"^```(python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PICTURE = re.compile(r'savefig\("([^"]+)"')
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w])")


@dataclass(frozen=True)
class Step:
    """Blocks of a page, up to one that shows what they print.

    Attributes:
        code: of the blocks.
        shown: what the page says that they print; `None` if nothing is shown after them.
        place: of the text in the page, its first letter and the one after its last.
    """

    code: str
    shown: str | None = None
    place: tuple[int, int] = (0, 0)

    @property
    def pictures(self) -> list[str]:
        """The names of the pictures that the blocks write."""
        return PICTURE.findall(self.code)


def steps(page: str) -> list[Step]:
    """The blocks of Python of a page in their order, each part up to the output that follows it."""
    found, code = [], []
    for block in BLOCK.finditer(page):
        if block[1] == "python":
            code.append(block[2])
        elif code:
            found.append(Step("\n".join(code), block[2], block.span(2)))
            code = []
    return found + ([Step("\n".join(code))] if code else [])


def run(page: str, name: str) -> Iterator[tuple[Step, str]]:
    """Run the blocks of a page as one module, in the present folder; yield each step with what it prints."""
    module = ModuleType("page")
    before, sys.modules[module.__name__] = sys.modules.get(module.__name__), module
    try:
        for step in steps(page):
            printed = io.StringIO()
            with redirect_stdout(printed):
                exec(compile(step.code, name, "exec"), vars(module))
            yield step, printed.getvalue()
    finally:
        del sys.modules[module.__name__]
        if before is not None:
            sys.modules[module.__name__] = before


def parted(text: str) -> tuple[list[str], list[float], list[float]]:
    """The words of a text, its numbers, and those after a ±, which vary more. A whole number is a word.

    Another machine rounds differently, so the first digits of a number can be compared and its width cannot.
    """
    words, numbers, spreads = [], [], []
    for word in text.replace("±", " ± ").split():
        for piece in re.split(rf"({NUMBER.pattern})", word):
            if NUMBER.fullmatch(piece) and not piece.lstrip("-").isdigit():
                (spreads if words and words[-1] == "±" else numbers).append(float(piece))
                words.append("#")
            elif piece:
                words.append(piece)
    return words, numbers, spreads
