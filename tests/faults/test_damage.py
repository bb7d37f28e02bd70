"""Flipped bits and truncations of every file of a run folder: each is named, or changes nothing."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from hypermaml._compare import training

pytestmark = pytest.mark.faults

SIZES = ("--iterations", "4", "--chunk", "2", "--meta-batch", "2", "--test-tasks", "3", "--validation-tasks", "3")
RUN = ("compare", "sine", "--methods", "maml", "hypermaml", "--seeds", "1", *SIZES)
DERIVED = ("plots/", "table.", "page.html")
FLIPS, CUTS, FEW = 7, 3, 1


@pytest.fixture(scope="module")
def run(tmp_path_factory, execute):
    """A finished run."""
    folder = tmp_path_factory.mktemp("damage") / "run"
    made = execute(*RUN, "--out", folder)
    assert made.status == 0, made.errors
    return folder


@pytest.fixture(scope="module")
def cut(tmp_path_factory, execute):
    """A run that was cut after its last checkpoint but one, and the results that it must come to."""
    root, left = tmp_path_factory.mktemp("cut"), 3
    assert execute(*RUN, "--out", root / "whole").status == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "SECONDS_BETWEEN_CHECKPOINTS", -1)
        save = training.checkpoint.save

        def kill(*args, **options):
            nonlocal left
            left -= 1
            save(*args, **options)
            if not left:
                raise KeyboardInterrupt

        patch.setattr(training.checkpoint, "save", kill)
        assert execute(*RUN, "--out", root / "cut").status == 130
    return root


def files_of(folder):
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "lock")
    return [path.relative_to(folder).as_posix() for path in paths]


def damages(data, rng, few):
    """Yields the contents with one bit flipped, or cut short."""
    for place in rng.integers(len(data) * 8, size=1 if few else FLIPS):
        changed = bytearray(data)
        changed[place // 8] ^= 1 << (place % 8)
        yield bytes(changed)
    for end in rng.integers(len(data), size=FEW if few else CUTS):
        yield data[:end]


def report_of(folder):
    names = [name for name in files_of(folder) if name.startswith(DERIVED) or name in ("results.csv", "summary.json")]
    return {name: (folder / name).read_bytes() for name in names}


def test_every_file_of_a_finished_run(run, execute, tally, tmp_path):
    """The report is written again, and the checkpoints are evaluated: whoever reads a file notices, or need not."""
    rng, count = np.random.default_rng(0), 0
    folder = Path(shutil.copytree(run, tmp_path / "run"))
    assert execute("report", folder).status == 0
    whole = report_of(folder)
    for name in files_of(folder):
        path, data = folder / name, (folder / name).read_bytes()
        in_checkpoint = "/checkpoints/" in name
        for damaged in damages(data, rng, few=name.startswith(DERIVED) or "/ocdbt" in name):
            path.write_bytes(damaged)
            found = execute("eval" if in_checkpoint else "report", folder)
            if found.status:
                assert found.is_sentence(), found.errors
                assert Path(name).name in found.errors or "config.json" in found.errors, (name, found.errors)
                tally(f"damage: {kind_of(name)}", "detected")
            else:
                assert not in_checkpoint, name
                assert report_of(folder) == whole, name
                tally(f"damage: {kind_of(name)}", "harmless")
            count += 1
            path.write_bytes(data)
            if report_of(folder) != whole:  # the report has been written again meanwhile
                assert execute("report", folder).status == 0
    assert count >= 300


def test_a_finished_run_is_shown_only_if_it_is_whole(run, execute, tally, tmp_path):
    rng = np.random.default_rng(1)
    folder = Path(shutil.copytree(run, tmp_path / "run"))
    shown = execute(*RUN, "--out", folder, "--resume").output
    for name in (name for name in files_of(folder) if "/checkpoints/" not in name):
        path, data = folder / name, (folder / name).read_bytes()
        for damaged in damages(data, rng, few=True):
            path.write_bytes(damaged)
            found = execute(*RUN, "--out", folder, "--resume")
            assert found.is_sentence() or found.output == shown, (name, found.errors)
            tally("damage: a finished run shown again", "detected" if found.status else "harmless")
            path.write_bytes(data)


def test_every_file_of_a_run_that_goes_on(cut, execute, tally, tmp_path):
    rng = np.random.default_rng(2)
    whole = (cut / "whole" / "results.csv").read_bytes()
    for name in files_of(cut / "cut"):
        for damaged in damages((cut / "cut" / name).read_bytes(), rng, few=True):
            folder = Path(shutil.copytree(cut / "cut", tmp_path / "run"))
            (folder / name).write_bytes(damaged)
            found = execute(*RUN, "--out", folder, "--resume")
            if found.status:
                assert found.is_sentence(), (name, found.errors)
            else:
                assert (folder / "results.csv").read_bytes() == whole, name
            tally("damage: a run that goes on", "detected" if found.status else "harmless")
            shutil.rmtree(folder)


def kind_of(name):
    """Names the kind of a file."""
    if "/checkpoints/" in name:
        return "checkpoint"
    if name.startswith(DERIVED):
        return "tables, plots and page"
    return "events for TensorBoard" if "tfevents" in name else Path(name).name
