"""A day of a battery: physics and reward against hand-computed cases, and the optimum above every controller."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.families.power.battery import EFFICIENCY, START, STRENGTH, WEAR, Battery, Charge, Day, bill, flow
from hypermaml.families.power.controllers import Rule, driven
from hypermaml.families.power.optimum import optimum
from hypermaml.rl.policy import Gaussian
from hypermaml.rl.rollout import rollout

FULL = 1 / STRENGTH  # the action that asks for all of the power


def day_of(net=10.0, price=0.3, *, export=0.1, demand=0.0, capacity=100.0, power=40.0):
    """A day of constant net load and price, or of the curves given."""
    net, price = (jnp.broadcast_to(jnp.asarray(each, float), (96,)) for each in (net, price))
    load, pv = jnp.maximum(net, 0.0), jnp.maximum(-net, 0.0)
    return Day(load, pv, jnp.zeros(96), price, *map(jnp.asarray, (export, demand, capacity, power)))


def state_of(energy, *, time=0, peak=0.0, idle_peak=0.0):
    return Charge(jnp.asarray(energy, float), jnp.asarray(time), jnp.asarray(peak), jnp.asarray(idle_peak))


@pytest.mark.parametrize(
    ("energy", "wanted", "power", "after"),
    [
        (50.0, 20.0, 20.0, 50 + 20 * 0.25 * 0.95),
        (50.0, -20.0, -20.0, 50 - 20 * 0.25 / 0.95),
        (50.0, 90.0, 40.0, 50 + 40 * 0.25 * 0.95),
        (50.0, -90.0, -40.0, 50 - 40 * 0.25 / 0.95),
        (98.1, 40.0, 1.9 / (0.25 * 0.95), 100.0),
        (2.0, -40.0, -2.0 * 0.95 / 0.25, 0.0),
        (100.0, 40.0, 0.0, 100.0),
        (0.0, -40.0, 0.0, 0.0),
    ],
)
def test_a_quarter_hour_by_hand(energy, wanted, power, after):
    done = flow(jnp.asarray(energy), jnp.asarray(wanted), jnp.asarray(12.0), day_of())
    assert float(done.power) == pytest.approx(power, abs=1e-4)
    assert float(done.energy) == pytest.approx(after, rel=1e-6)
    assert float(done.grid) == pytest.approx(12 + power, rel=1e-5)


@pytest.mark.parametrize(
    ("grid", "peak", "cost"),
    [
        (8.0, 20.0, 0.25 * 0.3 * 8),
        (-8.0, 20.0, -0.25 * 0.1 * 8),
        (8.0, 5.0, 0.25 * 0.3 * 8 + 0.4 * 3),
        (0.0, 0.0, 0.0),
    ],
)
def test_a_bill_by_hand(grid, peak, cost):
    paid = bill(jnp.asarray(grid), jnp.asarray(peak), jnp.asarray(0.3), day_of(demand=0.4))
    assert float(paid) == pytest.approx(cost, abs=1e-6)


def test_a_reward_by_hand():
    # 20 kW into the battery on top of 10 kW: 30 kW are imported, 4.75 kWh are stored.
    later, reward, ended = Battery().step(
        state_of(50.0, time=5, peak=15.0, idle_peak=15.0), jnp.array([0.5 * FULL]), day_of(demand=0.2)
    )
    expected = 0.25 * 0.3 * 10 - (0.25 * 0.3 * 30 + 0.2 * 15 + WEAR * 4.75)
    assert float(reward) == pytest.approx(expected, rel=1e-5)
    assert (float(later.energy), int(later.time)) == (pytest.approx(54.75), 6)
    assert (float(later.peak), float(later.idle_peak)) == (pytest.approx(30.0), 15.0)
    assert not ended


def test_the_last_quarter_hour_settles_the_charge_at_the_lowest_price():
    price = np.where(np.arange(96) < 20, 0.19, 0.3)
    day = day_of(price=price)
    _, reward, _ = Battery().step(state_of(30.0, time=95), jnp.zeros(1), day)
    assert float(reward) == pytest.approx((30 - 50) * 0.19 / 0.95, rel=1e-5)
    _, reward, _ = Battery().step(state_of(30.0, time=94), jnp.zeros(1), day)
    assert float(reward) == pytest.approx(0.0, abs=1e-6)


def test_an_idle_battery_saves_nothing_whatever_the_day():
    net = np.linspace(-40, 60, 96)
    (power, energy), rewards = driven(Battery(), day_of(net, demand=0.3), lambda state, day: jnp.zeros(1))
    np.testing.assert_allclose(rewards, 0.0, atol=1e-5)
    np.testing.assert_array_equal(power, 0.0)
    np.testing.assert_array_equal(energy, START * 100.0)


def test_the_return_is_the_difference_of_two_bills():
    """The day's cost with the battery, added up plainly, less that without."""
    net = 30 * np.sin(np.arange(96) / 9.0)
    price = np.where(np.arange(96) < 40, 0.2, 0.4)
    day, actions = day_of(net, price, demand=0.3), FULL * np.cos(np.arange(96) / 7.0)
    told = jnp.asarray(actions)
    (power, energy), rewards = driven(Battery(), day, lambda state, day: told[state.time][None])

    def cost(grid):
        imported, exported = np.maximum(grid, 0), np.maximum(-grid, 0)
        return 0.25 * (price @ imported - 0.1 * exported.sum()) + 0.3 * imported.max()

    steps = np.abs(np.diff(np.concatenate([[50.0], energy]))).sum()
    saved = cost(net) - cost(net + np.asarray(power)) - WEAR * steps + 0.2 / EFFICIENCY * (float(energy[-1]) - 50)
    assert float(rewards.sum()) == pytest.approx(saved, abs=1e-3)


def test_the_energy_balance_closes_over_random_actions(float64):
    day = day_of(jnp.asarray(np.random.default_rng(0).normal(10, 30, 96)), capacity=30.0)
    for seed in range(3):
        told = jnp.asarray(np.random.default_rng(seed).normal(0, 1.5 * FULL, 96))
        (power, energy), _ = driven(Battery(), day, lambda state, day, told=told: told[state.time][None])
        power, energy = np.asarray(power), np.asarray(energy)
        assert energy.dtype == np.float64
        stored = 0.25 * np.where(power > 0, power * EFFICIENCY, power / EFFICIENCY)
        np.testing.assert_allclose(np.cumsum(stored) + 15.0, energy, atol=1e-6, rtol=0)
        assert energy.min() >= 0
        assert energy.max() <= 30
        assert np.abs(power).max() <= 40
        assert {0.0, 30.0} & set(energy.round(9))  # the limits were reached


def test_observations_by_hand():
    day = day_of(np.arange(96.0))
    seen = Battery().observe(state_of(75.0, time=24, peak=30.0), day)
    angle = 2 * np.pi * 24.5 / 96
    waves = [np.sin(angle), np.cos(angle), np.sin(2 * angle), np.cos(2 * angle)]
    np.testing.assert_allclose(seen, [0.5, 0.24, 0.3, *waves], rtol=1e-5)


def test_the_optimum_of_two_prices_by_hand():
    """80 kWh of room, 40 of charge: fill at .1, sell all at .4 to the load, and buy back what is missing at .1."""
    price = np.where(np.arange(96) < 48, 0.1, 0.4)
    found = optimum(jax.tree.map(np.asarray, day_of(50.0, price, export=0.0, capacity=80.0, power=40.0)))
    filled, sold = 40 / 0.95, 80 * 0.95
    wear = WEAR * (40 + 80)
    settled = -0.1 / 0.95 * 40
    assert found.saving == pytest.approx(-0.1 * filled + 0.4 * sold - wear + settled, rel=1e-6)
    assert found.energy.max() == pytest.approx(80.0)
    assert found.energy[-1] == pytest.approx(0.0, abs=1e-6)


def test_the_optimum_shaves_the_peak():
    """One hour of 60 kW over 20 kW, and a demand charge that is all that counts: the battery levels the day."""
    net = np.where((np.arange(96) >= 40) & (np.arange(96) < 44), 60.0, 20.0)
    found = optimum(jax.tree.map(np.asarray, day_of(net, 0.2, export=0.0, demand=5.0, capacity=400.0, power=100.0)))
    highest = (net + found.power).max()
    assert highest < 25
    assert found.saving > 5.0 * (60 - highest) - 20


class Linear(eqx.Module):
    """A policy of random weights."""

    weight: jax.Array

    def many(self, observations):
        mean = observations @ self.weight
        return Gaussian(mean, jnp.zeros_like(mean))


def test_no_controller_beats_perfect_foresight(float64):
    random = np.random.default_rng(1)
    hours = np.arange(96) / 4
    for seed in range(4):
        net = random.normal(20, 15) + 30 * np.sin(2 * np.pi * (hours - random.uniform(0, 24)) / 24)
        price = np.where((hours - random.uniform(0, 24)) % 24 < 6, 0.15, 0.35)
        day = day_of(net, price, export=0.08, demand=0.2, capacity=150.0, power=50.0)
        best = optimum(jax.tree.map(np.asarray, day))
        policy = Linear(jnp.asarray(random.normal(0, 4, (7, 1))))
        tried = rollout(policy, Battery(), day, size=8, key=jax.random.key(seed)).returns()
        rule = driven(Battery(), day, Rule())[1].sum()
        assert best.saving >= max(float(tried.max()), float(rule), 0.0) - 1e-6
        told = jnp.asarray(best.power / (STRENGTH * 50.0))
        (_, energy), rewards = driven(Battery(), day, lambda state, day, told=told: told[state.time][None])
        np.testing.assert_allclose(energy, best.energy, atol=1e-6)
        assert float(rewards.sum()) == pytest.approx(best.saving, abs=1e-6)  # and the battery can do it


def test_the_rule_charges_when_it_is_cheap_and_covers_when_it_is_dear():
    price = np.where(np.arange(96) < 24, 0.15, 0.4)
    (power, energy), rewards = driven(Battery(), day_of(10.0, price), Rule())
    assert float(power[0]) == 40.0
    assert float(energy[23]) == pytest.approx(100.0)
    np.testing.assert_allclose(power[24:40], -10.0, rtol=1e-6)
    assert float(rewards.sum()) > 0
    (power, _), _ = driven(Battery(), day_of(-10.0, price), Rule())
    assert float(power[50]) >= 0  # surplus is stored until it is full
