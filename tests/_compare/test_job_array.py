"""Jobs that train, with a program that only says that it does, and with a scheduler that only says that it is one."""

import json
import os
import re
import stat
import subprocess
import sys
import textwrap
import time
from itertools import pairwise
from types import SimpleNamespace

import pytest

from hypermaml._compare import job_array as module
from hypermaml._compare.crew import WorkerEnded
from hypermaml._compare.job import TrainingJob
from hypermaml._compare.job_array import JobArray

NAMES = ["any/maml/0", "full/hypermaml/0", "any/maml/1"]
PLAN = [SimpleNamespace(name=name, iterations=4) for name in NAMES]
TRAIN = """
import os, pathlib, sys, time
name = os.environ["HYPERMAML_JOB"]
if name == sys.argv[2]:
    sys.exit("hypermaml: there is no room")
mark = pathlib.Path(sys.argv[1], name.replace("/", "-"))
with open(f"{mark}.times", "a") as file:
    file.write(f"{time.time()} ")
    time.sleep(0.3)
    file.write(f"{time.time()}\\n")
mark.touch()
"""


@pytest.fixture
def array(tmp_path):
    def build(jobs, *, fails="", show=lambda _: None, **how):
        command = [sys.executable, "-S", "-c", TRAIN, str(tmp_path), fails]
        how = {"cluster": "local", "options": {}, "folder": tmp_path / "jobs", **how}

        def finished(name):
            return (tmp_path / name.replace("/", "-")).exists()

        return JobArray(command, jobs, finished=finished, show=show, **how)

    return build


def test_each_training_run_is_a_job_and_no_more_are_under_way_than_asked_for(array, tmp_path):
    heard = []
    with array(1) as jobs:
        jobs.start(3)
        jobs.train(PLAN, heard.append)
    assert [(each.name, each.iteration, each.stage) for each in heard] == [(name, 4, "finished") for name in NAMES]
    times = [tuple(map(float, path.read_text().split())) for path in tmp_path.glob("*.times")]
    assert len(times) == 3
    assert all(len(pair) == 2 for pair in times)  # each was trained once
    ordered = sorted(times)
    assert all(end <= begin for (_, end), (begin, _) in pairwise(ordered))
    assert not (tmp_path / "jobs").exists()


def test_a_job_that_fails_is_one_sentence_with_its_reason(array):
    jobs = array(1, fails=NAMES[0])
    jobs.start(1)
    with pytest.raises(WorkerEnded) as told:
        jobs.train(PLAN[:1], lambda _: None)
    pattern = r"job \d+ of any/maml/0 ended before its training run: there is no room \(see .*\.err\); --resume goes on"
    assert re.fullmatch(pattern, str(told.value))


def test_jobs_of_an_earlier_process_are_waited_for(array, tmp_path):
    """A process whose command names submitit stands for a job that is still there."""
    shown, heard, folder, go = [], [], tmp_path / "jobs", tmp_path / "go"
    folder.mkdir()
    job = """if True:
        import sys, time, pathlib
        go, finished, begun = map(pathlib.Path, sys.argv[1:])
        begun.touch()
        while not go.exists():
            time.sleep(0.05)
        finished.touch()  # submitit
    """

    def show(sentence):
        shown.append(sentence)
        go.touch()

    (tmp_path / "full-hypermaml-0").touch()  # one that has finished in the meantime
    begun = tmp_path / "begun"
    with subprocess.Popen(
        [sys.executable, "-S", "-c", job, str(go), str(tmp_path / "any-maml-0"), str(begun)]
    ) as process:
        while not begun.exists():  # until then it has no command
            time.sleep(0.05)
        known = {NAMES[0]: ["local", str(process.pid)], NAMES[2]: ["local", "4194303"]}  # the other is gone
        (folder / "jobs.json").write_text(json.dumps(known))
        with array(2, show=show) as jobs:
            jobs.start(2)
            jobs.train(PLAN[:2], heard.append)
    assert not list(tmp_path.glob("*.times"))  # none was submitted
    assert shown == ["1 of the jobs that were submitted before are still there: waiting for them."]
    assert [(each.name, each.stage) for each in heard] == [(NAMES[1], "finished"), (NAMES[0], "finished")]


def test_a_job_goes_on_as_itself_where_the_time_is_up():
    job = TrainingJob(("true",), "any/maml/0")
    assert job.checkpoint().function == job


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """Programs with the names of Slurm's, which keep the job and say that all of them are over."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, body in {
        "srun": "",
        "sbatch": f'cp "$1" {tmp_path}/submitted.sh; echo "Submitted batch job 12"',
        "sacct": 'echo "JobID|State|NodeList"; for i in 0 1 2; do echo "12_$i|COMPLETED|"; done',
    }.items():
        path = programs / name
        path.write_text(f"#!/bin/sh\n{textwrap.dedent(body)}\n")
        path.chmod(path.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(module, "_SEEN", {"slurm": 0.0})
    return tmp_path / "submitted.sh"


def test_slurm_gets_one_array_with_its_options_and_a_bound(array, slurm):
    jobs = array(2, cluster="slurm", options={"partition": "gpu", "time": "240"})
    jobs.start(3)
    with pytest.raises(WorkerEnded, match=r"job 12_0 of any/maml/0 ended before its training run"):
        jobs.train(PLAN, lambda _: None)
    script = slurm.read_text()
    for line in ("--array=0-2%2", "--partition=gpu", "--time=240", "--job-name=hypermaml"):
        assert f"#SBATCH {line}\n" in script


def test_options_that_slurm_does_not_have_are_one_sentence(array, slurm):
    with pytest.raises(ValueError, match=r"--submit slurm: .*colour"):
        array(1, cluster="slurm", options={"colour": "red"}).start(1)


def test_a_machine_without_slurm_is_one_sentence(array, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    began = time.monotonic()
    with pytest.raises(ValueError, match=r"--submit slurm: .*srun"):
        array(1, cluster="slurm").start(1)
    assert time.monotonic() - began < 10
