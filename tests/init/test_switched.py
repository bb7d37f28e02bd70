import jax
import jax.numpy as jnp
import numpy as np

import hypermaml as hm
from hypermaml.init.dense import DenseChange
from hypermaml.init.generator import Generator
from hypermaml.init.switched import Switched

KEY = jax.random.key(0)


def generator(size, value):
    change = DenseChange(jnp.zeros(3), size, width=4, depth=1, key=KEY)
    return Generator(jax.tree.map(lambda leaf: jnp.full_like(leaf, value), change), jnp.full(3, value))


def test_a_blurred_embedding_has_a_generator_of_its_own():
    both = Switched(generator(2, 1.0), generator(3, 2.0))
    embedding = jnp.asarray([0.3, 0.4])
    np.testing.assert_allclose(both(jnp.append(embedding, 0.0)), generator(2, 1.0)(embedding))
    blurred = jnp.append(embedding, 0.2)
    np.testing.assert_allclose(both(blurred), generator(3, 2.0)(blurred))
    assert len(jax.tree.leaves(both.heads)) == 2


def test_what_is_clear_trains_one_generator_alone():
    both = Switched(generator(2, 1.0), generator(3, 2.0))
    for blur, name in ((0.0, "blurred"), (0.5, "clear")):
        gradient = jax.grad(lambda c, blur=blur: jnp.sum(c(jnp.asarray([0.3, 0.4, blur])) ** 2))(both)
        assert not any(np.any(leaf) for leaf in jax.tree.leaves(getattr(gradient, name)))
        assert any(np.any(leaf) for leaf in jax.tree.leaves(gradient))


def test_hypermaml_switches_where_tasks_are_finite():
    x = np.zeros((12, 5, 1))
    family = hm.ArrayFamily(x, x, descriptions=np.arange(12.0)[:, None], shots=2, hidden=(3,))
    for config in (hm.LowRank(rank=1, gate=True, ensemble=2), hm.Layers(), hm.Auto()):
        method = hm.HyperMAML(generator=config).build(family, key=KEY).method
        assert isinstance(method.init, Switched)
        assert isinstance(method.adapt, hm.adapt.Switched)
    for config, of in ((hm.HyperMAML(augmentation=0.0), family), (hm.HyperMAML(), hm.families.Sine())):
        method = config.build(of, key=KEY).method
        assert isinstance(method.init, Generator)
        assert isinstance(method.adapt, hm.adapt.Unroll)


def test_before_training_both_start_from_one_learner():
    x = np.zeros((12, 5, 1))
    family = hm.ArrayFamily(x, x, descriptions=np.arange(12.0)[:, None], shots=2, hidden=(3,))
    init = hm.HyperMAML().build(family, key=KEY).method.init
    clear, blurred = (init(jnp.asarray([0.3, blur])) for blur in (0.0, 0.5))
    jax.tree.map(np.testing.assert_array_equal, clear, blurred)
