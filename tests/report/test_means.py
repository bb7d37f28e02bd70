"""Intervals can be made again from the means that a report keeps."""

import csv

import numpy as np
import pytest

from hypermaml._compare.record import Record
from hypermaml.report.means import write_means
from hypermaml.report.results import Cell, Results, Scores
from hypermaml.report.statistics import estimate

CELL = Cell("", "full", "meta-test", "mse", "maml")


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def written(folder, identity):
    values = np.random.default_rng(0).normal(size=(3, 6, 2))
    write_means(folder, Results(Record("sine"), {CELL: Scores(values, (0, 1, 2), tuple(range(6)), identity)}))
    return values


def test_means_of_seeds_give_students_interval(tmp_path):
    values = written(tmp_path, None)
    means = np.array([float(row["mean"]) for row in rows(tmp_path / "seed-means.csv") if row["inner_step"] == "1"])
    again, first = estimate(means[:, None]), estimate(values[..., 1])
    assert (again.mean, again.half_width, again.df) == pytest.approx((first.mean, first.half_width, first.df))
    assert not (tmp_path / "task-means.csv").exists()


def test_means_of_shared_tasks_give_the_crossed_interval(tmp_path):
    identity = np.stack([np.random.default_rng(seed).permutation(6) for seed in range(3)])
    values = written(tmp_path, identity)
    kept = [row for row in rows(tmp_path / "task-means.csv") if row["inner_step"] == "0"]
    means, names = (np.array([row[field] for row in kept], float).reshape(3, 6) for field in ("mean", "identity"))
    first = estimate(values[..., 0], identity)
    assert estimate(means, names.astype(int)).half_width == pytest.approx(first.half_width)
    assert {row["share"] for row in kept} == {"0.166667"}
