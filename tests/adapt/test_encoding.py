import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hypermaml as hm
from hypermaml.adapt.encoding import Encoder
from hypermaml.embed.items import items_of
from hypermaml.families.examples import Examples as Padded
from hypermaml.families.navigation import Navigation, Plane
from hypermaml.families.regression import Examples
from hypermaml.families.sine import Sine
from hypermaml.init.shared import Blank

pytestmark = pytest.mark.usefixtures("float64")

KEY = jax.random.key(0)
WIDTH, SIZE = 5, 3


def parts(family):
    items, item = items_of(family, width=WIDTH, key=KEY)
    encoder = Encoder(items, item, width=WIDTH, size=SIZE, key=jax.random.key(1))
    return encoder, encoder.init(Blank(family.learner(context=SIZE, key=KEY), SIZE)(jnp.zeros(0)))


def context(encoder, rows):
    return encoder.last(jnp.mean(jax.vmap(encoder.item)(rows), axis=0))


def test_the_context_is_what_the_last_layers_make_of_the_mean_feature():
    family = Sine(hidden=(4, 4), shots=3)
    encoder, start = parts(family)
    support = Examples(jnp.asarray([0.5, -1.0, 2.0]), jnp.asarray([1.0, 0.2, -0.4]))
    rows = jnp.stack([support.x, support.y], axis=1)
    state, info = encoder.step(start, support, family.inner_loss)
    np.testing.assert_allclose(state.learner.context, context(encoder, rows), rtol=1e-12)
    assert float(info.loss) == pytest.approx(float(family.inner_loss(start.learner, support)))
    assert eqx.tree_equal(state.learner.network, start.learner.network)
    turned = jax.tree.map(lambda leaf: leaf[::-1], support)
    other, _ = encoder.step(start, turned, family.inner_loss)
    np.testing.assert_allclose(other.learner.context, state.learner.context, rtol=1e-12)
    again, _ = encoder.step(state, support, family.inner_loss)
    np.testing.assert_allclose(again.learner.context, state.learner.context, rtol=1e-12)


def test_examples_that_fill_up_a_support_set_do_not_count():
    tasks = [(np.full((n, 2), float(n)), np.arange(n, dtype=float)[:, None]) for n in (3, 6, 6, 6, 6, 6)]
    x, y = zip(*tasks, strict=True)
    family = hm.ArrayFamily(list(x), list(y), shots=2, queries=1, hidden=(4,))
    encoder, start = parts(family)
    whole = Padded(jnp.ones((3, 2)), jnp.asarray([[1.0], [2.0], [1.0]]), jnp.asarray([1.0, 1.0, 0.0]))
    rows = jnp.concatenate([whole.x, whole.y], axis=1)[:2]
    state, _ = encoder.step(start, whole, lambda learner, batch: jnp.zeros(()))
    np.testing.assert_allclose(state.learner.context, context(encoder, rows), rtol=1e-12)


def test_trajectories_of_all_steps_join_and_steps_that_were_not_taken_do_not_count():
    family = Navigation(hidden=(4, 4), shots=2, queries=2, environment=Plane(horizon=6))
    encoder, start = parts(family)
    goal, state, rows = jnp.asarray([0.15, 0.0]), start, []
    for key in jax.random.split(KEY):
        batch = family.batch(state.learner, goal, size=2, key=key)
        short = eqx.tree_at(lambda b: b.mask, batch, batch.mask.at[0, 3:].set(0.0))
        state, _ = encoder.step(state, short, family.inner_loss)
        steps = jnp.concatenate(
            [short.observations, short.actions, short.rewards[..., None], short.advantages[..., None]], axis=-1
        )
        rows.append(steps[np.asarray(short.mask) > 0])
    assert state.count == len(rows[0]) + len(rows[1]) < 24
    np.testing.assert_allclose(state.learner.context, context(encoder, jnp.concatenate(rows)), rtol=1e-9)


def test_a_family_without_support_sets_or_trajectories_is_refused():
    with pytest.raises(ValueError, match="has none"):
        items_of(object(), width=2, key=KEY)  # pyright: ignore[reportArgumentType]
