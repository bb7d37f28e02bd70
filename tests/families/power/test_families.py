"""Sites and their splits, the control and the forecasting family."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml._core.budget import environment_steps
from hypermaml._core.collect import collect
from hypermaml._core.family import OPTIMUM
from hypermaml._core.objective import at_each_step
from hypermaml.data.power.profiles import SEASONS, Curves, Profiles
from hypermaml.data.power.synthetic import synthetic
from hypermaml.families.power.battery import PEAK
from hypermaml.families.power.control import Power
from hypermaml.families.power.forecast import PowerForecast
from hypermaml.families.power.forecast_error import forecast
from hypermaml.families.power.sites import Sites, hourly
from hypermaml.families.power.splits import regions
from hypermaml.families.power.tariff import HIGH, LOW, STANDARD, Tariff
from hypermaml.methods.maml import MAML

KEY = jax.random.key(0)
TESTED = ("meta-test", "unseen-profiles", "unseen-season", "unseen-profiles-and-season")


@pytest.fixture(scope="module")
def power():
    return Power(sites=Sites(synthetic(), days=3), hidden=(4, 4), shots=4, queries=3)


def days_of(region, days):
    return {int(first) + day for first in np.asarray(region.first) for day in range(days)}


@pytest.mark.parametrize("season", ["winter", "summer", "none"])
def test_splits_share_neither_days_nor_what_is_held_out(season):
    profiles = synthetic()
    found = regions(profiles, days=6, unseen_season=season)
    assert set(found) == {"meta-train", "meta-validation", *(TESTED if season != "none" else TESTED[:2])}
    for one, other in itertools.combinations(("meta-train", "meta-validation", "meta-test", "unseen-season"), 2):
        if {one, other} <= set(found):
            assert not days_of(found[one], 6) & days_of(found[other], 6)
    for kind in ("load", "pv", "wind"):
        known, held = (set(map(int, getattr(found[name], kind))) for name in ("meta-train", "unseen-profiles"))
        assert known
        assert held
        assert not known & held
        assert known | held == set(range(len(profiles.kinds[kind].names)))
    if season != "none":
        of_season = profiles.seasons() == SEASONS.index(season)
        assert not of_season[list(days_of(found["meta-train"], 6) | days_of(found["unseen-profiles"], 6))].any()
        assert of_season[list(days_of(found["unseen-profiles-and-season"], 6))].all()
        assert set(map(int, found["unseen-season"].load)) == set(map(int, found["meta-train"].load))


def test_a_site_with_one_profile_has_no_unseen_ones_and_too_few_days_are_told():
    made = synthetic()
    one = [Curves(curves.names[:1], curves.values[:1, :200]) for curves in made.kinds.values()]
    found = regions(Profiles("mine", made.dates[:200], *one), days=6, unseen_season="winter")
    assert set(found) == {"meta-train", "meta-validation", "meta-test", "unseen-season"}
    short = [Curves(curves.names, curves.values[:, :40]) for curves in made.kinds.values()]
    with pytest.raises(
        ValueError, match=r"mine: no 6 days in a row are left for meta-validation; .* at least 70 whole"
    ):
        regions(Profiles("mine", made.dates[:40], *short), days=6, unseen_season="none")
    with pytest.raises(ValueError, match="unseen_season is 'monsoon', but it must be one of winter"):
        regions(made, days=6, unseen_season="monsoon")


def test_a_gap_is_in_no_site():
    made = synthetic()
    kept = np.delete(np.arange(364), 100)
    parts = [Curves(curves.names, curves.values[:, kept]) for curves in made.kinds.values()]
    gapped = Profiles("gapped", made.dates[kept], *parts)
    for region in regions(gapped, days=6, unseen_season="winter").values():
        for first in np.asarray(region.first):
            assert gapped.dates[first + 5] - gapped.dates[first] == np.timedelta64(5, "D")


def test_a_day_of_a_site_is_its_profiles_times_its_sizes():
    made = synthetic()
    sites = Sites(made, days=3, unseen_season="winter")
    site = jax.tree.map(lambda leaf: leaf[0], sites.sample(1, split="meta-test", key=KEY))
    day = sites.day(site, 2)
    load, pv, wind = (int(index) for index in site.profiles)
    at = int(site.first) + 2
    np.testing.assert_allclose(day.load, PEAK * made.load.values[load, at], rtol=1e-5)
    np.testing.assert_allclose(day.pv, float(site.plants[0]) * made.pv.values[pv, at], rtol=1e-5)
    np.testing.assert_allclose(day.wind, float(site.plants[1]) * made.wind.values[wind, at], rtol=1e-5)
    assert float(day.power) == pytest.approx(float(site.capacity / site.duration))
    assert sites.sample(2, split="meta-train", key=KEY).first.shape == (2,)


def test_tariffs_have_six_cheap_and_four_dear_hours():
    hours = np.arange(96) / 4
    for seed in range(20):
        tariff = Tariff.draw(jax.random.key(seed))
        price = np.asarray(tariff.price(jnp.asarray(hours)))
        low, high = float(tariff.low), float(tariff.high)
        assert (np.isclose(price, low).sum(), np.isclose(price, high).sum()) == (24, 16)
        assert np.isclose(price, STANDARD).sum() == 56
        assert LOW[0] <= low <= LOW[1]
        assert HIGH[0] <= high <= HIGH[1]
        assert float(tariff.export) < low
        assert tariff.numbers().shape == (8,)


def test_the_error_of_a_forecast_is_what_is_stated():
    truth = jnp.full((3, 24), 10.0)
    keys = jax.random.split(KEY, 4000)
    off = np.asarray(jax.vmap(lambda key: forecast(truth, 0.05, key))(keys)) / 10 - 1
    np.testing.assert_allclose(off.std(axis=0), np.array([0.05, 0.1, 0.1])[:, None] * np.ones(24), rtol=0.06)
    np.testing.assert_allclose(off.mean(axis=0), 0, atol=0.01)
    after = [np.corrcoef(off[:, 0, hour], off[:, 0, hour + 1])[0, 1] for hour in range(23)]
    np.testing.assert_allclose(after, 0.9, atol=0.02)
    np.testing.assert_array_equal(forecast(truth, 0.0, KEY), truth)


@pytest.mark.parametrize(("how", "size"), [("full", 72), ("partial", 24), ("noisy", 72), ("none", 0)])
def test_the_description_is_the_forecast_of_the_next_day(how, size):
    family = Power(sites=Sites(synthetic(), days=3), description=how, error=0.0, shots=2, hidden=(4,))
    task = jax.tree.map(lambda leaf: leaf[0], family.sample(1, split="meta-test", key=KEY))
    task_info = family.task_info(task, key=KEY)
    day = family.next_day(task)
    truth = hourly(jnp.stack([day.load, day.pv, day.wind])).ravel() / PEAK
    np.testing.assert_allclose(task_info.description, truth[:size], rtol=1e-5)
    assert task_info.parameters.shape == (72 + 8 + 2,)


def test_support_is_of_the_earlier_days_and_the_query_of_the_next_one(power):
    task = jax.tree.map(lambda leaf: leaf[0], power.sample(1, split="meta-test", key=KEY))
    learner = power.learner(key=KEY)
    seen = power.earlier(learner, task, size=4, key=KEY).observations[:, :, 1] * PEAK  # net load
    nets = [power.sites.day(task, day).net for day in range(3)]
    np.testing.assert_allclose(seen, jnp.stack([nets[0], nets[0], nets[1], nets[1]]), rtol=1e-4, atol=1e-3)
    query = power.trajectories(learner, task, size=2, key=KEY).observations[:, :, 1] * PEAK
    np.testing.assert_allclose(query, jnp.stack([nets[2], nets[2]]), rtol=1e-4, atol=1e-3)
    with pytest.raises(ValueError, match="Power: shots is 5, but it must be a multiple of the 2 days"):
        Power(sites=Sites(synthetic(), days=3), shots=5)
    with pytest.raises(ValueError, match="Power: sites have 1 day, but they must have an earlier one beside it"):
        Power(sites=Sites(synthetic(), days=1))


def test_each_learner_that_counts_is_asked_about_the_next_day(power):
    """The support of a step, which is of the earlier days, is not its query."""
    system = MAML(inner_steps=1).build(power, key=KEY)
    objective, tasks = at_each_step(1), power.sample(2, split="meta-train", key=KEY)
    data = jax.eval_shape(lambda: collect(system.method, objective, power, tasks, key=KEY))
    assert [query.mask.shape[1] for query in data.query] == [power.queries, power.queries]
    assert data.support.mask.shape[2] == power.shots
    steps = 2 * power.environment.horizon * (power.shots + 2 * power.queries)
    assert environment_steps(objective, power, 2) == steps


def test_references_bound_what_a_policy_saves(power):
    tasks = power.sample(3, split="unseen-season", key=KEY)
    known = power.references(tasks, None, None)
    assert set(known) == {"rule", OPTIMUM}
    learners = jax.tree.map(lambda leaf: jnp.stack([leaf] * 3) if eqx_array(leaf) else leaf, power.learner(key=KEY))
    scores = power.scores(learners, tasks, power.test_queries(learners, tasks, key=KEY))
    assert (known[OPTIMUM] >= known["rule"] - 1e-4).all()
    assert (known[OPTIMUM] >= np.asarray(scores["return"])).all()
    assert (np.asarray(jax.vmap(power.floor)(tasks)) == 0).all()
    drawn = power.picture.scene(power, tasks, None, None)
    assert drawn["optimum"].shape == (3, 2, 96)
    assert power.picture.portraits(power, learners, tasks, None, key=KEY).shape == (3, 2, 96)


def test_splits_have_numbers_of_their_own_and_no_other_is_known(power):
    assert power.splits == ("meta-train", "meta-validation", *TESTED)
    assert power.test_splits == TESTED
    assert [power.split_number(split) for split in power.splits] == [0, 1, 2, 4, 5, 6]
    with pytest.raises(ValueError, match="the split is 'extrapolation', but Power has meta-train, meta-validation,"):
        power.sample(1, split="extrapolation", key=KEY)


def eqx_array(leaf):
    return isinstance(leaf, jax.Array)


def test_a_network_of_zeros_forecasts_persistence_and_the_linear_model_is_better():
    family = PowerForecast(synthetic(), hidden=(4,), shots=2, queries=3)
    tasks = family.sample(30, split="meta-test", key=KEY)
    zeros = jax.tree.map(lambda leaf: jnp.zeros((30, *leaf.shape)), family.learner(key=KEY))
    support, query = family.test_sets(tasks, support_key=KEY, query_key=KEY)
    scores = family.scores(zeros, tasks, query)["mse"]
    known = family.references(tasks, support, query)
    np.testing.assert_allclose(known["persistence"], scores, rtol=1e-4)
    assert known["linear model"].mean() < 0.9 * known["persistence"].mean()


def test_support_days_of_a_forecast_come_before_the_query_days():
    family = PowerForecast(synthetic(), hidden=(4,), shots=2, queries=3)
    task = jax.tree.map(lambda leaf: leaf[0], family.sample(1, split="meta-test", key=KEY))
    whole = family.batch(None, task, size=5, key=KEY)
    nets = jnp.stack([family.sites.day(task, day).net for day in range(6)]) / PEAK
    np.testing.assert_allclose(whole.last, nets[:5], atol=1e-5)
    np.testing.assert_allclose(whole.following, nets[1:], atol=1e-5)
    support, query = family.test_set(task, support_key=KEY, query_key=KEY)
    np.testing.assert_array_equal(query.last, whole.last[2:])
    np.testing.assert_array_equal(support.last, whole.last[:2])
    np.testing.assert_array_equal(family.batch(None, task, size=2, key=KEY).last, whole.last[:2])


@pytest.mark.parametrize(("how", "size"), [("full", 76), ("partial", 4), ("noisy", 76), ("none", 0)])
def test_the_description_of_a_forecast_is_metadata_and_typical_curves(how, size):
    made = synthetic()
    family = PowerForecast(made, description=how, hidden=(4,))
    task = jax.tree.map(lambda leaf: leaf[0], family.sample(1, split="meta-test", key=KEY))
    told = family.task_info(task, key=KEY).description
    assert told.shape == (size,)
    if how in ("full", "partial"):
        np.testing.assert_allclose(told[:2], task.plants / PEAK, rtol=1e-5)
    if how == "full":
        trained = np.unique(np.asarray(family.sites.regions["meta-train"].first)[:, None] + np.arange(11))
        typical = made.load.values[int(task.profiles[0]), trained].mean(axis=0).reshape(24, 4).mean(axis=1)
        np.testing.assert_allclose(told[4:28], typical, rtol=1e-4)
