from dataclasses import replace
from pathlib import Path

import equinox as eqx
import numpy as np
import pytest

from hypermaml.lm.pretrain import Pretraining, pretrain, stream
from hypermaml.lm.tokenizer import Tokenizer

TEXTS = [f"Input: {n}\nOutput: {n}{n}" for n in range(10)] * 4
SIZES = Pretraining(width=32, layers=1, context=32, length=8, rows=4, steps=60, rate=0.02)


@pytest.fixture
def tokenizer(backend):
    return Tokenizer(backend, Path("tokenizer.json"), 0)


def test_rows_are_the_texts_one_after_another(tokenizer):
    rows = stream(tokenizer, TEXTS[:3], length=4, seed=0)
    text = tokenizer.backend.decode(rows.reshape(-1).tolist(), skip_special_tokens=False)
    assert set(text.split("<end>")[:2]) < set(TEXTS[:3])
    with pytest.raises(ValueError, match=r"the texts have \d+ tokens, but a row needs 500: give more texts"):
        stream(tokenizer, TEXTS[:1], length=500, seed=0)
    with pytest.raises(ValueError, match=r"tokenizer.json names no token that ends a text"):
        stream(replace(tokenizer, end=None), TEXTS, length=4, seed=0)


def test_training_lowers_the_loss_and_leaves_the_frequencies(tokenizer):
    one, two = list(pretrain(TEXTS, tokenizer, SIZES, seed=3, chunk=30))
    assert [one[0], two[0]] == [30, 60]
    assert two[1] < 0.5 * one[1]
    early, late = one[2].decoder, two[2].decoder
    assert late.architecture.vocabulary == tokenizer.size
    np.testing.assert_array_equal(early.frequencies, late.frequencies)
    assert not eqx.tree_equal(early, late)


@pytest.mark.parametrize(("name", "value"), [("width", 40), ("length", 1), ("steps", 0)])
def test_sizes_that_cannot_be_are_refused(name, value):
    with pytest.raises(ValueError, match=f"^{name} is {value}, but it must be"):
        Pretraining(**{name: value})
