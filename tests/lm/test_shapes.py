"""Batches that are read in several shapes give what they give in one."""

from functools import partial

import jax
import numpy as np
import pytest

from hypermaml.lm.adapted import Adapted
from hypermaml.lm.answers import pack
from hypermaml.lm.architecture import Architecture
from hypermaml.lm.shapes import Reading, shapes_for
from hypermaml.lm.weights import draw_decoder

SHAPE = Architecture(128, 16, 2, 2, 1, 8, 24, 64, 1e-5, 1e4, tied=True)
SIZES = ((5, 2), (20, 7), (3, 1), (30, 4), (9, 3))  # an odd number of examples
READING = Reading(((16, 4), (40, 8)))


@pytest.fixture(scope="module")
def parts():
    adapted = Adapted(draw_decoder(SHAPE, seed=3), layers=1, rank=2)
    draws = np.random.default_rng(0)
    examples = [tuple(draws.integers(3, 128, size).tolist() for size in sizes) for sizes in SIZES]
    lora = jax.tree.map(lambda leaf: leaf + 0.1, adapted.learner(key=jax.random.key(0)))
    return adapted, lora, pack(examples, length=40, longest=8)


def same(one, two):
    jax.tree.map(lambda left, right: np.testing.assert_allclose(left, right, rtol=2e-4, atol=1e-6), one, two)


def test_losses_gradients_and_second_derivatives_are_those_of_one_shape(parts):
    adapted, lora, batch = parts

    @partial(jax.jit, static_argnames="shaped")
    def measured(lora, shaped):
        def loss(lora):
            return adapted.loss(lora, batch, READING if shaped else None)

        def outer(lora):
            return loss(jax.tree.map(lambda own, change: own - 0.5 * change, lora, jax.grad(loss)(lora)))

        return jax.value_and_grad(outer)(lora)

    same(measured(lora, True), measured(lora, False))


def test_answers_are_judged_alike_in_several_shapes(parts):
    adapted, lora, batch = parts
    same(adapted.answered(lora, batch, READING), adapted.answered(lora, batch))


def test_padding_counts_the_shape_of_each_pair():
    lengths = [sum(sizes) for sizes in SIZES]  # 7, 27, 4, 34, 12: pairs (4, 7), (12, 27), and 34 with none
    batch = pack([([1] * prompt, [2] * answer) for prompt, answer in SIZES], length=40, longest=8)
    real, computed = READING.padding(batch)
    assert (int(real), int(computed)) == (sum(lengths), 2 * 16 + 2 * 40 + 2 * 40)


def test_shapes_leave_less_padding_than_one():
    draws = np.random.default_rng(1)
    answers = draws.integers(2, 10, (20, 12))
    lengths = answers + draws.choice([5, 20, 90], (20, 1)) + draws.integers(0, 6, (20, 12))
    lengths[3, 6:] = 0  # a task with fewer examples
    shapes = shapes_for(lengths, answers, most=4, whole=(112, 16))
    assert shapes[-1] == (112, 16)
    assert 2 <= len(shapes) <= 4
    assert all(row % 8 == 0 for row, _ in shapes)
    assert shapes_for(lengths, answers, most=1, whole=(112, 16)) == ((112, 16),)
    padded = np.array([min(row for row, _ in shapes if row >= length) for length in lengths[lengths > 0]])
    assert 1 - lengths[lengths > 0].sum() / padded.sum() < 0.5 * (1 - lengths[lengths > 0].mean() / 112)
