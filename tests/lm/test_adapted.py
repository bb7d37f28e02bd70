import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml._core.task_info import TaskInfo
from hypermaml._core.trees import split_trainable
from hypermaml.init.generator import Generator
from hypermaml.init.shared import Constant
from hypermaml.lm.adapted import Adapted
from hypermaml.lm.answers import pack
from hypermaml.lm.lora_generator import LoRAChange

BATCH = pack([([5, 17, 200], [3, 99]), ([42], [8, 8, 1])], length=7, longest=4)


@pytest.fixture(scope="module")
def adapted(decoder):
    return Adapted(decoder, layers=1, rank=2, projections=("v_proj",))


def test_the_untrained_learner_answers_as_the_decoder_does(adapted):
    lora = adapted.learner(key=jax.random.key(0))
    assert jax.tree.map(jnp.shape, lora.factors["v_proj"]).a == (1, 2, 16)
    kept = adapted.with_states(BATCH)
    plain, with_lora = (eqx.filter_jit(adapted.answered)(learner, kept) for learner in (None, lora))
    np.testing.assert_array_equal(plain, with_lora)
    assert float(eqx.filter_jit(adapted.loss)(lora, kept)) == pytest.approx(
        (2 * float(plain[1][0]) + 3 * float(plain[1][1])) / 5, rel=1e-5
    )


def test_nothing_frozen_is_in_a_method(adapted):
    lora = adapted.learner(key=jax.random.key(0))
    adapters = sum(leaf.size for leaf in jax.tree.leaves(lora))
    phi, rest = split_trainable(Constant(lora))
    assert sum(leaf.size for leaf in jax.tree.leaves(phi)) == adapters
    assert not jax.tree.leaves(eqx.filter(rest, eqx.is_array))
    generator = Generator(LoRAChange(lora, 3, code=2, width=2, key=jax.random.key(1)), lora)
    # For two tasks the generated learners are two pairs of factors, and the decoder is nowhere among them.
    learners = eqx.filter_vmap(generator)(TaskInfo(jnp.ones((2, 3)), jnp.zeros((2, 0))).description)
    assert sum(leaf.size for leaf in jax.tree.leaves(learners)) == 2 * adapters
