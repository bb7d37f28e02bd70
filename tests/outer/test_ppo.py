"""PPO and the advantages over the trajectories of a task, by hand in float64."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hypermaml as hm
from hypermaml._core.collect import Data, collect
from hypermaml._core.evaluate import evaluate
from hypermaml._core.meta_loss import meta_gradient
from hypermaml._core.reinforcement import AbstractReinforcementFamily, Experience
from hypermaml._core.task_info import TaskInfo
from hypermaml._core.train import train
from hypermaml._core.trees import split_trainable
from hypermaml.families.navigation import Navigation, Plane
from hypermaml.families.sine import Sine
from hypermaml.outer.credit import OverTrajectories, stream_advantages
from hypermaml.rl.advantage import generalized_advantages, sequence_advantages
from hypermaml.rl.estimators import clipped_ratio_loss, ratio_loss
from hypermaml.rl.policy import Gaussian
from hypermaml.rl.rollout import AbstractEnvironment

pytestmark = pytest.mark.usefixtures("float64")

KEY = jax.random.key(0)
FAMILY = Navigation(hidden=(3,), shots=2, queries=2, activation=jnp.tanh, environment=Plane(horizon=4))
PPO = hm.PPO(epochs=1, clip=1e9)
CREDIT = OverTrajectories(0.99)


class Lever(AbstractEnvironment):
    """Pulls to the one side are paid and to the other cost; the task is the side."""

    horizon: int = eqx.field(static=True, default=2)
    observation_size: int = eqx.field(static=True, default=1)
    action_size: int = eqx.field(static=True, default=1)

    def reset(self, task, *, key):
        return jnp.zeros(1)

    def step(self, state, action, task):
        return state, jnp.clip(action[0], -1, 1) * task, False


class Levers(AbstractReinforcementFamily):
    """Nothing is observed but what a pull has paid."""

    environment: Lever = Lever()

    def sample(self, n, *, split, key):
        return jax.random.rademacher(self.split_key(split, key), (n,), dtype=float)


def test_the_bound_stops_a_ratio_that_gains_and_no_other():
    advantages = jnp.asarray([[1.0, 1.0, -1.0, -1.0, 2.0]])
    ratios = jnp.asarray([[1.5, 0.5, 1.5, 0.5, 1.1]])
    mask = jnp.asarray([[1.0, 1.0, 1.0, 1.0, 0.0]])

    def loss(log_prob):
        return clipped_ratio_loss(log_prob, jnp.zeros((1, 5)), advantages, mask, clip=0.2)

    value, slope = jax.value_and_grad(loss)(jnp.log(ratios))
    assert float(value) == pytest.approx(-(1.2 + 0.5 - 1.5 - 0.8) / 4)
    np.testing.assert_allclose(slope, [[0, -0.5 / 4, 1.5 / 4, 0, 0]], atol=1e-12)
    near = jnp.log(jnp.asarray([[1.1, 0.9, 1.1, 0.9, 1.0]]))
    assert float(loss(near)) == pytest.approx(float(ratio_loss(near, jnp.zeros((1, 5)), advantages, mask)))


def test_one_epoch_is_a_step_of_adam_on_the_outer_loss():
    system = hm.Pretrained(outer=PPO, outer_lr=1e-3).build(FAMILY, key=KEY)
    tasks = FAMILY.sample(2, split="meta-train", key=KEY)
    data = eqx.filter_jit(lambda: collect(system.method, system.objective, FAMILY, tasks, key=KEY))()
    gradient, wanted = eqx.filter_jit(meta_gradient)(system.method, system.objective, FAMILY, data)
    descent, outer = hm.Adam().build(1e-3), system.outer
    first = outer.init(system.method)
    _, method, metrics = eqx.filter_jit(outer.update)(first, system.method, system.objective, FAMILY, data)
    assert float(metrics.loss) == pytest.approx(float(wanted.loss), abs=1e-12)
    assert metrics.finite.all()
    updates, _ = descent.transform.update(gradient, descent.init(system.method))
    before, after = split_trainable(system.method)[0], split_trainable(method)[0]
    for old, new, update in zip(*map(jax.tree.leaves, (before, after, updates)), strict=True):
        np.testing.assert_allclose(new - old, 1e-3 * update, rtol=1e-6, atol=1e-9)


@pytest.mark.product
def test_further_epochs_lower_the_loss_on_the_same_data():
    system = hm.RL2(state_size=3).build(FAMILY, key=KEY)
    tasks = FAMILY.sample(3, split="meta-train", key=KEY)
    data = eqx.filter_jit(lambda: collect(system.method, system.objective, FAMILY, tasks, key=KEY))()
    credited = CREDIT(FAMILY, data)
    outer = hm.PPO(epochs=6).build(3e-3)
    first, _ = outer.loss(system.method, system.objective, FAMILY, credited)
    _, method, _ = outer.update(outer.init(system.method), system.method, system.objective, FAMILY, credited)
    last, _ = outer.loss(method, system.objective, FAMILY, credited)
    assert float(last) < float(first)


@pytest.mark.parametrize(("bound", "taken"), [(1e-12, 1), (1e9, 3)])
def test_no_step_follows_one_that_went_too_far(bound, taken):
    def after(epochs, **how):
        outer = hm.PPO(epochs=epochs, **how).build(3e-3)
        update = eqx.filter_jit(outer.update)
        _, method, _ = update(outer.init(system.method), system.method, system.objective, FAMILY, data)
        return jax.tree.leaves(split_trainable(method)[0])

    system = hm.Pretrained(outer=PPO).build(FAMILY, key=KEY)
    tasks = FAMILY.sample(2, split="meta-train", key=KEY)
    data = eqx.filter_jit(lambda: collect(system.method, system.objective, FAMILY, tasks, key=KEY))()
    for found, wanted in zip(after(3, max_divergence=bound), after(taken, max_divergence=1e9), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


def test_advantages_go_over_steps_that_were_not_taken():
    rewards, values = jax.random.normal(KEY, (2, 2, 6))
    mask = jnp.asarray([[1, 0, 0, 1, 1, 0], [1, 1, 1, 1, 1, 1]])
    found = sequence_advantages(rewards, values, mask, discount=0.9, gae_lambda=0.7)
    for row in range(2):
        taken = np.asarray(mask[row]) > 0
        parts = (x[row, taken][None] for x in (rewards, values, mask))
        wanted = generalized_advantages(*parts, discount=0.9, gae_lambda=0.7)
        np.testing.assert_allclose(found[row, taken], wanted[0], rtol=1e-12)
        assert not np.any(found[row, ~taken])


def test_an_action_is_credited_with_the_rewards_of_later_trajectories():
    drawn = jnp.asarray(np.random.default_rng(0).normal(size=(4, 3, 2, 4, 2)))  # of three tasks, two trajectories each
    ones, logs = jnp.ones((3, 2, 4)), jnp.zeros((3, 2, 4))
    first, second = (
        Experience(one, other, Gaussian(other, other), logs, logs, ones, one[..., 1])
        for one, other in (drawn[:2], drawn[2:])
    )
    data = Data(TaskInfo(jnp.zeros((3, 0)), jnp.zeros((3, 0))), None, (first, second))
    before = CREDIT(FAMILY, data).query
    richer = eqx.tree_at(lambda d: d.query[1].rewards, data, data.query[1].rewards.at[0].add(5.0))
    after = CREDIT(FAMILY, richer).query
    gained = jnp.mean(after[0].advantages - before[0].advantages, axis=(1, 2))
    assert float(gained[0]) > 0.1 > 0 > float(gained[1:].max())  # above the other tasks of the batch
    whole = jax.tree.map(lambda *leaves: jnp.concatenate(leaves, axis=1), *data.query)
    advantages = stream_advantages(whole, discount=0.99, gae_lambda=1.0)
    assert float(advantages.mean()) == pytest.approx(0, abs=1e-9)
    assert float(jnp.std(advantages)) == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(advantages[:, 2:], before[1].advantages, rtol=1e-9)


def test_bad_settings_and_families_are_refused():
    with pytest.raises(ValueError, match="outer is adam, but its outer update must be ppo"):
        hm.RL2(outer=hm.Adam())
    with pytest.raises(ValueError, match="RL2: discount is 2, but it must be at most 1"):
        hm.RL2(discount=2)
    with pytest.raises(ValueError, match="RL2 needs trajectories of a policy, but tasks of Sine have none"):
        hm.RL2().build(Sine(), key=KEY)
    system = hm.MAML(outer=hm.PPO()).build(Sine(), key=KEY)
    with pytest.raises(ValueError, match="PPO compares policies and Sine has none: use Adam"):
        next(train(system, Sine(), iterations=1, meta_batch=1, chunk=1, key=KEY))


@pytest.mark.product
def test_rl2_finds_out_which_side_is_paid_and_stays_there():
    family = Levers(shots=2, queries=2, hidden=(16,))
    system = hm.RL2(outer_lr=5e-3, state_size=16).build(family, key=KEY)
    *_, (state, _) = train(system, family, iterations=40, meta_batch=20, chunk=20, key=KEY)
    tasks = jnp.asarray([1.0, -1.0] * 10)
    scores = evaluate(state.method, family, tasks, steps=2, key=KEY).scores["return|policy=mean"]
    first, second, third = np.asarray(scores.mean(axis=0))
    assert first < 1.1  # the first pull is a guess
    assert min(second, third) > 1.8  # of 2
