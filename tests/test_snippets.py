"""The Python of the README and of some pages runs as it is written, with fewer iterations."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
SMALLER = ((r"iterations=\d+", "iterations=2"), (r"range\(\d+\)", "range(2)"))


PAGES = ("docs/python.md", "docs/use.md", "docs/tables.md")
LONG = ("docs/check.md", "docs/scikit-learn.md", "docs/environments.md")
ALL = ["README.md", *PAGES, *(pytest.param(page, marks=pytest.mark.product) for page in LONG)]


@pytest.mark.parametrize("page", ALL)
def test_the_python_of_a_page_runs(page, tmp_path, monkeypatch):
    """The blocks of a page continue one another. Comparisons have tests of their own."""
    monkeypatch.chdir(tmp_path)
    module = ModuleType("snippets")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    blocks = BLOCK.findall((ROOT / page).read_text())
    code = "\n".join(block for block in blocks if "hm.compare(" not in block)
    for pattern, smaller in SMALLER:
        code = re.sub(pattern, smaller, code)
    exec(compile(code, page, "exec"), vars(module))
