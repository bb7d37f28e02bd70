"""The Python of the README and of some pages runs as it is written, and tutorials print and draw what they show."""

import re
from pathlib import Path

import numpy as np
import pages
import pytest
from PIL import Image

ROOT = pages.ROOT
SMALLER = ((r"iterations=\d+", "iterations=2"), (r"range\(\d+\)", "range(2)"))
ALL = [*pages.SHORT, *(pytest.param(page, marks=pytest.mark.product) for page in pages.LONG)]
QUICK = ("arrays", "parts")  # the others take longer
# How far a number may be from the page, as a share of it: another machine rounds differently, and training amplifies
# that. What is after a ± varies more.
NUMBERS, SPREADS = 0.25, 0.5
DIGIT = 0.06  # of numbers that are shown with one digit
GRAY = 6.0  # mean difference of the gray of two pictures, of 255


def check_output(shown, printed):
    """Compare what a page shows with what its blocks print now, which may be more."""
    (words, numbers, spreads), now = pages.parted(shown), pages.parted(printed)
    assert now[0][: len(words)] == words, printed
    assert now[1][: len(numbers)] == pytest.approx(numbers, rel=NUMBERS, abs=DIGIT), printed
    assert now[2][: len(spreads)] == pytest.approx(spreads, rel=SPREADS, abs=DIGIT), printed


def gray(path):
    """A picture in gray, at a fourth of its size."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("L").reduce(4), float), picture.size


def check_page(path, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    text = path.read_text()
    for step, printed in pages.run(text, path.name):
        if step.shown is None:
            assert printed == "" or path.stem == "start", printed
        else:
            check_output(step.shown, printed)
        for name in step.pictures:
            assert f"images/{name})" in text
            (now, size), (shown, size_shown) = gray(tmp_path / name), gray(ROOT / "docs/images" / name)
            assert size == size_shown
            assert np.abs(now - shown).mean() < GRAY


@pytest.mark.parametrize("page", ALL)
def test_the_python_of_a_page_runs(page, tmp_path, monkeypatch):
    """The blocks of a page continue one another, with few iterations. Comparisons have tests of their own."""
    monkeypatch.chdir(tmp_path)
    text = (ROOT / page).read_text()
    blocks = [block for kind, block in pages.BLOCK.findall(text) if kind == "python" and "hm.compare(" not in block]
    code = "\n".join(blocks)
    for pattern, smaller in SMALLER:
        code = re.sub(pattern, smaller, code)
    list(pages.run(f"```python\n{code}\n```", page))


@pytest.mark.parametrize(
    "page",
    [pytest.param(each, marks=() if Path(each).stem in QUICK else pytest.mark.product) for each in pages.COMPARED],
)
def test_a_page_prints_and_draws_what_it_shows(page, tmp_path, monkeypatch):
    check_page(ROOT / page, monkeypatch, tmp_path)


def test_a_tutorial_has_a_picture_and_shows_what_it_prints():
    """And so does each of its blocks that prints, but for one that only explains how."""
    for path in pages.TUTORIALS:
        text = (ROOT / path).read_text()
        assert len(re.findall(r"^!\[[^\]]+\]\(\.\./images/[\w-]+\.png\)$", text, re.MULTILINE)) == 1, path
        assert any(step.shown is not None for step in pages.steps(text)), path
        assert all("print(" not in step.code for step in pages.steps(text) if step.shown is None), path


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("maml 1.60 ± 0.2", "hypermaml 1.60 ± 0.2"),  # a word
        ("maml 1.60 ± 0.2", "maml 2.10 ± 0.2"),  # a number
        ("maml 1.60 ± 0.2", "maml 1.60 ± 0.4"),  # a spread
        ("60 tasks", "61 tasks"),  # a whole number
        ("-0.4 [-0.9, 0.1]", "0.4 [-0.9, 0.1]"),  # a sign
        ("1.60\n1.70", "1.60"),  # a line less
    ],
)
def test_another_output_is_found(shown, printed):
    check_output(shown, f"{shown}\n2 more")
    with pytest.raises(AssertionError):
        check_output(shown, printed)
