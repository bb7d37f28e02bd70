import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hypermaml as hm
from hypermaml._core.task_info import TaskInfo
from hypermaml._core.trees import NonTrainable
from hypermaml.embed.augmented import BLURS, WITHOUT_TASKS, Augmented, best_blur
from hypermaml.embed.rollout import RolloutEncoder
from hypermaml.embed.standardized import Standardized, given_descriptor

KEY = jax.random.key(0)
GIVEN = Standardized(given_descriptor, NonTrainable(jnp.zeros(2)), NonTrainable(jnp.ones(2)))


def task_info(**more):
    return TaskInfo(jnp.asarray([1.0, -2.0]), jnp.zeros(0), **more)


def test_a_test_blurs_by_what_was_chosen_and_draws_nothing():
    np.testing.assert_allclose(Augmented(GIVEN, 0.5)(task_info()), [1, -2, 0])
    np.testing.assert_allclose(Augmented(GIVEN, 0.5, 0.6)(task_info()), [0.8, -1.6, 0.6], rtol=1e-6)
    np.testing.assert_allclose(Augmented(GIVEN, 0.5, 1.0)(task_info()), [0, 0, 1], atol=1e-6)


def test_a_share_of_the_visits_is_blurred_with_noise_of_the_told_size():
    embed = Augmented(GIVEN, 0.5)
    noise = jax.vmap(lambda key: embed.draw_noise(task_info(), key=key))(jax.random.split(KEY, 8000))
    drawn = np.asarray(jax.vmap(lambda noise: embed(task_info(noise=noise)))(noise))
    blur, clear = drawn[:, 2], drawn[:, 2] == 0
    np.testing.assert_allclose(np.mean(clear), 0.5, atol=0.03)
    np.testing.assert_array_equal(drawn[clear, :2], np.tile([1.0, -2.0], (clear.sum(), 1)))
    np.testing.assert_allclose(np.quantile(blur[~clear], [0.25, 0.5, 0.75]), [0.25, 0.5, 0.75], atol=0.04)
    left = drawn[~clear, :2] - np.sqrt(1 - blur[~clear, None] ** 2) * np.asarray([1.0, -2.0])
    np.testing.assert_allclose(np.std(left / blur[~clear, None], axis=0), 1, atol=0.05)


def test_an_explorer_knows_nothing_or_what_the_inner_embedder_knows():
    explorer = Augmented(RolloutEncoder(2, 1, trajectories=3, width=4, size=2, key=KEY), 0.5)
    assert explorer.explores == 3
    np.testing.assert_array_equal(explorer.blank(task_info()), [0, 0, 1])


@pytest.mark.parametrize("share", [-0.1, 0.0, 1.5])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(ValueError, match=f"augmentation is {share}, but it must be above 0 and at most 1"):
        Augmented(GIVEN, share)


class Lines(hm.ArrayFamily):
    """Lines through the origin; their slopes, or numbers that say nothing, are the descriptions."""

    def __init__(self, n, told):
        draw = np.random.default_rng(0)
        slope, x = draw.normal(size=n), draw.uniform(-1, 1, (n, 12, 1))
        number = slope if told else draw.normal(size=n)
        super().__init__(x, x * slope[:, None, None], descriptions=number[:, None], shots=2, queries=4, hidden=(8,))


@pytest.mark.parametrize("told", [True, False])
def test_the_description_is_trusted_as_far_as_it_helps_on_unseen_tasks(told):
    family = Lines(40, told)
    trained = hm.train(hm.HyperMAML(inner_lr=0.1, outer_lr=0.01, augmentation=0.5), family, iterations=400, steps=1)
    blur = float(trained.method.embed.blur())
    assert (blur < 0.3) if told else (blur > 0.5)


def scores(leads, *, tasks, spread):
    """Scores of each blur whose means differ by these; those of a task go up and down together."""
    draw = np.random.default_rng(0)
    of_tasks, own = draw.normal(size=(1, tasks, 1)), draw.normal(size=(len(BLURS), tasks, 1))
    return -10 + np.asarray(leads)[:, None, None] + of_tasks + spread * own + np.zeros(3)


def test_a_blur_is_taken_where_tasks_speak_for_it():
    leads = [-1.0, -0.5, 0.0, 0.0, 0.0, 0.5, 1.0, 0.2]
    assert BLURS[best_blur(scores(leads, tasks=50, spread=0.1))] == 0.8
    assert BLURS[best_blur(scores(leads[::-1], tasks=50, spread=0.1))] == 0.1
    steep = scores(leads, tasks=50, spread=0.1) * np.asarray([1000.0, 1.0, 0.001])
    assert BLURS[best_blur(steep)] == 0.8  # steps count alike, whatever their scale


def test_a_description_must_prove_that_it_helps():
    flat = [0.0] * len(BLURS)
    assert BLURS[best_blur(scores(flat, tasks=100, spread=0.0))] == 1.0
    lead = [0.3, 0.3, 0.25, 0.2, 0.1, 0.0, 0.0, 0.0]
    assert BLURS[best_blur(scores(lead, tasks=9, spread=2.0))] == 1.0  # within the standard error
    assert BLURS[best_blur(scores(lead, tasks=4000, spread=0.1))] == 0.1  # the largest of two that are alike


def test_nothing_that_is_known_gives_a_blur_in_between():
    for nothing in (np.full((8, 1, 2), -1.0), np.full((8, 5, 2), np.nan)):
        assert BLURS[best_blur(nothing)] == WITHOUT_TASKS


def test_a_blur_whose_scores_are_not_finite_is_not_taken():
    leads = [0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 1.0, 0.2]
    some = scores(leads, tasks=50, spread=0.1)
    some[6, 3, 1] = np.nan
    assert BLURS[best_blur(some)] == 0.6
    some[4, 0, 0] = np.inf
    assert BLURS[best_blur(some)] == 0.6
