"""Whole comparisons on tiny sine curves: what is written, and that a cut run ends where an undisturbed one does."""

import csv
import itertools
import json
import math
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import jax
import numpy as np
import pytest

import hypermaml as hm
from hypermaml._compare import training
from hypermaml._compare.compare import Comparison, compare
from hypermaml._compare.evaluation import evaluate_run
from hypermaml._compare.records import FIELDS, RecordedRun, budgets, identities, learning_curves, traces
from hypermaml._compare.training import restore
from hypermaml.experiments.experiment import Budget, Experiment
from hypermaml.families.sine import Sine
from hypermaml.methods import METHODS
from hypermaml.methods.hypermaml import HyperMAML
from hypermaml.methods.maml import MAML
from hypermaml.methods.random import Random
from hypermaml.run.checkpoint import CheckpointError
from hypermaml.run.folder import RunFolder, RunFolderError

BUDGET = Budget(iterations=5, meta_batch=2, chunk=2, validation_tasks=2, test_tasks=2, steps=2)
MAML_SETTINGS = MAML(inner_lr=0.02)


@dataclass(frozen=True)
class TinySine(Experiment):
    """Sine curves for networks of two layers of four."""

    name: ClassVar[str] = "sine"
    presets: ClassVar[Mapping] = {}

    shots: int = 3

    def family(self, descriptor):
        return Sine(description=descriptor, shots=self.shots, queries=3, hidden=(4, 4))

    def settings(self, descriptors=("full",)):
        return {name: method() for name, method in METHODS.items()}

    def grid(self, method):
        return []


WHOLE = Comparison(
    TinySine(),
    {"maml": MAML_SETTINGS, "hypermaml": HyperMAML(inner_lr=0.02, generator=hm.Dense(width=3))},
    BUDGET,
    seeds=(0, 1),
)


def recorded(out):
    return RecordedRun.read(RunFolder.load(out))


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of an undisturbed run, and how often it told of its progress."""
    out, told = tmp_path_factory.mktemp("compare") / "whole", []
    assert compare(WHOLE, out, report=told.append) == out / "results.csv"
    return out, len(told)


def contents(out):
    """All that the seed determines, byte for byte."""
    patterns = (
        "results.csv",
        "training-runs/**/results.csv",
        "training-runs/**/metrics.jsonl",
        "training-runs/**/training-run.json",
    )
    found = {path.relative_to(out).as_posix(): path.read_bytes() for pattern in patterns for path in out.glob(pattern)}
    assert len(found) == 1 + 3 * 4
    return found


def test_results_are_complete(whole):
    rows = rows_of(whole[0] / "results.csv")
    assert tuple(rows[0]) == FIELDS
    keys = [tuple(row[name] for name in FIELDS[1:8]) for row in rows]
    splits, places = ("meta-test", "extrapolation"), ("01", "01", "012")
    expected = itertools.product(("", "schedule=off"), ("full",), splits, ("maml", "hypermaml"), *places)
    control = itertools.product(("description=other",), ("full",), splits, ("hypermaml",), *places)
    assert sorted(keys) == sorted([*expected, *control])
    for row in rows:
        assert (row["family"], row["metric"]) == ("sine", "mse")
        assert math.isfinite(float(row["value"]))


def test_a_learning_curve_has_a_point_for_each_chunk(whole):
    curve = learning_curves(recorded(whole[0]))
    seen = [(row["method"], row["seed"], row["iteration"], row["inner_step"]) for row in curve]
    assert sorted(seen) == sorted(itertools.product(("maml", "hypermaml"), (0, 1), (0, 2, 4, 5), (0, 1, 2)))
    assert {row["metric"] for row in curve} == {"mse"}


def test_pictures_are_of_seed_zero(whole):
    pictures = traces(recorded(whole[0]))
    assert set(pictures) == {"full"}
    assert pictures["full"]["predictions/maml"].shape == (2, 3, 100)
    assert pictures["full"]["predictions/hypermaml"].shape == (2, 3, 100)
    assert pictures["full"]["y"].shape == (2, 100)
    assert not (whole[0] / "training-runs/any/maml/1/traces.npz").exists()


def test_every_method_is_told_its_budget(whole):
    table = budgets(recorded(whole[0]))
    assert set(table) == {"maml", "hypermaml"}
    for row in table.values():
        assert (row["meta-iterations"], row["tasks"], row["environment steps"]) == (5, 10, 0)
        assert row["diverged"] == "0 of 2"
    # A learner 1-4-4-1; hidden layers 2-3-3, a head of 3 for each of its weights, these, and a rate for each leaf.
    assert table["maml"]["trained parameters"] == str(8 + 20 + 5)
    assert table["hypermaml"]["trained parameters"] == str(9 + 12 + 3 * 33 + 33 + 6)


@pytest.mark.parametrize(("share", "seconds"), [(0.05, -1), (0.35, -1), (0.35, 1e9), (0.6, -1), (0.95, -1)])
def test_a_cut_run_ends_as_an_undisturbed_one(whole, tmp_path, monkeypatch, share, seconds):
    """Cut after this share of its progress, with a checkpoint after each chunk or after the last chunk alone."""
    monkeypatch.setattr(training, "SECONDS_BETWEEN_CHECKPOINTS", seconds)
    left = round(share * whole[1])

    def cut(_):
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt

    out = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        compare(WHOLE, out, report=cut)
    assert not (out / "results.csv").exists()
    compare(WHOLE, out, resume=True)
    assert contents(out) == contents(whole[0])
    for name, picture in traces(recorded(out))["full"].items():
        np.testing.assert_array_equal(picture, traces(recorded(whole[0]))["full"][name])


def test_a_finished_run_is_left_as_it_is(whole):
    told, before = [], {path: path.stat().st_mtime_ns for path in whole[0].glob("training-runs/**/*")}
    compare(WHOLE, whole[0], resume=True, report=told.append)
    assert {progress.stage for progress in told} == {"finished"}
    assert {path: path.stat().st_mtime_ns for path in whole[0].glob("training-runs/**/*")} == before


def test_a_diverging_method_is_recorded_and_others_do_not_notice(whole, tmp_path):
    wild = Comparison(WHOLE.experiment, {"wild": MAML(inner_lr=1e30), "maml": MAML_SETTINGS}, BUDGET, seeds=(0,))
    told = []
    compare(wild, tmp_path / "run", report=told.append)
    rows = rows_of(tmp_path / "run/results.csv")
    assert {row["value"] for row in rows if row["method"] == "wild"} == {"nan"}
    same = [row for row in rows_of(whole[0] / "results.csv") if (row["method"], row["seed"]) == ("maml", "0")]
    assert [row for row in rows if row["method"] == "maml"] == same
    metrics = "training-runs/any/maml/0/metrics.jsonl"
    assert (tmp_path / "run" / metrics).read_bytes() == (whole[0] / metrics).read_bytes()

    note = json.loads((tmp_path / "run/training-runs/any/wild/0/training-run.json").read_text())["diverged"]
    assert note.startswith(
        "meta-iteration 0, task 0: the outer loss or its step is not finite; lower the inner or the outer rate"
    )
    assert [progress.message for progress in told if progress.message] == [note]


def test_a_run_that_diverges_after_a_checkpoint_ends_alike_cut_or_not(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "SECONDS_BETWEEN_CHECKPOINTS", -1)
    budget = replace(BUDGET, chunk=1)
    wild = Comparison(WHOLE.experiment, {"wild": MAML(inner_lr=0.02, outer_lr=1e30)}, budget, seeds=(0,))

    def cut(progress):
        if progress.iteration == 1:
            raise KeyboardInterrupt

    compare(wild, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        compare(wild, tmp_path / "cut", report=cut)
    compare(wild, tmp_path / "cut", resume=True)
    for name in ("results.csv", "training-runs/any/wild/0/training-run.json", "training-runs/any/wild/0/metrics.jsonl"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    note = json.loads((tmp_path / "cut/training-runs/any/wild/0/training-run.json").read_text())["diverged"]
    assert note.startswith("meta-iteration 1, task 0")
    curve = learning_curves(recorded(tmp_path / "whole"))
    assert curve[-1]["iteration"] == BUDGET.iterations
    assert math.isnan(curve[-1]["value"])
    assert not math.isnan(curve[0]["value"])


def test_a_method_that_reads_no_descriptor_runs_once_for_all(tmp_path):
    both = Comparison(TinySine(shots=4), {"random": Random()}, BUDGET, seeds=(0,), descriptors=("full", "partial"))
    compare(both, tmp_path / "run")
    rows = rows_of(tmp_path / "run/results.csv")
    full, partial = ([row | {"descriptor": ""} for row in rows if row["descriptor"] == how] for how in both.descriptors)
    assert full == partial
    assert full
    assert {row["variant"] for row in rows} == {"shots=4", "schedule=off;shots=4"}
    assert [path.name for path in (tmp_path / "run/training-runs").iterdir()] == ["any"]


def test_evaluation_repeats_the_results_on_the_tasks_of_the_run_and_differs_on_others(whole):
    run = RunFolder.load(whole[0])
    one = replace(WHOLE, seeds=(0,))
    again = [tuple(map(str, row)) for row in evaluate_run(one, run, seed=0).rows]
    rows = rows_of(whole[0] / "results.csv")
    assert again == [tuple(row.values()) for row in rows if (row["seed"], row["variant"]) == ("0", "")]
    fresh = evaluate_run(one, run, seed=1).rows
    assert not {row[-1] for row in fresh} & {row[-1] for row in again}


def test_a_run_records_which_tasks_are_the_same(whole):
    found = identities(recorded(whole[0]))
    assert set(found) == {("", "meta-test"), ("", "extrapolation")}
    own = found["", "meta-test"]
    assert len(own) == len(set(own.values())) == BUDGET.test_tasks * len(WHOLE.seeds)  # each seed draws its own


def test_the_tasks_of_an_evaluation_are_shared_by_the_seeds(whole):
    found = evaluate_run(WHOLE, RunFolder.load(whole[0]), seed=7).identities["", "meta-test"]
    seeds = [[found[seed, task] for task in range(BUDGET.test_tasks)] for seed in WHOLE.seeds]
    assert seeds[0] == seeds[1]


def test_evaluation_with_a_descriptor_that_does_not_fit_is_refused(whole):
    with pytest.raises(ValueError, match="the description has 1 entries where the method was built for 2"):
        evaluate_run(replace(WHOLE, seeds=(0,)), RunFolder.load(whole[0]), seed=0, descriptor="partial")


def test_no_two_uses_share_a_task_or_a_key():
    training_run = WHOLE.training_run("maml", "full", 0)
    phases = {split: set(np.asarray(training_run.tasks(split).phase).tolist()) for split in training_run.family.splits}
    training = jax.vmap(lambda i: jax.random.split(jax.random.fold_in(training_run.training_key(), i))[0])(
        np.arange(50)
    )
    drawn = jax.vmap(lambda key: training_run.family.sample(4, split="meta-train", key=key))(training)
    phases["training"] = set(np.ravel(drawn.phase).tolist())
    assert len(phases["training"]) == 200
    for one, other in itertools.combinations(phases.values(), 2):
        assert not one & other
    assert training_run.evaluation_key("meta-test") == WHOLE.training_run("hypermaml", "full", 0).evaluation_key(
        "meta-test"
    )
    keys = [training_run.evaluation_key(split) for split in ("meta-validation", "meta-test", "extrapolation")]
    keys += [
        training_run.training_key(),
        training_run.portrait_key(),
        WHOLE.training_run("maml", "full", 1).training_key(),
    ]
    assert len({tuple(jax.random.key_data(key).tolist()) for key in keys}) == 6


def restored(comparison, method, seed, folder):
    training = comparison.training_run(method, "full", seed)
    return restore(training, training.build(), folder)


def test_a_checkpoint_of_another_training_run_is_refused(whole, tmp_path):
    shutil.copytree(whole[0], tmp_path / "run")
    training_runs = tmp_path / "run/training-runs/full/hypermaml"
    shutil.rmtree(training_runs / "0/checkpoints")
    shutil.copytree(training_runs / "1/checkpoints", training_runs / "0/checkpoints")
    with pytest.raises(CheckpointError, match="run: training_run full/hypermaml/1 in place of full/hypermaml/0;"):
        restored(WHOLE, "hypermaml", 0, training_runs / "0")
    changed = replace(WHOLE, methods={"hypermaml": replace(WHOLE.methods["hypermaml"], inner_lr=0.5)})
    with pytest.raises(CheckpointError, match=r"run: settings .*'inner_lr': 0.02.* in place of .*'inner_lr': 0.5"):
        restored(changed, "hypermaml", 1, training_runs / "1")


@dataclass(frozen=True)
class Grown(MAML):
    """MAML as a later version has it: with an option more."""

    __qualname__ = "MAML"
    __module__ = MAML.__module__

    trust: float = 0.0


def test_an_option_added_with_a_default_leaves_old_runs_readable_and_resumable(whole, tmp_path):
    shutil.copytree(whole[0], tmp_path / "run")
    grown = replace(WHOLE, methods={"maml": Grown(inner_lr=0.02), "hypermaml": WHOLE.methods["hypermaml"]})
    assert grown.identity() == WHOLE.identity()
    assert grown.training_run("maml", "full", 0).identity() == WHOLE.training_run("maml", "full", 0).identity()
    for name in ("summary.json", "training-runs/any/maml/0/results.csv"):
        (tmp_path / "run" / name).unlink(missing_ok=True)
    compare(grown, tmp_path / "run", resume=True)
    assert contents(tmp_path / "run") == contents(whole[0])
    other = replace(WHOLE, methods={"maml": Grown(inner_lr=0.02, trust=1.0), "hypermaml": WHOLE.methods["hypermaml"]})
    with pytest.raises(RunFolderError, match=r"has no methods\.maml\.trust, which is asked for"):
        compare(other, tmp_path / "run", resume=True)


def test_one_run_builds_its_family_and_each_system_once(tmp_path, monkeypatch):
    built = []
    family, build = TinySine.family, MAML.build
    monkeypatch.setattr(TinySine, "family", lambda self, descriptor: built.append("family") or family(self, descriptor))
    monkeypatch.setattr(MAML, "build", lambda self, *args, **how: built.append("system") or build(self, *args, **how))
    comparison = Comparison(TinySine(), {"maml": MAML_SETTINGS}, BUDGET, seeds=(0, 1))
    assert [planned.name for planned in comparison.plan()] == ["any/maml/0", "any/maml/1"]
    assert not built
    compare(comparison, tmp_path / "run")
    assert built == ["family", "system", "system", "system"]  # the first one in shapes alone, to check its size


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_that_keys_do_not_tell_apart_is_refused(seed):
    with pytest.raises(ValueError, match=f"seed is {seed}, but it must be at least 0 and below"):
        replace(WHOLE, seeds=(seed,))
