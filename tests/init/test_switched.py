import jax
import jax.numpy as jnp
import numpy as np

import hypermaml as hm
from hypermaml.init.dense import DenseChange
from hypermaml.init.switched import Switched

KEY = jax.random.key(0)


def change(size, value):
    made = DenseChange(jnp.zeros(3), size, width=4, depth=1, key=KEY)
    return jax.tree.map(lambda leaf: jnp.full_like(leaf, value), made)


def test_a_blurred_embedding_has_a_change_of_its_own():
    both = Switched(change(2, 1.0), change(3, 2.0))
    embedding = jnp.asarray([0.3, 0.4])
    np.testing.assert_allclose(both(jnp.append(embedding, 0.0)), change(2, 1.0)(embedding))
    blurred = jnp.append(embedding, 0.2)
    np.testing.assert_allclose(both(blurred), change(3, 2.0)(blurred))
    assert len(jax.tree.leaves(both.heads)) == 2


def test_what_is_clear_trains_one_change_alone():
    both = Switched(change(2, 1.0), change(3, 2.0))
    for blur, name in ((0.0, "blurred"), (0.5, "clear")):
        gradient = jax.grad(lambda c, blur=blur: jnp.sum(c(jnp.asarray([0.3, 0.4, blur])) ** 2))(both)
        assert not any(np.any(leaf) for leaf in jax.tree.leaves(getattr(gradient, name)))
        assert any(np.any(leaf) for leaf in jax.tree.leaves(gradient))


def test_hypermaml_switches_where_tasks_are_finite():
    x = np.zeros((12, 5, 1))
    family = hm.ArrayFamily(x, x, descriptions=np.arange(12.0)[:, None], shots=2, hidden=(3,))
    held = hm.LowRank(rank=1, gate=True, ensemble=2)
    init = hm.HyperMAML(generator=held).build(family, key=KEY).method.init
    assert isinstance(init.change, Switched)
    assert not isinstance(hm.HyperMAML(augmentation=0.0).build(family, key=KEY).method.init.change, Switched)
    assert not isinstance(hm.HyperMAML().build(hm.families.Sine(), key=KEY).method.init.change, Switched)
    whole = hm.HyperMAML(generator=hm.Layers()).build(family, key=KEY).method.init
    assert isinstance(whole, hm.init.LayerGenerator)
