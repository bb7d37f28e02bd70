import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.families.navigation import Navigation, Plane
from hypermaml.rl.policy import Gaussian
from hypermaml.rl.rollout import rollout

KEY = jax.random.key(0)


class Steady(eqx.Module):
    """A policy of one mean action and σ = 0.001."""

    action: tuple[float, float]

    def many(self, observations):
        mean = jnp.broadcast_to(jnp.asarray(self.action), observations.shape)
        return Gaussian(mean, jnp.full_like(mean, jnp.log(1e-3)))

    def __call__(self, observation):
        return jax.tree.map(lambda leaf: leaf[0], self.many(observation[None]))


@pytest.mark.parametrize(
    ("actions", "action", "displacement"),
    [
        ("scaled", (1.0, -0.5), (0.1, -0.05)),
        ("scaled", (3.0, -9.0), (0.1, -0.1)),
        ("raw", (0.02, -0.05), (0.02, -0.05)),
        ("raw", (1.0, -0.3), (0.1, -0.1)),
    ],
)
def test_an_action_moves_the_point_by_at_most_a_tenth_along_each_axis(actions, action, displacement):
    start, goal = jnp.asarray([0.2, 0.1]), jnp.asarray([0.5, -0.5])
    state, _, _ = Plane(actions=actions).step(start, jnp.asarray(action), goal)
    np.testing.assert_allclose(state, np.add(start, displacement), atol=1e-6)


def test_rewards_are_of_the_state_after_the_step():
    start, action, goal = jnp.zeros(2), jnp.asarray([1.0, 0.0]), jnp.asarray([0.4, 0.4])
    squared, distance = (Plane(reward=name).step(start, action, goal)[1] for name in ("squared", "distance"))
    assert float(squared) == pytest.approx(-(0.3**2 + 0.4**2), rel=1e-5)
    assert float(distance) == pytest.approx(-0.5, rel=1e-5)


@pytest.mark.parametrize(
    ("offset", "ends"),
    [((0.009, -0.009), True), ((0.0, 0.0), True), ((0.011, 0.0), False), ((0.0, -0.011), False), ((0.3, 0.3), False)],
)
def test_it_ends_where_both_offsets_are_below_a_hundredth(offset, ends):
    goal = jnp.asarray([0.3, -0.2])
    _, _, ended = Plane().step(goal + jnp.asarray(offset), jnp.zeros(2), goal)
    assert bool(ended) == ends


def test_a_walk_to_the_goal_by_hand():
    goal = jnp.asarray([0.3, 0.0])
    seen = rollout(Steady((1.0, 0.0)), Plane(horizon=6), goal, size=1, key=KEY, sampled=False)
    np.testing.assert_allclose(seen.observations[0, :4], [[0, 0], [0.1, 0], [0.2, 0], [0.3, 0]], atol=1e-6)
    np.testing.assert_array_equal(seen.mask[0], [1, 1, 1, 0, 0, 0])
    np.testing.assert_allclose(seen.rewards[0], [-0.04, -0.01, 0, 0, 0, 0], atol=1e-6)
    np.testing.assert_array_equal(seen.rewards[0, 3:], 0)  # although the point walks on
    assert float(seen.returns()[0]) == pytest.approx(-0.05, rel=1e-4)


@pytest.mark.parametrize("reward", ["squared", "distance"])
def test_the_return_of_standing_still(reward):
    family = Navigation(environment=Plane(reward=reward, horizon=7))
    goal = jnp.asarray([0.3, -0.4])
    seen = rollout(Steady((0.0, 0.0)), family.environment, goal, size=1, key=KEY, sampled=False)
    assert float(seen.returns()[0]) == pytest.approx(float(family.floor(goal)), rel=1e-5)
    assert float(family.floor(goal)) == pytest.approx(-7 * (0.25 if reward == "squared" else 0.5), rel=1e-5)


def test_scores_are_mean_returns_sampled_and_of_the_mean_action():
    family = Navigation(environment=Plane(horizon=6), queries=4)
    goal, policy = jnp.asarray([0.3, 0.0]), Steady((1.0, 0.0))
    scores = family.score(policy, goal, family.test_query(policy, goal, key=KEY))
    assert family.metric == "return"
    assert set(scores) == {"return", "return|policy=mean"}
    assert family.higher_is_better
    assert float(scores["return|policy=mean"]) == pytest.approx(-0.05, rel=1e-4)
    sampled = rollout(policy, family.environment, goal, size=4, key=KEY)
    assert float(scores["return"]) == pytest.approx(float(np.mean(sampled.returns())), rel=1e-5)


def test_splits_share_no_goal_and_lie_in_their_regions():
    seen = {}
    for split in Navigation().splits:
        goals = np.asarray(Navigation().sample(300, split=split, key=KEY))
        assert goals.shape == (300, 2)
        farthest = np.abs(goals).max(axis=1)
        if split == "extrapolation":
            assert farthest.min() >= 0.5
            assert farthest.max() <= 0.75
        else:
            assert farthest.max() <= 0.5
            assert goals.min() < -0.45
            assert goals.max() > 0.45
        np.testing.assert_array_equal(Navigation().sample(300, split=split, key=KEY), goals)
        seen[split] = set(np.ravel(goals).tolist())
    for one, other in itertools.combinations(Navigation().splits, 2):
        assert not seen[one] & seen[other]


def test_held_out_goals_are_uniform_over_the_ring():
    goals = np.asarray(Navigation().sample(8000, split="extrapolation", key=KEY))
    # Eight cells of equal area: four corners and four sides of 1.0 × 0.25, the latter four times as large.
    beyond = np.where(np.abs(goals) > 0.5, np.sign(goals), 0).astype(int)
    for cell in itertools.product((-1, 0, 1), repeat=2):
        area = {0: 0.0, 1: 0.25, 2: 0.0625}[sum(map(abs, cell))]
        share = np.mean((beyond == cell).all(axis=1))
        assert share == pytest.approx(area / 1.25, abs=0.02)  # four standard errors
    far, near = np.abs(goals[np.abs(goals) > 0.5]), goals[np.abs(goals) <= 0.5]
    np.testing.assert_allclose(np.quantile(far, [0.25, 0.5, 0.75]), [0.5625, 0.625, 0.6875], atol=0.01)
    np.testing.assert_allclose(np.quantile(near, [0.25, 0.5, 0.75]), [-0.25, 0, 0.25], atol=0.04)


@pytest.mark.parametrize(("how", "size"), [("full", 2), ("partial", 1), ("noisy", 2), ("none", 0)])
def test_descriptors(how, size):
    family = Navigation(description=how, noise=0.1)
    goals = family.sample(4, split="meta-test", key=KEY)
    task_info = family.task_infos(goals, key=KEY)
    np.testing.assert_array_equal(task_info.parameters, goals)
    assert task_info.description.shape == (4, size)
    if how == "noisy":
        noise = np.asarray(task_info.description - goals)
        assert np.abs(noise).min() > 0
        assert np.abs(noise).max() < 0.5
    else:
        np.testing.assert_array_equal(task_info.description, goals[:, :size])


def test_a_portrait_shows_positions_until_the_end():
    family = Navigation(environment=Plane(horizon=6))
    path = np.asarray(family.picture.portrait(family, Steady((1.0, 0.0)), jnp.asarray([0.3, 0.0]), None, key=KEY))
    assert path.shape == (8, 6, 2)
    np.testing.assert_allclose(path[:, :3, 0], np.broadcast_to([0, 0.1, 0.2], (8, 3)), atol=2e-3)
    assert np.isnan(path[:, 3:]).all()


def test_unknown_options_are_refused():
    with pytest.raises(ValueError, match="Plane: reward is 'cubed', but it must be one of squared, distance"):
        Plane(reward="cubed")
    with pytest.raises(ValueError, match="Plane: actions is 'clipped', but it must be one of scaled, raw"):
        Plane(actions="clipped")
    with pytest.raises(ValueError, match="Navigation: shots is 0, but it must be at least 1"):
        Navigation(shots=0)
