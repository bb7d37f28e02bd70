"""`report`: the report of a run again, and of a part of one."""

import shutil
import subprocess
import sys

import pytest

from hypermaml.run.folder import RunFolder
from hypermaml.run.lock import locked


def truncate(path):
    path.write_bytes(path.read_bytes()[:100])


def lose_a_row(path):
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def spoil_a_row(path):
    path.write_text(path.read_text().replace(",mse,", ",mse,garbage", 1))


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("environment.json", truncate),
        ("training-runs/full/hypermaml/0/training-run.json", truncate),
        ("training-runs/full/hypermaml/0/traces.npz", truncate),
        ("training-runs/full/hypermaml/0/results.csv", lose_a_row),
        ("training-runs/full/hypermaml/0/results.csv", spoil_a_row),
    ],
)
def test_a_damaged_file_is_named_and_nothing_is_written(hypermaml, run, copy, name, damage):
    damage(copy / name)
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file() and path.name != "lock"}
    outcome = hypermaml("report", copy)
    assert outcome.status == 1
    assert outcome.sentence.startswith(f"{copy / name} is damaged: ")
    assert {path: path.read_bytes() for path in before} == before


def test_it_is_the_report_of_the_comparison(hypermaml, run, copy):
    for path in (copy / "page.html", copy / "results.csv", copy / "summary.json", *(copy / "plots").iterdir()):
        path.unlink()
    outcome = hypermaml("report", copy)
    assert (outcome.status, outcome.errors) == (0, "")
    assert outcome.output == run.outcome.output.replace(str(run.folder), str(copy))
    for name in ("results.csv", "summary.json", "table.md", "page.html", "plots/adaptation.svg"):
        assert (copy / name).read_bytes() == (run.folder / name).read_bytes(), name


def test_a_finished_run_is_whole_while_its_report_is_written(hypermaml, run, copy, monkeypatch):
    from hypermaml._misc import atomic
    from hypermaml.run import checksums

    (copy / "plots/old.png").write_bytes(b"of an older report")
    checksums.seal(copy, ["plots/old.png"])
    write, looks = atomic.write_atomic, []

    def watched(path, contents):
        write(path, contents)
        reader = RunFolder.load(copy)
        reader.check()
        looks.append(reader.finished())

    monkeypatch.setattr(checksums, "write_atomic", watched)
    assert hypermaml("report", copy).status == 0
    assert len(looks) > 5
    assert all(looks)
    left = {path.relative_to(copy) for path in copy.rglob("*") if "training-runs" not in path.parts}
    assert left == {path.relative_to(run.folder) for path in run.folder.rglob("*") if "training-runs" not in path.parts}


def test_a_manifest_that_is_missing_is_named_and_written_again(hypermaml, run, copy):
    for place in (copy, copy / "training-runs/full/hypermaml/0"):
        (place / "manifest.json").unlink()
        outcome = hypermaml("report", copy)
        assert outcome.status == 1
        assert outcome.sentence.startswith(f"{place / 'manifest.json'} is missing, so that no file beside it can be ")
        if place != copy:
            shutil.rmtree(place)
            (copy / "summary.json").unlink()
        assert hypermaml(*run.args, "--out", copy, "--resume").status == 0
        RunFolder.load(copy).check()
    assert (copy / "results.csv").read_bytes() == (run.folder / "results.csv").read_bytes()


def test_a_part_of_a_run_is_reported_and_not_called_finished(hypermaml, run, copy):
    for path in (copy / "training-runs/full/hypermaml/0/results.csv", copy / "summary.json"):
        path.unlink()
    outcome = hypermaml("report", copy)
    assert outcome.status == 0
    assert outcome.errors == "Not finished, and not in the report: full/hypermaml/0.\n"
    assert "random" in outcome.output
    assert "hypermaml" not in outcome.output.partition("•")[0]
    assert (copy / "page.html").exists()
    assert not (copy / "summary.json").exists()


def test_nothing_to_report(hypermaml, run, copy):
    for path in (*copy.glob("training-runs/*/*/*/results.csv"), copy / "summary.json"):
        path.unlink()
    outcome = hypermaml("report", copy)
    assert outcome.status == 1
    assert outcome.sentence == f"{copy} holds no finished training run yet, so there is nothing to report"


def test_a_run_in_use(hypermaml, run, copy):
    with locked(copy):
        outcome = hypermaml("report", copy)
    assert outcome.status == 1
    assert "is in use by process" in outcome.sentence


def test_it_needs_no_model_and_no_family(run, copy):
    program = (
        "import sys; from hypermaml.cli.program import command; status = command(['report', sys.argv[1]]); "
        "print(status, 'jax' in sys.modules, 'hypermaml.families.sine' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", program, str(copy)], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1] == "0 False False"
