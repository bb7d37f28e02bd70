import json
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from hypermaml._compare import trial as trial_module
from hypermaml._compare.tune import tune
from hypermaml.experiments.experiment import Budget
from hypermaml.experiments.sine import SineExperiment
from hypermaml.families.sine import Sine
from hypermaml.methods import METHODS
from hypermaml.methods.maml import MAML
from hypermaml.methods.pretrained import Pretrained

BUDGET = Budget(iterations=5, meta_batch=2, chunk=2, validation_tasks=2, test_tasks=2, steps=2)
GRIDS = {
    "maml": [MAML(inner_lr=rate) for rate in (1e30, 0.001, 0.02)],
    "pretrained": [Pretrained(inner_lr=rate, outer_lr=outer) for outer in (1e-3, 1e-2) for rate in (0.001, 0.02)],
}


@dataclass(frozen=True)
class TinySine(SineExperiment):
    """Sine curves for networks of two layers of four, with few trials."""

    shots: int = 3
    presets: ClassVar = {}

    def family(self, descriptor):
        return Sine(description="full", shots=self.shots, queries=3, hidden=(4, 4))

    def settings(self):
        return {name: method() for name, method in METHODS.items()}

    def grid(self, method, settings=None):
        return GRIDS[method]


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    """The file, what it holds, and which settings were trained."""
    out, trained = tmp_path_factory.mktemp("tune") / "sine.json", []
    plain = trial_module.train_whole
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            trial_module,
            "train_whole",
            lambda training_run: trained.append(training_run.settings) or plain(training_run),
        )
        return out, tune(TinySine(), list(GRIDS), BUDGET, out), trained


def test_each_trial_has_a_score_and_the_lowest_error_is_the_choice(tuned):
    out, record, _ = tuned
    assert json.loads(out.read_text()) == record
    for name, grid in GRIDS.items():
        trials = record["methods"][name]["trials"]
        assert [(trial["inner_lr"], trial["outer_lr"]) for trial in trials] == [(s.inner_lr, s.outer_lr) for s in grid]
        finite = [trial for trial in trials if trial["score"] is not None]
        assert record["methods"][name]["best"] == min(finite, key=lambda trial: trial["score"])


def test_a_trial_that_diverges_has_no_score(tuned):
    scores = [trial["score"] for trial in tuned[1]["methods"]["maml"]["trials"]]
    assert scores[0] is None
    assert None not in scores[1:]


def test_without_inner_steps_the_trials_of_one_outer_rate_share_their_training(tuned):
    assert [settings.outer_lr for settings in tuned[2] if isinstance(settings, Pretrained)] == [1e-3, 1e-2]
    scores = [trial["score"] for trial in tuned[1]["methods"]["pretrained"]["trials"]]
    assert len(set(scores)) == 4


def test_a_cut_tuning_goes_on_where_it_ended(tuned, tmp_path):
    _, record, _ = tuned
    cut = json.loads(json.dumps(record))
    cut["methods"]["pretrained"] = {"trials": record["methods"]["pretrained"]["trials"][:3], "best": None}
    out, told = tmp_path / "sine.json", []
    out.write_text(json.dumps(cut))
    assert tune(TinySine(), list(GRIDS), BUDGET, out, report=told.append) == record
    assert [(progress.name, progress.iteration, progress.iterations) for progress in told] == [("pretrained", 3, 4)]


def test_trials_of_another_budget_or_descriptor_are_not_mixed(tuned):
    with pytest.raises(ValueError, match="another budget, descriptor, metric, variant or sampler: choose another"):
        tune(TinySine(), ["maml"], replace(BUDGET, iterations=6), tuned[0])
    with pytest.raises(ValueError, match="another budget, descriptor, metric, variant or sampler: choose another"):
        tune(TinySine(), ["maml"], BUDGET, tuned[0], descriptor="full")
    with pytest.raises(ValueError, match="another budget, descriptor, metric, variant or sampler: choose another"):
        tune(TinySine(shots=4), ["maml"], BUDGET, tuned[0])


@pytest.mark.parametrize("content", ["no JSON", "[1]", "{}"])
def test_a_file_that_holds_something_else_is_refused_and_kept(tmp_path, content):
    path = tmp_path / "other.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"other\.json .* a record of trials"):
        tune(SineExperiment(), ["random"], BUDGET, path)
    assert path.read_text() == content
