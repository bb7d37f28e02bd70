"""Generated command lines: each does its work, or ends in one sentence. The work itself is replaced by its plan."""

import os
import re
import traceback
from collections import Counter

import numpy as np
import pytest

from hypermaml.cli.program import VERBS
from hypermaml.experiments.families import FAMILIES
from hypermaml.methods import METHODS

pytestmark = pytest.mark.faults

LINES = 4_200
VALUES = [
    "0", "1", "2", "3", "-1", "2000000000", "2147483648", "99999999999999999999999", "9" * 5000, "1e400", "nan", "inf",
    "-inf", "0.5", "1_000", "", " ", "é", "\ud800", "\0", "a\nb", "--", "-", "none", "full", "partial", "all", "maml",
    "hypermaml", "quick", "paper", "sine", "run", "missing", "data.csv", "pipe", ".", "..", "/dev/null", "/dev/zero",
    "a" * 300, "data.csv/x", "{", "[]", "x=y", "dense", "low-rank", "adam", "trpo", "description", "true", "True",
    "[red]", "%s", "{0}",
]  # fmt: skip
TAKE_FAMILY = ("compare", "train", "check", "embed", "risks", "tune")
TINY = ("--iterations", "2", "--chunk", "1", "--meta-batch", "2", "--test-tasks", "2", "--validation-tasks", "2")
DONE = {
    "work.comparison": ("show_report",),
    "work.check": ("check",),
    "work.embed": ("embed",),
    "work.tune": ("show_trials",),
    "work.risks": ("measure",),
    "work.data_glyphs": ("make",),
    "work.data_language": ("make",),
    "work.evaluation": ("evaluate",),
    "work.render": ("render",),
}


@pytest.fixture
def planned(monkeypatch, tmp_path, execute):
    """Replaces the work by its plan, and goes to a folder with a run, a table and a named pipe."""
    monkeypatch.chdir(tmp_path)
    assert execute("train", "sine", "random", *TINY, "--out", "run").status == 0
    (tmp_path / "data.csv").write_text("a,b,c\n1,2,3\n")
    os.mkfifo(tmp_path / "pipe")

    def plan(comparison, *args, **options):
        comparison.config()
        comparison.identity()

    monkeypatch.setattr("hypermaml._compare.compare.compare", plan)
    monkeypatch.setattr("hypermaml.experiments.language.LanguageExperiment.prepare", lambda *_: None)
    for module, names in DONE.items():
        for name in names:
            monkeypatch.setattr(f"hypermaml.cli.{module}.{name}", lambda *args, **options: None)


@pytest.fixture
def options(execute):
    """The options of a call, as its help lists them."""
    known = {}

    def of(*names):
        if names not in known:
            known[names] = sorted(set(re.findall(r"--[a-z][\w.-]*", execute(*names, "--help").output))) or ["--help"]
        return known[names]

    return of


def command_of(rng, options):
    """Draws a command line: names, mostly right, then options with values."""
    verb = rng.choice([*VERBS, "compare", "train", "tune", "eval", "report", str(rng.choice(VALUES))])
    args = [verb]
    if verb in TAKE_FAMILY:
        args.append(rng.choice([*FAMILIES, *FAMILIES, *VALUES]))
    if verb == "train" or verb == "cite":
        args.append(rng.choice([*METHODS, *METHODS, *VALUES]))
    if verb in ("adapt", "predict", "export", "eval", "report", "render"):
        args.append(rng.choice(["run", "run", *VALUES]))
    if verb in ("predict", "export", "new", "data"):
        args.append(rng.choice(["family", "method", "glyphs", "language", "data.csv", *VALUES]))
    if verb == "new":
        args.append(rng.choice(["mine", *VALUES]))
    known = options(*(arg for arg in args if arg not in ("--", "-"))) if all(map(_is_plain, args)) else ["--out"]
    for _ in range(rng.integers(0, 5)):
        args.append(rng.choice([*known, *known, *known, "--no-such", "--", str(rng.choice(VALUES))]))
        args += [str(each) for each in rng.choice(VALUES, size=rng.choice([0, 1, 1, 1, 2]))]
    return [str(arg) for arg in args]


def _is_plain(word):
    return re.fullmatch(r"[\w./-]+", word) is not None and len(word) < 100


def test_generated_command_lines(planned, options, execute, tally):
    rng, faults = np.random.default_rng(0), Counter()
    for _ in range(LINES):
        args = command_of(rng, options)
        try:
            found = execute(*args)
        except BaseException as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            what = f"{type(error).__name__}: {str(error)[:100]!r} at {place.filename}:{place.lineno}"
            faults[what, str(args)[:200]] += 1
            continue
        if found.status == 0:
            tally("command lines", "done")
        elif found.is_sentence():
            tally("command lines", "one sentence")
        else:
            faults[found.errors[-300:], str(args)[:200]] += 1
    assert not faults, "\n\n".join(f"{fault}\n    {args}" for fault, args in faults)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_report_of_the_risks_is_planned_or_refused(family, execute, tally, monkeypatch, tmp_path):
    """Whatever the family, the plan of all training runs is made within a minute."""
    from hypermaml.cli.work import risks

    def plan(plan, *args, **options):
        assert all(trial.training_run.iterations >= 0 for trial in risks.trials(plan))

    monkeypatch.setattr(risks, "measure_risks", plan)
    monkeypatch.setattr(risks, "sentences_of", lambda folder: {})
    found = execute("risks", family, "--out", tmp_path / "run")
    assert found.status == 0 or found.is_sentence(), found.errors
    tally("reports of risks", "one sentence" if found.status else "planned")
