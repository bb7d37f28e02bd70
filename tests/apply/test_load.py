import numpy as np
import pytest

import hypermaml as hm

RNG = np.random.default_rng(0)
SLOPE = RNG.normal(size=(20, 1))
X = RNG.normal(size=(20, 8, 1))
Y = SLOPE[:, None] * X
FAMILY = hm.ArrayFamily(X, Y, descriptions=SLOPE, shots=3, hidden=(4,))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("load") / "run"
    methods = {"ours": hm.HyperMAML(inner_lr=0.1), "maml": hm.MAML()}
    hm.compare(methods, FAMILY, iterations=4, meta_batch=2, steps=2, seeds=2, out=out)
    return out


def test_a_training_run_of_a_folder_is_what_its_evaluation_scored(run):
    trained = hm.load(run, method="ours", seed=1, family=FAMILY)
    assert (trained.config, trained.seed, trained.iterations) == (hm.HyperMAML(inner_lr=0.1), 1, 4)
    assert set(trained.schedule) == {"later_rate", "later_clip"}
    alone = hm.train(hm.HyperMAML(inner_lr=0.1), FAMILY, iterations=4, meta_batch=2, steps=2, seed=1)
    few = X[0, :3], Y[0, :3]
    models = [each.adapt(*few, description=SLOPE[0], steps=2) for each in (trained, alone)]
    if trained.schedule == alone.schedule:
        np.testing.assert_allclose(*(model.predict(X[0]) for model in models), rtol=1e-5)
    trained.save(run.parent / "ours.hypermaml")
    again = hm.load(run.parent / "ours.hypermaml").adapt(*few, description=SLOPE[0], steps=2)
    np.testing.assert_array_equal(again.predict(X[0]), models[0].predict(X[0]))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "holds several methods: give one of maml, ours as method"),
        ({"method": "mine"}, "holds no method mine: its methods are maml, ours"),
        ({"method": "maml"}, "holds several seeds: give one of 0, 1 as seed"),
        ({"method": "maml", "seed": 2}, "holds no seed 2: its seeds are 0, 1"),
        ({"method": "ours", "seed": 0, "description": "partial"}, "holds no description partial: its descriptions are"),
        ({"method": "maml", "family": None}, "is of a family that a program made"),
        ({"family": hm.ArrayFamily(X, Y, shots=3)}, "the family ArrayFamily has changed since the run was made"),
    ],
)
def test_what_a_folder_does_not_have_is_one_sentence(run, given, sentence):
    with pytest.raises(ValueError, match=sentence):
        hm.load(run, **{"family": FAMILY, **given})


def test_a_folder_without_a_run_is_one_sentence(tmp_path):
    with pytest.raises(ValueError, match="holds no run"):
        hm.load(tmp_path)
