"""The intervals of `benchmarks/by_task.py`."""

import importlib.util
from pathlib import Path

import numpy as np

from hypermaml.report.statistics import estimate

PATH = Path(__file__).parents[1] / "benchmarks/by_task.py"
SPEC = importlib.util.spec_from_file_location("by_task", PATH)
assert SPEC is not None
assert SPEC.loader is not None
BENCHMARK = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(BENCHMARK)


def test_what_two_tasks_make_in_every_seed_is_not_clear():
    names = np.stack([np.roll(np.arange(19), seed) for seed in range(3)])
    values = np.where(np.isin(names, (4, 7)), 5.0, -0.01)
    found = estimate(values)
    assert found.low > 0  # as if it were six of 57 tasks
    low, high = BENCHMARK.by_task(values, names)
    assert low < 0 < found.mean < high


def test_what_all_tasks_have_is_clear_and_repeated_ones_count_once():
    rng = np.random.default_rng(0)
    of_task = rng.normal(1.0, 0.5, 9)
    names = np.stack([np.arange(19) % 9 for _ in range(3)])
    low, high = BENCHMARK.by_task(of_task[names], names)
    assert 0 < low < of_task.mean() < high
    few = estimate(of_task[names])
    assert high - low > 1.3 * (few.high - few.low)
