"""`compare --jobs` and kept programs, in processes of their own: the results are equal to the byte."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.product

ARGS = ["compare", "sine", "--methods", "maml", "hypermaml", "--seeds", "2", "--chunk", "50"]
SIZES = ["--meta-batch", "2", "--test-tasks", "3", "--validation-tasks", "3"]
SHORT, LONG = [*ARGS, "--iterations", "100", *SIZES], [*ARGS, "--iterations", "2000", *SIZES]
EIGHT = [*LONG, "--seeds", "4"]


def start(*args, **variables):
    command = [sys.executable, "-c", "from hypermaml.cli import main; main()", *map(str, args)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env={**os.environ, **variables})


def finished(*args, **variables):
    """The lines on standard error of a command that succeeds."""
    with start(*args, **variables) as process:
        _, errors = process.communicate()
    assert process.returncode == 0, errors
    return errors.splitlines()


def determined(folder):
    """The bytes of all that the seeds determine: not when it was made, nor by which command."""
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    timed = ("environment.json", "manifest.json", "page.html", "lock")
    kept = [path for path in files if path.name not in timed and "tfevents" not in path.name]
    return {str(path): (folder / path).read_bytes() for path in kept if "checkpoints" not in path.parts}


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A finished comparison by one process."""
    folder = tmp_path_factory.mktemp("alone") / "run"
    finished(*SHORT, "--out", folder)
    return folder


@pytest.mark.parametrize("jobs", [2, 9])
def test_results_do_not_depend_on_the_number_of_jobs(alone, tmp_path, jobs):
    lines = finished(*SHORT, "--jobs", jobs, "--out", tmp_path / "run")
    assert determined(tmp_path / "run") == determined(alone)
    names = [line.partition(": ")[0].partition("] ")[2] for line in lines if ": 100 iterations, " in line]
    assert sorted(names) == ["hypermaml seed 0", "hypermaml seed 1", "maml seed 0", "maml seed 1"]
    again = finished(*SHORT, "--jobs", jobs, "--out", tmp_path / "run", "--resume")
    assert "(finished before)" in again[0]


def test_results_do_not_depend_on_kept_programs(alone, tmp_path):
    own = {name: value for name, value in os.environ.items() if name.startswith("JAX_")}
    for name in own:
        del os.environ[name]
    try:
        cache = str(tmp_path / "cache")
        finished(*SHORT, "--out", tmp_path / "none", JAX_ENABLE_COMPILATION_CACHE="false", HYPERMAML_CACHE=cache)
        assert not list(Path(cache).rglob("*-cache"))
        for name in ("empty", "filled"):
            finished(*SHORT, "--out", tmp_path / name, HYPERMAML_CACHE=cache)
            assert list(Path(cache, "programs").glob("*-cache"))
    finally:
        os.environ |= own
    for name in ("none", "empty", "filled"):
        assert determined(tmp_path / name) == determined(alone)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A longer comparison that was not cut."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    finished(*LONG, "--out", folder)
    return folder


def children(process):
    """The processes that a process has started."""
    return [int(each) for each in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def training(folder, process):
    """Waits until two training runs have begun."""
    for _ in range(3000):
        assert process.poll() is None, process.stderr.read()
        begun = [path for path in folder.glob("training-runs/*/*/*/metrics.jsonl") if path.read_text().count("\n") > 2]
        if len(begun) >= 2:
            return
        time.sleep(0.1)
    raise AssertionError("the training runs did not begin")


@pytest.mark.parametrize("ended", ["a process", "the first process", "all by Ctrl-C"])
def test_what_a_kill_leaves_goes_on_to_the_same_bytes(whole, tmp_path, ended):
    cut = tmp_path / "cut"
    with start(*LONG, "--jobs", 2, "--out", cut) as process:
        training(cut, process)
        workers = children(process)
        assert len(workers) == 2
        target = workers[0] if ended == "a process" else process.pid
        os.kill(target, signal.SIGINT if "Ctrl" in ended else signal.SIGKILL)
        _, errors = process.communicate(timeout=120)
    last = (errors.splitlines() or [""])[-1]
    if ended == "a process":
        assert process.returncode == 1
        assert last.startswith("hypermaml: the process of ")
        assert " was killed by SIGKILL: --resume goes on" in last
    elif "Ctrl" in ended:
        assert process.returncode == 130
        assert last.startswith("hypermaml: interrupted; go on with: hypermaml compare sine ")
        assert errors.count("go on with") == 1
    for _ in range(600):  # the others save and end by themselves
        if not any(Path(f"/proc/{each}").exists() for each in workers):
            break
        time.sleep(0.1)
    assert not any(Path(f"/proc/{each}").exists() for each in workers)
    finished(*LONG, "--jobs", 2, "--out", cut, "--resume")
    assert determined(cut) == determined(whole)


def test_jobs_of_a_scheduler_give_the_same_bytes(alone, tmp_path):
    finished(*SHORT, "--submit", "local", "--jobs", 2, "--out", tmp_path / "run")
    assert determined(tmp_path / "run") == determined(alone)


@pytest.fixture(scope="module")
def eight(tmp_path_factory):
    """A finished comparison of eight training runs by one process."""
    folder = tmp_path_factory.mktemp("eight") / "run"
    finished(*EIGHT, "--out", folder)
    return folder


def results(folder):
    """The results of all training runs."""
    return sorted(path.relative_to(folder) for path in folder.glob("training-runs/*/*/*/results.csv"))


def test_an_array_of_eight_jobs_gives_the_same_bytes(eight, tmp_path):
    finished(*EIGHT, "--submit", "local", "--jobs", 8, "--out", tmp_path / "run")
    assert len(results(tmp_path / "run")) == 8
    assert determined(tmp_path / "run") == determined(eight)


def test_a_killed_job_of_eight_and_those_of_a_killed_process_are_taken_up_again(eight, tmp_path):
    cut = tmp_path / "cut"
    submitted = *EIGHT, "--submit", "local", "--jobs", 8, "--out", cut
    with start(*submitted) as process:
        training(cut, process)
        target = next(path for path in cut.glob("training-runs/*/*/*/lock") if path.read_text().strip())
        os.kill(int(target.read_text()), signal.SIGKILL)
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert " ended before its training run (see " in errors.splitlines()[-1]
    assert len(results(cut)) < 8
    with start(*submitted, "--resume") as process:
        assert process.stderr is not None
        for line in process.stderr:  # the other jobs have gone on, and the killed one is submitted
            if line.startswith("Submitted"):
                break
        process.kill()
    finished(*submitted, "--resume")
    assert len(results(cut)) == 8
    assert determined(cut) == determined(eight)
    assert not (cut / "jobs").exists()
