"""Tuning by Optuna, with a training that takes no time: its score is the distance of the inner rate from 0.02."""

import json
import math
import subprocess
import sys
from dataclasses import replace

import optuna
import pytest

from hypermaml._compare import search as search_module
from hypermaml._compare.search import search
from hypermaml._compare.search_plan import SearchPlan
from hypermaml._compare.search_storage import JOURNAL
from hypermaml.experiments.experiment import Budget
from hypermaml.experiments.sine import SineExperiment
from hypermaml.methods.leo import LEO
from hypermaml.methods.maml import MAML
from hypermaml.methods.meta_networks import MetaNetworks
from hypermaml.methods.random import Random
from hypermaml.run.lock import RunInUse, locked

BUDGET = Budget(iterations=6, meta_batch=2, chunk=2, validation_tasks=2, test_tasks=2, steps=2)
PLAN = SearchPlan("tpe", trials=8)


class Killed(BaseException):
    """Ends a trial as SIGKILL does: nothing is written after it."""


class Landscape:
    """What is trained, in its order, and what happens then."""

    def __init__(self):
        self.trained, self.kill_at, self.diverge = [], None, False

    def train(self, training, *, visit):
        self.trained.append(training.settings)
        for iteration in range(BUDGET.chunk, BUDGET.iterations + 1, BUDGET.chunk):
            if len(self.trained) == self.kill_at and iteration == BUDGET.iterations:
                raise Killed
            visit(iteration, training.settings)
        return None if self.diverge and training.settings.inner_lr > 0.05 else training.settings

    def error(self, settings):
        return abs(math.log(settings.inner_lr / 0.02))

    def validate(self, training, method, tasks):
        return dict.fromkeys(("mse/1", "mse/2"), self.error(method))


@pytest.fixture
def landscape(monkeypatch):
    made = Landscape()
    monkeypatch.setattr(search_module, "train_whole", made.train)
    monkeypatch.setattr(search_module, "validate", made.validate)
    monkeypatch.setattr(search_module, "score", lambda training, method: made.error(method))
    return made


def run(folder, plan=PLAN, budget=BUDGET, method="maml", **options):
    folder.mkdir(exist_ok=True)
    return search(SineExperiment(), [method], budget, folder / "trials.json", plan=plan, **options)


def trials(record):
    return record["methods"]["maml"]["trials"]


def kill(monkeypatch, folder, plan, *, process=None):
    """Runs a search that is killed, by a process that lives unless one is given."""
    with monkeypatch.context() as patch:
        patch.setattr(search_module, "give_back", lambda *_: None)
        if process is not None:
            patch.setattr("os.getpid", lambda: process)
        with pytest.raises(Killed):
            run(folder, plan)


def ended_process():
    """The number of a process that has ended."""
    code = "import os; print(os.getpid())"
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


@pytest.mark.parametrize("sampler", ["random", "tpe", "cmaes"])
def test_each_sampler_draws_other_settings_and_the_best_trial_is_the_choice(landscape, tmp_path, sampler):
    record = run(tmp_path, replace(PLAN, sampler=sampler))
    assert json.loads((tmp_path / "trials.json").read_text()) == record
    found = trials(record)
    assert [(trial["inner_lr"], trial["outer_lr"]) for trial in found] == [
        (settings.inner_lr, settings.outer_lr) for settings in landscape.trained
    ]
    assert len({trial["inner_lr"] for trial in found}) == 8
    assert record["methods"]["maml"]["best"] == min(found, key=lambda trial: trial["score"])


@pytest.mark.product
@pytest.mark.parametrize("sampler", ["tpe", "cmaes"])
def test_later_trials_are_better_than_early_ones(landscape, tmp_path, sampler):
    scores = [trial["score"] for trial in trials(run(tmp_path, SearchPlan(sampler, trials=40)))]
    assert sum(scores[-15:]) < sum(scores[:15])


def test_the_setting_that_matters_has_the_most_importance(landscape, tmp_path):
    importance = run(tmp_path, SearchPlan("random", trials=24))["methods"]["maml"]["importance"]
    assert set(importance) == {"inner_lr", "outer_lr"}
    assert importance["inner_lr"] > importance["outer_lr"]


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_a_search_that_was_killed_ends_as_one_that_was_not(landscape, tmp_path, monkeypatch, sampler):
    plan = replace(PLAN, sampler=sampler, trials=6)
    whole = trials(run(tmp_path / "whole", plan))
    landscape.trained.clear()
    landscape.kill_at = 4
    kill(monkeypatch, tmp_path / "cut", plan)
    with (tmp_path / "cut" / JOURNAL).open("ab") as journal:
        journal.write(b'{"op_code":6,"worker_id"')  # the kill came while a line was written
    (tmp_path / "cut" / f"{JOURNAL}.lock").symlink_to(tmp_path / "cut" / JOURNAL)
    landscape.kill_at = None
    assert trials(run(tmp_path / "cut", plan)) == whole
    assert len(landscape.trained) == 7
    assert landscape.trained[3] == landscape.trained[4]


@pytest.mark.parametrize("sampler", ["tpe", "cmaes"])
def test_a_trial_that_is_interrupted_is_run_again_and_counts_once(landscape, tmp_path, sampler):
    landscape.kill_at, plan = 2, replace(PLAN, sampler=sampler, trials=4)
    with pytest.raises(Killed):
        run(tmp_path, plan)
    assert len(trials(run(tmp_path, plan))) == 4
    assert landscape.trained[1] == landscape.trained[2]


def test_a_finished_search_runs_nothing_and_more_trials_go_on(landscape, tmp_path):
    first = trials(run(tmp_path))
    assert trials(run(tmp_path)) == first
    assert len(landscape.trained) == 8
    more = trials(run(tmp_path, replace(PLAN, trials=10)))
    assert more[:8] == first
    assert len(more) == 10


def test_a_trial_that_diverges_counts_and_has_no_score(landscape, tmp_path):
    landscape.diverge = True
    found = trials(run(tmp_path, SearchPlan("random", trials=12)))
    lost = [trial for trial in found if trial["score"] is None]
    assert lost
    assert all(trial["ended"] == "diverged" and trial["inner_lr"] > 0.05 for trial in lost)
    assert len(found) == 12


@pytest.mark.parametrize("pruner", ["median", "hyperband"])
def test_a_pruner_ends_bad_trials_at_a_chunk(landscape, tmp_path, pruner):
    found = trials(run(tmp_path, SearchPlan("random", pruner, 16)))
    pruned = [trial for trial in found if trial["score"] is None]
    assert pruned
    assert {trial["ended"] for trial in pruned} <= {f"pruned at iteration {done}" for done in (2, 4)}
    assert len(found) == 16


@pytest.mark.parametrize("storage", ["shared.log", pytest.param("sqlite:///{}/shared.db", marks=pytest.mark.product)])
def test_two_folders_share_the_trials_of_a_storage(landscape, tmp_path, storage, monkeypatch):
    shared = storage.format(tmp_path) if "://" in storage else str(tmp_path / storage)
    plan = replace(PLAN, storage=shared)
    landscape.kill_at = 3
    kill(monkeypatch, tmp_path / "one", plan, process=ended_process())
    landscape.kill_at = None
    two = trials(run(tmp_path / "two", plan))
    assert len(two) == 8
    assert len(landscape.trained) == 9
    assert landscape.trained[2] == landscape.trained[3]
    assert trials(run(tmp_path / "one", plan)) == two


def test_a_trial_of_a_living_process_is_left_to_it(landscape, tmp_path, monkeypatch):
    plan = replace(PLAN, storage=str(tmp_path / "shared.log"))
    landscape.kill_at = 3
    kill(monkeypatch, tmp_path / "one", plan)  # this process, which lives on
    landscape.kill_at = None
    assert len(trials(run(tmp_path / "two", plan))) == 7
    assert len(landscape.trained) == 8


@pytest.mark.parametrize("storage", ["nonsense://x", "postgresql://nowhere/x", "{}/no-such-folder/x.log"])
def test_a_storage_that_cannot_be_used_is_one_sentence(landscape, tmp_path, storage):
    with pytest.raises(ValueError, match=r"^the storage .* cannot be used: [^\n]*give the URL of a database"):
        run(tmp_path, replace(PLAN, storage=storage.format(tmp_path)))
    assert not (tmp_path / "trials.json").exists()


def test_a_damaged_journal_is_one_sentence_and_kept(landscape, tmp_path):
    (tmp_path / JOURNAL).write_text("no JSON\n{}\n")
    with pytest.raises(ValueError, match=r"^the storage .*\w"):
        run(tmp_path)
    assert (tmp_path / JOURNAL).read_text() == "no JSON\n{}\n"


def test_trials_of_another_budget_or_sampler_are_not_mixed(landscape, tmp_path):
    run(tmp_path)
    for change in ({"plan": replace(PLAN, sampler="random")}, {"budget": replace(BUDGET, iterations=8)}):
        with pytest.raises(ValueError, match="with another budget, metric, sampler, pruner or method: choose another"):
            run(tmp_path, **change)


def test_a_folder_is_used_by_one_process(landscape, tmp_path):
    with locked(tmp_path), pytest.raises(RunInUse):
        run(tmp_path)


def test_optuna_prints_nothing_and_speaks_afterwards_as_before(landscape, tmp_path, capfd):
    before = optuna.logging.get_verbosity()
    run(tmp_path)
    assert capfd.readouterr() == ("", "")
    assert optuna.logging.get_verbosity() == before


def test_a_whole_number_stays_one(landscape, tmp_path):
    run(tmp_path, SearchPlan("random", trials=3), method="amortized")
    sizes = [settings.context_size for settings in landscape.trained]
    assert all(isinstance(size, int) and 2 <= size <= 160 for size in sizes)
    assert len(set(sizes)) > 1


def test_what_a_method_is_searched_by():
    ranges = MAML(inner_lr=0.02, outer_lr=0.001).searched()
    assert set(ranges) == {"inner_lr", "outer_lr"}
    assert ranges["inner_lr"] == pytest.approx((0.002, 0.2))
    assert set(Random().searched()) == {"inner_lr"}
    assert set(MetaNetworks().searched()) == {"outer_lr"}
    assert set(LEO().searched()) == {"outer_lr", "inner_lr", "head_lr"}
