"""`plan`: what a training run will take."""

import re

import pytest

SINE = ("plan", "sine", "maml", "--iterations", "4", "--chunk", "2", "--inner-steps", "3")


def test_a_plan_that_fits(hypermaml, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = hypermaml(*SINE, "--meta-batch", "4")
    assert outcome.status == 0, outcome.errors
    assert re.search(r"^trained parameters +1,761 *$", outcome.output, re.MULTILINE)
    for row in ("memory of an iteration of 4 tasks", "floating-point operations of an iteration", "seconds of 4 itera"):
        assert row in outcome.output
    assert outcome.output.endswith("All tasks of an iteration fit in memory at once.\n")
    assert not list(tmp_path.iterdir())


@pytest.mark.product
def test_a_plan_that_does_not_fit_names_the_tasks_at_once(hypermaml):
    whole = ("--meta-batch", "640", "--memory", "0.03")
    outcome = hypermaml(*SINE, *whole)
    assert outcome.status == 0, outcome.errors
    (advised,) = re.findall(r"train with --tasks-at-once (\d+)\.", outcome.output)
    (held,) = re.findall(rf"memory with {advised} tasks at once +([\d.]+) MiB", outcome.output)
    assert 1 <= int(advised) < 640
    assert 0.5 * 0.03 * 1024 < float(held) <= 0.03 * 1024
    tight = hypermaml(*SINE, *whole[:2], "--memory", "1e-6")
    assert "does not fit in 0.00102 MiB, whatever the number of tasks at once" in tight.output


@pytest.mark.parametrize("value", ["0", "-1"])
def test_memory_is_above_zero(hypermaml, value):
    outcome = hypermaml(*SINE, f"--memory={value}")
    assert (outcome.status, outcome.sentence) == (2, f"memory is {float(value)}, but it must be above 0")


def test_a_method_without_training(hypermaml):
    outcome = hypermaml("plan", "sine", "random")
    assert (outcome.status, outcome.sentence) == (2, "random is not meta-trained, so that there is nothing to plan")


def test_a_method_that_does_not_fit(hypermaml):
    outcome = hypermaml("plan", "navigation", "leo")
    assert outcome.status == 2
    assert "needs" in outcome.sentence
