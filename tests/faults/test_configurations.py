"""Generated configurations of a run: each is read, or ends in one sentence. Their checksums are right."""

import json
import shutil
import traceback
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from hypermaml.run import checksums

pytestmark = pytest.mark.faults

COUNT = 2_100
TINY = ("--iterations", "2", "--chunk", "1", "--meta-batch", "2", "--test-tasks", "2", "--validation-tasks", "2")
VALUES = [
    None, True, 0, 1, -1, 2, 0.5, 1e300, 2**31, 2_000_000_000, 2**63, 10**400, "", "maml", "sine", "\ud800",
    "nan",
    "x" * 5000, [], {}, [[]], {"class": "MAML"}, {"class": "os:system"}, {"class": 7}, [1, [2, [3]]], {"a": {"b": {}}},
    "GLYPHS", "table",
]  # fmt: skip
TEXTS = [
    "",
    "{",
    "[]",
    "7",
    "null",
    "[" * 100_000,
    '{"a":' * 5_000 + "1" + "}" * 5_000,
    '{"format": 9' + "9" * 6000 + "}",
]


@pytest.fixture
def run(tmp_path, execute, monkeypatch):
    """A finished run, whose report and evaluation end after everything is read."""
    assert execute("train", "sine", "hypermaml", *TINY, "--out", tmp_path / "run").status == 0
    monkeypatch.setattr("hypermaml._compare.evaluation.measure", lambda *args: {})
    monkeypatch.setattr("hypermaml.report.run.write_report", lambda *args, **options: None)
    return tmp_path / "run"


def places_in(value, path=()):
    """Yields the path of each part of a JSON value."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in items:
        yield from places_in(part, (*path, name))


def altered(value, path, change):
    """Returns the value with a part changed; without it where the change is the function itself."""
    if not path:
        return change
    copy = dict(value) if isinstance(value, dict) else list(value)
    if len(path) == 1 and change is altered:
        del copy[path[0]]
    else:
        copy[path[0]] = altered(value[path[0]], path[1:], change)
    return copy


def test_generated_configurations(run, execute, tally, tmp_path):
    rng, faults = np.random.default_rng(0), Counter()
    notes = "training-runs/full/hypermaml/0/training-run.json"
    saved = {name: json.loads((run / name).read_text()) for name in ("config.json", "record.json", notes)}
    saved["config.json"].pop("sha256")
    places = {name: list(places_in(contents)) for name, contents in saved.items()}
    for number in range(COUNT):
        name = str(rng.choice(["config.json", "config.json", "config.json", "record.json", notes]))
        path, original = run / name, (run / name).read_bytes()
        manifest = path.parent / "manifest.json"
        listed = manifest.read_bytes()
        if number < 3 * len(TEXTS):
            name = ("config.json", "record.json", notes)[number // len(TEXTS)]
            path, original = run / name, (run / name).read_bytes()
            manifest = path.parent / "manifest.json"
            listed, shown = manifest.read_bytes(), TEXTS[number % len(TEXTS)]
            path.write_text(shown)
        else:
            place = places[name][rng.integers(len(places[name]))]
            change = altered if place and rng.random() < 0.2 else VALUES[rng.integers(len(VALUES))]
            contents, shown = altered(saved[name], place, change), (place, str(change)[:50])
            seal = name == "config.json" and isinstance(contents, dict)
            path.write_bytes(checksums.render(contents) if seal else json.dumps(contents).encode())
        if name != "config.json":
            checksums.seal(path.parent, [path.name])
        verb = "eval" if rng.random() < 0.7 else "report"
        try:
            found = execute(verb, run)
            if found.status == 0:
                tally("configurations of a run", "read")
            elif found.is_sentence():
                tally("configurations of a run", "one sentence")
            else:
                faults[found.errors[-300:], f"{verb} {name} {shown}"[:250]] += 1
        except BaseException as error:
            frames = traceback.extract_tb(error.__traceback__)
            at = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[:-5:-1])
            faults[f"{type(error).__name__}: {str(error)[:100]!r} at {at}", f"{verb} {name} {shown}"[:250]] += 1
        path.write_bytes(original)
        manifest.write_bytes(listed)
    assert not faults, "\n\n".join(f"{fault}\n    {what}" for fault, what in faults)


def test_a_number_that_would_take_all_memory(run, execute, tally, tmp_path):
    """Two billion test tasks ended the process in a segmentation fault."""
    for name in ("test_tasks", "validation_tasks", "meta_batch", "steps"):
        folder = Path(shutil.copytree(run, tmp_path / name))
        config = json.loads((folder / "config.json").read_text())
        config.pop("sha256")
        config["config"]["budget"][name] = 2_000_000_000
        (folder / "config.json").write_bytes(checksums.render(config))
        found = execute("eval", folder)
        assert found.is_sentence(), found.errors
        assert "of memory, but" in found.errors, found.errors
        tally("configurations of a run", "one sentence")
