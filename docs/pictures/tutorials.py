"""Run tutorials, and write what they print and draw into them: `python docs/pictures/tutorials.py [PAGE…]`.

Without pages it runs all of `docs/tutorials/` and the start. The tests run the same blocks, and compare.
"""

import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib

DOCS = Path(__file__).parents[1]
sys.path.insert(0, str(DOCS.parent / "tests/helpers"))
import pages  # noqa: E402


def write(path: Path) -> None:
    """Run the blocks of a page, and replace the outputs that it shows and its pictures."""
    text, home, end, made = path.read_text(), Path.cwd(), 0, list[str]()
    with TemporaryDirectory() as scratch:
        os.chdir(scratch)
        try:
            for step, printed in pages.run(text, path.name):
                if step.shown is not None:
                    made += [text[end : step.place[0]], printed.rstrip() + "\n"]
                    end = step.place[1]
                for picture in step.pictures:
                    (DOCS / "images" / picture).write_bytes((Path(scratch) / picture).read_bytes())
        finally:
            os.chdir(home)
    path.write_text("".join([*made, text[end:]]))


def main() -> None:
    """Run the pages that are named, or all."""
    matplotlib.use("agg")
    named = [Path(each).resolve() for each in sys.argv[1:]]
    for path in named or [DOCS / "start.md", *sorted((DOCS / "tutorials").glob("*.md"))]:
        began = time.perf_counter()
        write(path)
        print(f"{path.name}: {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
