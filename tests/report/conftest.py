"""Made-up runs, shaped like real ones: scores, learning curves and traces of a navigation and a sine comparison."""

import csv
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from hypermaml._compare.record import MethodRecord, MetricRecord, Record
from hypermaml._compare.records import FIELDS
from hypermaml.methods import METHODS

FIVE = ("random", "pretrained", "oracle", "maml", "hypermaml")
# Mean score at steps 0..3 with a full descriptor; a poor descriptor costs the methods that see it.
RETURNS = {
    "random": (-82, -58, -54, -47),
    "pretrained": (-33, -26, -23, -20),
    "oracle": (-1.1, -1.0, -1.0, -1.0),
    "maml": (-25.6, -6.1, -3.6, -3.3),
    "fomaml": (-25.9, -7.0, -4.4, -3.9),
    "hypermaml": (-1.3, -0.95, -0.9, -0.9),
    "hypermaml_first_order": (-1.4, -1.05, -1.0, -0.99),
    "hypernet": (-1.2, -1.3, -1.35, -1.4),
    "hypermaml_constant": (-25.4, -6.6, -3.9, -3.5),
    "conditioned": (-1.5, -1.1, -1.0, -1.0),
    "conditioned_pretrained": (-1.35, -1.3, -1.32, -1.31),
}
ERRORS = {
    "random": (4.6, 3.9, 3.6, 3.4),
    "pretrained": (2.9, 2.1, 1.8, 1.7),
    "oracle": (0.004, 0.0035, 0.0034, 0.0034),
    "maml": (3.1, 0.38, 0.24, 0.21),
    "fomaml": (3.2, 0.49, 0.33, 0.29),
    "hypermaml": (0.0021, 0.0013, 0.0012, 0.0012),
    "hypermaml_first_order": (0.0025, 0.0019, 0.0018, 0.0018),
    "hypernet": (0.0019, 0.0024, 0.0029, 0.0035),
    "hypermaml_constant": (3.0, 0.41, 0.26, 0.23),
    "conditioned": (0.0061, 0.0035, 0.0031, 0.0030),
    "conditioned_pretrained": (0.0055, 0.0061, 0.0064, 0.0066),
}
METRICS = ("return", "mse", "accuracy", "success", "loss")
SEES_TASK = ("hypermaml", "hypermaml_first_order", "hypernet", "conditioned", "conditioned_pretrained")
COST = {"full": 1.0, "partial": 6.0, "noisy": 2.5}


def score(family: str, method: str, descriptor: str, split: str) -> np.ndarray:
    """The true mean scores of a method over inner steps."""
    means = np.array((RETURNS if family == "navigation" else ERRORS)[method], dtype=float)
    cost = COST[descriptor] ** np.array([1.0, 0.7, 0.5, 0.4]) if method in SEES_TASK else 1.0
    return means * cost * (1.6 if split == "extrapolation" else 1.0)


def write_results(
    path: Path, *, family="navigation", methods=FIVE, seeds=5, tasks=40, descriptors=("full",), base="", raw=True
) -> Path:
    """Write a made-up `results.csv`; MAML without the test-time schedule diverges in navigation."""
    rng = np.random.default_rng(0)
    metric = "return" if family == "navigation" else "mse"
    extras = ["", *(["schedule=off"] if raw else []), *(["policy=mean"] if family == "navigation" else [])]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(FIELDS)
        for split in ("meta-test", "extrapolation"):
            hardness = rng.lognormal(0, 0.35, tasks)
            for method in methods:
                luck = rng.lognormal(0, 0.12, seeds)
                noise = rng.lognormal(0, 0.15, (seeds, tasks, 4))
                for descriptor in descriptors:
                    for extra in extras:
                        means = score(family, method, descriptor, split)
                        if extra == "schedule=off":
                            means = means * (np.array([1, 1, 700, 300]) if method == "maml" else [1, 1, 1.1, 1.2])
                        values = means * luck[:, None, None] * hardness[:, None] * noise
                        values = values * (0.7 if extra == "policy=mean" else 1.0)
                        variant = ";".join(sorted(filter(None, (base, extra))))
                        writer.writerows(
                            (family, variant, descriptor, split, method, seed, task, step, metric, repr(float(value)))
                            for (seed, task, step), value in np.ndenumerate(values)
                        )
    return path


def make_curves(*, family="navigation", methods=FIVE, seeds=5, points=26, descriptors=("full",)) -> list[dict]:
    """Made-up learning curves that start at random's score and end at the method's own."""
    rng = np.random.default_rng(1)
    metric, start = ("return", -75.0) if family == "navigation" else ("mse", 4.5)
    records = []
    for descriptor in descriptors:
        for method in (method for method in methods if method != "random"):
            for seed in range(seeds):
                pace = 60 * rng.lognormal(0, 0.2)
                for iteration in np.linspace(0, 500, points).astype(int).tolist():
                    left = np.exp(-iteration / pace)
                    for step, end in enumerate(score(family, method, descriptor, "meta-test").tolist()):
                        value = (left * start + (1 - left) * end) * rng.lognormal(0, 0.05)
                        steps = iteration * 80_000 if family == "navigation" else 0
                        records.append(
                            {
                                "descriptor": descriptor,
                                "method": method,
                                "seed": seed,
                                "iteration": iteration,
                                "environment_steps": steps,
                                "inner_step": step,
                                "metric": metric,
                                "value": value,
                            }
                        )
    return records


def make_fits(methods=FIVE) -> dict[str, np.ndarray]:
    """Two sine curves, and fits that come closer with each inner step."""
    rng = np.random.default_rng(2)
    x, amplitude, phase = np.linspace(-5, 5, 100), np.array([[4.2], [1.4]]), np.array([[0.6], [2.4]])
    points = rng.uniform(-5, 5, (2, 10))
    truth = amplitude * np.sin(x - phase)
    fits = {}
    for method in methods:
        left = np.sqrt(np.array(ERRORS[method]) / 4.6)[None, :, None]
        fits[f"predictions/{method}"] = (1 - left) * truth[:, None] + left * np.sin(0.7 * x)
    return {"x": x, "y": truth, "support_x": points, "support_y": amplitude * np.sin(points - phase), **fits}


def make_paths(methods=FIVE, horizon=100) -> dict[str, np.ndarray]:
    """Three goals, and noisy walks that head for them the more surely the better the method."""
    rng = np.random.default_rng(3)
    goals, paths = np.array([[0.45, 0.2], [-0.3, 0.4], [-0.1, -0.48]]), {}
    for method in methods:
        sure = np.exp(np.array(RETURNS[method]) / 15)[None, :, None, None, None]
        drift = 1 - np.exp(-np.arange(horizon + 1) / 12)
        noise = rng.normal(0, 0.05, (3, 4, 20, horizon + 1, 2)).cumsum(axis=3) * (1.05 - sure)
        walk = sure * goals[:, None, None, None] * drift[:, None] + noise
        walk[..., 0, :] = 0
        walk[:, 2:, :, 60:] = np.nan
        paths[f"paths/{method}"] = walk
    return {"goal": goals, **paths}


def make_record(family="navigation") -> Record:
    """What such a run records for its report."""
    return Record(
        family=family,
        metrics={name: MetricRecord(name not in ("mse", "loss")) for name in METRICS},
        splits=("meta-train", "meta-validation", "meta-test", "extrapolation"),
        descriptors=("full", "partial", "noisy", "none"),
        methods={name: MethodRecord.of_class(kind) for name, kind in METHODS.items()},
    )


@pytest.fixture(scope="session")
def small_run(tmp_path_factory):
    """A navigation run with the five default methods: its folder, scores and records."""
    folder = tmp_path_factory.mktemp("run")
    write_results(folder / "results.csv", seeds=6, tasks=5)
    return folder


@pytest.fixture(scope="session")
def made():
    """The makers of this file, for tests that need another shape of run."""
    makers = (make_record, write_results, make_curves, make_fits, make_paths)
    return SimpleNamespace(**{maker.__name__: maker for maker in makers}, five=FIVE, all=METHODS)
