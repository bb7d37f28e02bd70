import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.lm.answers import answer_logits, answer_loss, answered, cache_states, pack, targets_of
from hypermaml.lm.lora import draw_lora

EXAMPLES = [([5, 17, 200], [3, 99]), ([42], [8, 8, 1])]
run = eqx.filter_jit(lambda decoder, tokens: decoder(tokens))
judge = eqx.filter_jit(answered)


@pytest.fixture(scope="module")
def batch():
    return pack(EXAMPLES, length=7, longest=4)


def test_packed_examples_by_hand(batch):
    np.testing.assert_array_equal(batch.tokens, [[5, 17, 200, 3, 99, 0, 0], [42, 8, 8, 1, 0, 0, 0]])
    np.testing.assert_array_equal(batch.places[:, :2], [[2, 3], [0, 1]])
    np.testing.assert_array_equal(batch.weights, [[1, 1, 0, 0], [1, 1, 1, 0]])
    np.testing.assert_array_equal(targets_of(batch)[0, :2], [3, 99])
    np.testing.assert_array_equal(targets_of(batch)[1, :3], [8, 8, 1])


def test_loss_is_the_mean_over_the_tokens_of_all_answers(decoder, batch):
    losses = []
    for row, (prompt, answer) in zip(batch.tokens, EXAMPLES, strict=True):
        log_p = np.asarray(jax.nn.log_softmax(run(decoder, row)))
        losses += [-log_p[len(prompt) - 1 + place, token] for place, token in enumerate(answer)]
    assert float(eqx.filter_jit(answer_loss)(decoder, None, batch)) == pytest.approx(np.mean(losses), rel=1e-5)
    _, each = judge(decoder, None, batch)
    np.testing.assert_allclose(each, [np.mean(losses[:2]), np.mean(losses[2:])], rtol=1e-5)


def test_an_answer_is_right_if_greedy_decoding_gives_all_of_it(decoder):
    tokens = [5, 17, 200]
    for _ in range(3):
        row = jnp.asarray(tokens + [0] * (7 - len(tokens)))
        tokens.append(int(np.argmax(run(decoder, row)[len(tokens) - 1])))
    right = tokens[3:]
    wrong = [right[0], (right[1] + 1) % 300, right[2]]
    batch = pack([(tokens[:3], right), (tokens[:3], wrong), (tokens[:3], right[:1])], length=6, longest=3)
    np.testing.assert_array_equal(judge(decoder, None, batch)[0], [1, 0, 1])
    empty = eqx.tree_at(lambda b: b.weights, batch, batch.weights.at[1].set(0))
    right, losses = judge(decoder, None, empty)
    assert (right[1], losses[1]) == (1, 0)


def test_kept_states_give_the_same_loss(decoder, shape, fill, batch):
    parted = decoder.split_for(1)
    lora = fill(draw_lora(shape, layers=1, key=jax.random.key(0)))
    kept = cache_states(parted, jax.tree.map(lambda leaf: jnp.stack([leaf, leaf]), batch))
    assert kept.states.shape == (2, 2, 7, 16)
    loss = eqx.filter_jit(answer_loss)
    assert float(loss(parted, lora, jax.tree.map(lambda leaf: leaf[1], kept))) == pytest.approx(
        float(loss(parted, lora, batch)), rel=1e-6
    )


def test_logits_stand_at_answers_only(decoder, batch):
    assert eqx.filter_eval_shape(answer_logits, decoder, None, batch).shape == (2, 4, 300)


@pytest.mark.parametrize(
    ("examples", "sentence"),
    [
        ([([1], [2]), ([1, 2], [])], "example 1 has no answer"),
        ([([], [2])], "example 0 has no prompt"),
        (
            [([1] * 6, [2] * 2)],
            "example 0 has 6 tokens before 2 of the answer, but there is room for 7 in all and 4 of",
        ),
        ([([1], [2] * 5)], "example 0 has 1 tokens before 5 of the answer"),
    ],
)
def test_examples_that_do_not_fit_are_refused(examples, sentence):
    with pytest.raises(ValueError, match=sentence):
        pack(examples, length=7, longest=4)
