import jax
import jax.numpy as jnp
import numpy as np

from hypermaml.lm.adapted import Adapted
from hypermaml.lm.architecture import Architecture
from hypermaml.lm.greedy import greedy
from hypermaml.lm.weights import draw_decoder

SHAPE = Architecture(128, 16, 2, 2, 1, 8, 24, 64, 1e-5, 1e4, tied=True)


def test_prompts_are_answered_together_as_one_by_one_and_end_where_a_text_ends():
    adapted = Adapted(draw_decoder(SHAPE, seed=3), layers=1, rank=2)
    draws = np.random.default_rng(0)
    lora = jax.tree.map(lambda leaf: leaf + draws.normal(size=leaf.shape), adapted.learner(key=jax.random.key(0)))
    lengths, prompts = np.array([5, 2, 8]), np.zeros((3, 9), int)
    for row, length in zip(prompts, lengths, strict=True):
        row[:length] = draws.integers(3, 128, length)
    whole = jax.jit(lambda tokens: adapted.decoder.logits(adapted.decoder.above(adapted.decoder.below(tokens), lora)))

    def alone(row, length):
        tokens = list(row[:length])
        for _ in range(6):
            padded = jnp.asarray([*tokens, *[0] * (16 - len(tokens))])
            tokens.append(int(jnp.argmax(whole(padded)[len(tokens) - 1])))
        return tokens[length:]

    expected = [alone(row, length) for row, length in zip(prompts, lengths, strict=True)]
    texts, sizes = jnp.asarray(prompts), jnp.asarray(lengths)
    found = greedy(adapted.decoder, lora, texts, sizes, longest=6, ends=())
    assert np.asarray(found).tolist() == expected
    each = jax.tree.map(lambda leaf: jnp.stack([leaf, leaf, 0 * leaf]), lora)
    found = greedy(adapted.decoder, each, texts, sizes, longest=6, ends=(), stacked=True)
    assert np.asarray(found).tolist()[:2] == expected[:2]
    assert np.asarray(found).tolist()[2] != expected[2]
    end = expected[0][2]
    found = greedy(adapted.decoder, lora, texts, sizes, longest=6, ends=(end,))
    for row, own in zip(np.asarray(found).tolist(), expected, strict=True):
        kept = own[: own.index(end)] if end in own else own
        assert row == [*kept, *[end] * (6 - len(kept))]
