"""`compare`: what it writes, how it goes on, what it refuses."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from hypermaml._compare import training
from hypermaml.cli.progress import Monitor
from hypermaml.run.lock import locked

REPORT = ("page.html", "table.md", "table.csv", "summary.json", "results.csv")
COLUMNS = "family,variant,descriptor,split,method,seed,task,inner_step,metric,value"


def contents(folder):
    """The bytes of all that the seeds determine."""
    files = [folder / "results.csv", folder / "summary.json", *sorted(folder.glob("training-runs/*/*/*/metrics.jsonl"))]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_run_folder(run):
    assert all((run.folder / name).is_file() for name in REPORT)
    assert list((run.folder / "plots").glob("*.png"))
    assert list(run.folder.glob("training-runs/*/hypermaml/0/events.out.tfevents.*"))
    header, *rows = csv.reader((run.folder / "results.csv").read_text().splitlines())
    assert ",".join(header) == COLUMNS
    assert {row[0] for row in rows} == {"sine"}
    assert {row[1] for row in rows} == {"", "schedule=off", "description=other"}
    # Two methods with and without the test-time schedule, one with another description; splits, tasks, steps 0..3.
    assert len(rows) == (2 * 2 + 1) * 2 * 3 * 4


def test_budget_options_are_recorded(run):
    config = json.loads((run.folder / "config.json").read_bytes())["config"]
    expected = {"iterations": 4, "chunk": 2, "meta_batch": 2, "test_tasks": 3, "validation_tasks": 3}
    assert config["budget"].items() >= expected.items()
    assert list(config["methods"]) == ["random", "hypermaml"]


def test_page_tells_the_schedule_and_the_grid(run):
    page = (run.folder / "page.html").read_text()
    assert "test-time schedule" in page
    assert "inner rates of the grid" in page


def test_terminal_shows_tables_sentences_and_paths(run):
    shown = run.outcome.output
    assert "mse (lower is better) · meta-test · full description · 1 seed × 3 tasks" in shown
    assert "• Mean mse after inner step 3, best first: " in shown
    assert f"Page: {run.folder / 'page.html'}\nData: {run.folder / 'results.csv'}" in shown


def test_progress_without_a_terminal_is_a_line_for_each_training_run(run):
    first, *training_runs, last = run.outcome.errors.splitlines()
    assert first.startswith("Comparing random and hypermaml on sine: descriptor full, seed 0, 4 meta-iterations")
    assert first.endswith(f"in {run.folder} (new).")
    assert [line.partition(" iterations")[0] for line in training_runs] == [
        "[1/2] random seed 0: 0",
        "[2/2] hypermaml seed 0: 4",
    ]
    assert last.startswith("Finished in 0:")


def test_resuming_a_finished_run_changes_nothing(hypermaml, run, copy):
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    outcome = hypermaml(*run.args, "--out", copy, "--resume")
    assert outcome.status == 0
    assert outcome.errors.endswith("(finished before).\n")
    assert outcome.output == run.outcome.output.replace(str(run.folder), str(copy))
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before


def test_resuming_writes_a_report_that_is_missing(hypermaml, run, copy):
    for name in ("page.html", "summary.json"):
        (copy / name).unlink()
    outcome = hypermaml(*run.args, "--out", copy, "--resume")
    assert outcome.status == 0
    assert outcome.errors.count("finished before") == 2
    assert (copy / "page.html").exists()
    assert contents(copy) == contents(run.folder)


def test_an_interrupted_run_goes_on_to_the_same_bytes(hypermaml, run, tmp_path, monkeypatch):
    watch = Monitor.__call__

    def interrupt(self, progress):
        watch(self, progress)
        if progress.name.startswith("full") and progress.iteration == 2:
            raise KeyboardInterrupt

    folder = tmp_path / "cut"
    monkeypatch.setattr(Monitor, "__call__", interrupt)
    monkeypatch.setattr("hypermaml._compare.training.SECONDS_BETWEEN_CHECKPOINTS", 0)
    cut = hypermaml(*run.args, "--out", folder)
    assert cut.status == 130
    assert cut.errors.splitlines()[-1] == (
        f"hypermaml: interrupted; go on with: hypermaml {' '.join(run.args)} --out {folder} --resume"
    )
    assert not (folder / "results.csv").exists()
    assert (folder / "training-runs/full/hypermaml/0/checkpoints/step-2").is_dir()

    monkeypatch.undo()
    assert hypermaml(*run.args, "--out", folder, "--resume").status == 0
    assert contents(folder) == contents(run.folder)


def test_a_request_that_comes_during_a_validation_is_heeded_after_a_checkpoint(hypermaml, run, tmp_path, monkeypatch):
    folder, validated, own = tmp_path / "cut", [], training.validate

    def validate(trained, *args):
        validated.append(trained.name)
        if validated.count(trained.name) == 2:  # after the first chunk
            os.kill(os.getpid(), signal.SIGTERM)
        return own(trained, *args)

    monkeypatch.setattr(training, "validate", validate)
    cut = hypermaml(*run.args, "--out", folder)
    assert cut.status == 128 + signal.SIGTERM
    assert len(list(folder.glob("training-runs/*/*/0/checkpoints/step-*"))) == 1
    monkeypatch.undo()
    assert hypermaml(*run.args, "--out", folder, "--resume").status == 0
    assert contents(folder) == contents(run.folder)


def test_ctrl_c(run, tmp_path):
    """A real signal to a real process, which is likely to be compiling and far from its end."""
    # A process that was started in the background ignores the signal, and so would this one after it.
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    args = list(run.args)
    args[args.index("--iterations") + 1] = "1000000"
    command = [
        sys.executable,
        "-c",
        f"{code}; from hypermaml.cli import main; main()",
        *args,
        "--out",
        str(tmp_path / "run"),
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        errors = process.stderr.readline()
        time.sleep(2)
        while process.poll() is None:
            # Libraries may swallow an interruption while they are being imported: whoever waits presses again.
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)
        errors += process.stderr.read()
    assert process.returncode == 130
    assert errors.splitlines()[-1].startswith("hypermaml: interrupted; go on with: hypermaml compare sine ")
    assert errors.splitlines()[-1].endswith(f"--out {tmp_path / 'run'} --resume")


def test_without_out_runs_are_numbered_and_the_last_is_resumed(hypermaml, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("sine-quick", "sine-quick-2"):
        shutil.copytree(run.folder, tmp_path / "runs" / name)
    outcome = hypermaml(*run.args, "--resume")
    assert f"in {'runs/sine-quick-2'} (finished before)" in outcome.errors

    def stop(self, progress):
        raise KeyboardInterrupt

    monkeypatch.setattr(Monitor, "__call__", stop)
    outcome = hypermaml(*run.args)
    assert "in runs/sine-quick-3 (new)" in outcome.errors
    assert outcome.errors.splitlines()[-1].endswith("--out runs/sine-quick-3 --resume")


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (["--iterations", "5"], "budget.iterations = 4 where 5 is asked"),
        (["--descriptor", "partial"], 'descriptors = ["full"] where ["partial"] is asked'),
        (["--shots", "5"], "options.shots = 10 where 5 is asked"),
    ],
)
def test_resuming_with_other_settings_names_the_first_difference(hypermaml, run, copy, change, difference):
    outcome = hypermaml(*run.args, *change, "--out", copy, "--resume")
    assert outcome.status == 1
    assert outcome.errors.splitlines()[-1] == (
        f"hypermaml: The run in {copy} has {difference}; repeat its settings or choose another --out."
    )


def test_a_folder_that_holds_a_run_needs_resume(hypermaml, run, copy):
    outcome = hypermaml(*run.args, "--out", copy)
    assert outcome.status == 1
    assert outcome.sentence == f"The folder {copy} already holds a run; go on with --resume or choose another --out."


def test_a_foreign_folder_is_left_alone(hypermaml, run, tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    outcome = hypermaml(*run.args, "--out", tmp_path)
    assert outcome.status == 1
    assert "is not empty and holds no run" in outcome.errors.splitlines()[-1]
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_run_folder_in_use(hypermaml, run, copy):
    with locked(copy):
        outcome = hypermaml(*run.args, "--out", copy, "--resume")
    assert outcome.status == 1
    assert outcome.errors.splitlines()[-1].startswith(f"hypermaml: The folder {copy} is in use by process ")


def test_an_unwritable_folder(hypermaml, run, tmp_path):
    (tmp_path / "file").write_text("")
    outcome = hypermaml(*run.args, "--out", tmp_path / "file" / "run")
    assert outcome.status == 1
    assert outcome.errors.splitlines()[-1] == (
        f"hypermaml: Cannot write in {tmp_path / 'file' / 'run'}: Not a directory; choose another --out."
    )


def test_a_damaged_checkpoint_stops_the_resumed_run(hypermaml, run, copy):
    training_run = copy / "training-runs/full/hypermaml/0"
    for path in (copy / "summary.json", training_run / "results.csv"):
        path.unlink()
    manifest = training_run / "checkpoints/step-4/manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"step": 4', b'"step": 5'))
    outcome = hypermaml(*run.args, "--out", copy, "--resume")
    assert outcome.status == 1
    assert outcome.errors.splitlines()[-1] == (
        f"hypermaml: {manifest} is damaged or of another program: its bytes do not match its own SHA-256. "
        f"Without {training_run / 'checkpoints/step-4'}, --resume goes on from the checkpoint before it, or anew."
    )
    assert not (training_run / "results.csv").exists()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["0"], "seeds_at_once is '0', but it must be a whole number from 1 on, or auto"),
        (["all"], "seeds_at_once is 'all', but it must be a whole number from 1 on, or auto"),
        (["2", "--jobs=2"], "seeds_at_once is for one process: leave it out, or jobs and submit"),
        (["2", "--submit=local"], "seeds_at_once is for one process: leave it out, or jobs and submit"),
    ],
)
def test_seeds_at_once_that_do_not_fit(hypermaml, tmp_path, given, sentence):
    outcome = hypermaml("compare", "sine", "--seeds-at-once", *given, "--out", tmp_path / "run")
    assert (outcome.status, outcome.sentence) == (2, sentence)
    assert not (tmp_path / "run").exists()


def test_seeds_train_as_one_program(hypermaml, sizes, tmp_path):
    arguments = "compare", "sine", "--methods", "random", "maml", "--seeds", "2", *sizes
    for at_once in (1, 2):
        hypermaml(*arguments, "--seeds-at-once", at_once, "--out", tmp_path / str(at_once))
    one, two = (list(csv.reader((tmp_path / name / "results.csv").read_text().splitlines())) for name in "12")
    assert [row[:-1] for row in one] == [row[:-1] for row in two]
    assert [float(row[-1]) for row in two[1:]] == pytest.approx([float(row[-1]) for row in one[1:]], rel=1e-4)
