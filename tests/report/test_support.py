"""Scores by the number of support examples, and the control with the description of another task."""

import csv
import re

import numpy as np
import pytest

from hypermaml._compare.records import FIELDS
from hypermaml.report import load_results, write_report
from hypermaml.report.findings import find
from hypermaml.report.statistics import controls
from hypermaml.report.support import support_curves, support_tables

SEEDS, TASKS, STEPS = 3, 6, 2
BY_SIZE = {"maml": {0: 4.0, 2: 2.0, 5: 1.0}, "hypermaml": {0: 2.0, 2: 1.0, 5: 0.5}}
RIDGE = {"": 3.0, "support=0": 6.0, "support=2": 5.0, "support=5": 3.0}


def noise(*shape):
    return 1 + 0.02 * np.random.default_rng(0).normal(size=shape)


@pytest.fixture(scope="module")
def results(tmp_path_factory, made):
    path = tmp_path_factory.mktemp("table") / "results.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(FIELDS)
        for method, sizes in BY_SIZE.items():
            tests = {"": sizes[5], **{f"support={size}": value for size, value in sizes.items()}}
            tests |= {"description=other": 7.0} if method == "hypermaml" else {}
            for variant, level in tests.items():
                values = level * noise(SEEDS, TASKS, STEPS + 1) * np.array([1.2, 1.1, 1.0])
                writer.writerows(
                    ("sine", variant, "full", "meta-test", method, *place, "mse", repr(float(value)))
                    for place, value in np.ndenumerate(values)
                )
    return load_results(path, made.make_record("sine"))


@pytest.fixture(scope="module")
def references():
    places = [(seed, task) for seed in range(SEEDS) for task in range(TASKS)]
    return {variant: {"meta-test": {"ridge": dict.fromkeys(places, level)}} for variant, level in RIDGE.items()}


def test_curves_are_of_the_last_step_by_size(results, references):
    curves = {curve.name: curve for curve in support_curves(results, references)}
    assert list(curves) == ["maml", "hypermaml", "ridge"]
    assert [curves[name].reference for name in curves] == [False, False, True]
    for name, sizes in (BY_SIZE | {"ridge": {0: 6.0, 2: 5.0, 5: 3.0}}).items():
        found = curves[name].scores
        assert list(found) == [0, 2, 5]
        np.testing.assert_allclose([found[size].mean for size in sizes], list(sizes.values()), rtol=0.02)


def test_the_table_has_a_column_for_each_size(results, references):
    (table,) = support_tables(results, support_curves(results, references))
    assert table.headers == ("method", "0", "2", "5")
    assert [row[0] for row in table.rows] == ["maml", "hypermaml", "ridge"]


def test_a_control_is_paired_and_of_the_methods_that_read_descriptions(results):
    rows = [row for row in controls(results) if row.cell.variant == ""]
    assert {row.cell.method for row in rows} == {"hypermaml"}
    assert [row.inner_step for row in rows] == [0, 1, 2]
    np.testing.assert_allclose([row.estimate.mean for row in rows], -6.5 * np.array([1.2, 1.1, 1.0]), rtol=0.02)
    assert not [row for row in controls(results) if "description" in row.cell.variant]


def test_sentences_say_what_the_description_and_the_alternatives_are_worth(results, references):
    texts = [finding.text for finding in find(results, references[""]) if finding.verdict == "better"]
    opener = "The description matters: with that of another task these are worse at step 1, HyperMAML by "
    assert any(text.startswith(opener) for text in texts)
    assert any(re.match(r"After step 2 HyperMAML is better than ridge by 2\.[45]", text) for text in texts)


def test_the_page_leads_with_the_curve_over_support_examples(results, references, tmp_path):
    summary = write_report(tmp_path, results=results, references=references, config={}, environment={})
    page = (tmp_path / "page.html").read_text()
    first = page.index("Error against the number of support examples")
    assert first < page.index("Adaptation curves") < page.index("What the figures say")
    assert "Does the description matter?" in page
    assert {path.name for path in (tmp_path / "plots").glob("*.png")} == {"support.png", "adaptation.png"}
    assert {line["minus"] for line in summary["controls"]} == {"another description"}
    assert "by support examples" in (tmp_path / "table.md").read_text()
