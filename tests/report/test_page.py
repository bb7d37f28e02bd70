import dataclasses
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from hypermaml.report import load_results, write_report
from hypermaml.report.findings import find
from hypermaml.report.headline import answer

CONFIG = {"family": {"name": "<b>navigation</b>"}, "steps": 3, "seeds": [0, 1]}
ENVIRONMENT = {"command": "hypermaml compare navigation --out 'a & b'", "versions": {"jax": "0.10.2"}}


class Reader(HTMLParser):
    """Collects tags, ids and what a page would fetch."""

    def __init__(self):
        super().__init__()
        self.tags, self.ids, self.fetched, self.open = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        found = dict(attrs)
        self.ids += [found["id"]] if "id" in found else []
        self.fetched += [found[name] for name in ("src", "href", "xlink:href") if name in found]
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def report(small_run, made, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    summary = write_report(
        folder,
        results=load_results(small_run / "results.csv", made.make_record()),
        curves=made.make_curves(seeds=2, points=6),
        traces={"full": made.make_paths(horizon=30)},
        config=CONFIG,
        environment=ENVIRONMENT,
        budgets={"maml": {"iterations": 500}},
        tuning={"maml": {"chosen": "outer_lr=0.001"}},
    )
    return folder, summary


def test_a_report_has_all_its_files(report):
    folder, _ = report
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    plots = ("adaptation", "adaptation_policy-mean", "trajectories_full", "learning")
    images = {f"plots/{plot}.{kind}" for plot in plots for kind in ("png", "svg")}
    assert names == images | {"table.md", "table.csv", "seed-means.csv", "page.html", "summary.json"}


def test_the_page_fetches_nothing_and_escapes_everything(report):
    html = (report[0] / "page.html").read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(html)
    assert reader.open == []
    assert all(place.startswith(("#", "data:image/webp;base64,")) for place in reader.fetched)
    assert "script" not in reader.tags
    assert "@import" not in html
    assert "<b>" not in html
    assert "&lt;b&gt;navigation&lt;/b&gt;" in html
    assert "a &amp; b" in html
    assert len(reader.ids) == len(set(reader.ids))
    assert reader.tags.count("svg") + reader.tags.count("img") == 4 + 2  # curves of adaptation also for narrow screens
    assert len(html) < 2_000_000
    assert "prefers-color-scheme: dark" in html


def test_a_page_begins_with_what_was_asked_and_what_came_out(report):
    html = (report[0] / "page.html").read_text(encoding="utf-8")
    before = re.findall(r"<p[^>]*>(.*?)</p>", html[: html.index("<svg")])
    assert before[0].startswith("Asked: how high is the return of ")
    assert before[0].endswith(" new tasks of navigation, before and after each of 3 gradient steps?")
    assert before[1].startswith("Found: with a full description, after 1 step, HyperMAML is better than MAML by ")
    assert before[1].endswith("6 seeds).")
    assert len(before) == 2


def test_two_seeds_are_said_to_decide_almost_nothing(small_run, made):
    results = load_results(small_run / "results.csv", made.make_record())
    two = {cell: scores._replace(values=scores.values[:2], seeds=(0, 1)) for cell, scores in results.cells.items()}
    assert answer(dataclasses.replace(results, cells=two)).endswith("two seeds, which decide almost nothing.")


def test_one_seed_is_said_beside_the_first_figure(made, tmp_path):
    one = load_results(made.write_results(tmp_path / "results.csv", seeds=1, tasks=4), made.make_record())
    assert answer(one).endswith("This is one seed: other seeds may give another answer.")


def test_one_seed_and_one_task_have_no_interval(made, tmp_path):
    one = load_results(made.write_results(tmp_path / "results.csv", seeds=1, tasks=1), made.make_record())
    said = [answer(one), *(finding.text for finding in find(one))]
    assert "no difference is shown" in said[0]
    assert not any("nan" in text for text in said)


def test_few_sentences_are_open_and_the_others_folded(report):
    html = (report[0] / "page.html").read_text(encoding="utf-8")
    said = html[html.index("What the figures say") : html.index("<h2>", html.index("What the figures say") + 30)]
    first, _, folded = said.partition("<details>")
    assert 2 <= first.count("<li") <= 6
    shown = [finding for finding in report[1]["findings"] if not finding["main"]]
    assert folded.count("<li") == len(shown) > 0


def test_words_of_the_tables_are_explained(report):
    html = (report[0] / "page.html").read_text(encoding="utf-8")
    for word in ("meta-test", "full description", "schedule=off", "policy=mean"):
        assert f"<dt>{word}</dt><dd>" in html


def test_links_inside_a_plot_point_into_it(report):
    html = (report[0] / "page.html").read_text(encoding="utf-8")
    targets = set(re.findall(r'\bid="([^"]*)"', html))
    links = set(re.findall(r'href="#([^"]*)"', html)) | set(re.findall(r"url\(#([^)]*)\)", html))
    assert links
    assert links <= targets


def test_the_summary_is_strict_json_that_the_data_alone_determine(report, small_run, made, tmp_path):
    folder, summary = report
    text = (folder / "summary.json").read_text()
    assert json.loads(text) == summary
    other = write_report(
        tmp_path,
        results=load_results(small_run / "results.csv", made.make_record()),
        curves=made.make_curves(seeds=2, points=6),
        config={"out": "elsewhere"},
        environment={},
    )
    assert other == summary
    assert (tmp_path / "summary.json").read_text() == text
    assert (tmp_path / "table.csv").read_bytes() == (folder / "table.csv").read_bytes()
    assert "hypermaml compare" not in text
    assert {"scores", "differences_from_maml", "cost_to_reach_maml", "findings"} <= summary.keys()


def replaced(results, method, change, variant=""):
    cells = {
        cell: scores._replace(values=change(scores.values.copy()))
        if (cell.method, cell.variant) == (method, variant)
        else scores
        for cell, scores in results.cells.items()
    }
    return dataclasses.replace(results, cells=cells)


def said(results, verdict):
    scope = "meta-test, full description"
    return [finding.text for finding in find(results) if (finding.verdict, finding.scope) == (verdict, scope)]


def test_sentences_follow_the_figures(small_run, made):
    results = load_results(small_run / "results.csv", made.make_record())
    assert any(
        text.startswith("HyperMAML at step 0 is better than MAML at step 0 by ") for text in said(results, "better")
    )
    worse = said(results, "worse")
    assert any(re.search(r"Without the test-time schedule .* MAML by \d", text) for text in worse)

    bad = replaced(results, "hypermaml", lambda values: values - 100)
    assert any(text.startswith("HyperMAML at step 0 is worse than MAML at step 0 by ") for text in said(bad, "worse"))
    assert not any("HyperMAML at step 0 is better" in text for text in said(bad, "better"))

    decline = replaced(results, "maml", lambda values: values - 100 * np.arange(4))
    assert any(text.startswith("From step 0 to step 3 MAML gets worse by ") for text in said(decline, "worse"))


def test_a_tie_is_called_open(small_run, made):
    results = load_results(small_run / "results.csv", made.make_record())
    maml = next(scores.values for cell, scores in results.cells.items() if cell.method == "maml")
    signs = np.resize([1.0, -1.0], maml.shape[1])[None, :, None]
    signs[:, -1] = 0
    tie = replaced(results, "hypermaml", lambda _: maml + signs)
    assert any(re.search(r"no difference is shown: 0\.0+ \[", text) for text in said(tie, "open"))


def test_divergence_and_few_seeds_are_said(small_run, made, tmp_path):
    results = load_results(small_run / "results.csv", made.make_record())

    def diverge(values):
        values[0, :, 2:] = np.nan
        return values

    diverged = replaced(results, "maml", diverge)
    assert any(
        "MAML has scores that are not finite at inner step 2, 3 in 1 of 6 seeds" in t for t in said(diverged, "worse")
    )
    summary = write_report(tmp_path, results=diverged, config={}, environment={})
    lost = [row for row in summary["scores"] if row["n_nonfinite"]]
    assert lost
    assert all(row["mean"] is None and row["n_diverged"] == 1 for row in lost)

    one = load_results(made.write_results(tmp_path / "results.csv", seeds=1, tasks=4), made.make_record())
    assert any("There is one seed" in finding.text for finding in find(one))
