"""The Python of the README and of some pages runs as it is written, with fewer iterations."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
SMALLER = ((r"iterations=\d+", "iterations=2"), (r"range\(\d+\)", "range(2)"))


PAGES = ("docs/start.md", "docs/python.md", "docs/use.md", "docs/tables.md")
LONG = ("docs/check.md", "docs/scikit-learn.md", "docs/environments.md")
ALL = ["README.md", *PAGES, *(pytest.param(page, marks=pytest.mark.product) for page in LONG)]


def run(page, code, monkeypatch, tmp_path):
    """Run the code of a page as a module, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    module = ModuleType("snippets")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(code, page, "exec"), vars(module))


@pytest.mark.parametrize("page", ALL)
def test_the_python_of_a_page_runs(page, tmp_path, monkeypatch):
    """The blocks of a page continue one another. Comparisons have tests of their own."""
    blocks = BLOCK.findall((ROOT / page).read_text())
    code = "\n".join(block for block in blocks if "hm.compare(" not in block)
    for pattern, smaller in SMALLER:
        code = re.sub(pattern, smaller, code)
    run(page, code, monkeypatch, tmp_path)


@pytest.mark.product
def test_the_start_prints_what_its_page_shows(tmp_path, monkeypatch, capsys):
    """Up to a quarter, since another machine rounds differently."""
    text = (ROOT / "docs/start.md").read_text()
    run("docs/start.md", "\n".join(BLOCK.findall(text)), monkeypatch, tmp_path)
    (shown,) = re.findall(r"^```text\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    printed = capsys.readouterr().out.splitlines()
    for line, now in zip(shown.splitlines(), printed, strict=False):
        numbers = re.findall(r"(?<=[^±] )\d+\.\d+", line)
        assert [float(each) for each in re.findall(r"(?<=[^±] )\d+\.\d+", now)] == pytest.approx(
            [float(each) for each in numbers], rel=0.25
        )
