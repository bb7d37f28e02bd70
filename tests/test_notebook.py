"""The notebook of the start: its cells are the blocks of the page, and its outputs those that the page shows."""

import json
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
BLOCK = re.compile(r"^```(python|text)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def cells():
    return json.loads((DOCS / "start.ipynb").read_text(encoding="utf-8"))["cells"]


def blocks(language):
    return [text for kind, text in BLOCK.findall((DOCS / "start.md").read_text()) if kind == language]


def test_the_code_is_that_of_the_page(cells):
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert code == [block.rstrip() for block in blocks("python")]


def test_each_sentence_of_the_page_is_there(cells):
    lines = (DOCS / "start.md").read_text().splitlines(keepends=True)
    page = "".join(line for line in lines if "start.ipynb" not in line)
    page = re.sub(r"```.*?```|^!\[[^\]]*\]\([^)]*\)", "", page, flags=re.DOTALL | re.MULTILINE)
    shown = " ".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    shown = re.sub(r"```.*?```", "", shown, flags=re.DOTALL)
    assert shown.split() == page.split()


def test_the_outputs_are_those_of_the_page(cells):
    """Up to a quarter, since another machine rounds differently."""
    outputs = [output for cell in cells if cell["cell_type"] == "code" for output in cell["outputs"]]
    printed = "".join("".join(output["text"]) for output in outputs if output["output_type"] == "stream")
    numbers = re.compile(r"(?<=[^±] )\d+\.\d+")
    wanted = [float(each) for each in numbers.findall(blocks("text")[0])]
    assert [float(each) for each in numbers.findall(printed)][: len(wanted)] == pytest.approx(wanted, rel=0.25)
    (picture,) = [output["data"]["image/png"] for output in outputs if output["output_type"] == "display_data"]
    assert 10_000 < len(picture) < 150_000


def test_nothing_of_a_machine_is_in_it():
    text = (DOCS / "start.ipynb").read_text(encoding="utf-8")
    assert not re.search(r"/(?:home|tmp|root|usr|work)/|Traceback|Warning", text)
