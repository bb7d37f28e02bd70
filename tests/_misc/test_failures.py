import math

import jax
import numpy as np
import pytest

from hypermaml._misc.failures import place_of, sentence_of, short


def caught(function):
    try:
        function()
    except Exception as error:
        return error
    raise AssertionError("no error")


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (lambda x: np.sin(x), "use jax.numpy instead of numpy"),
        (lambda x: math.sin(x), "use jax.numpy and arrays"),
        (lambda x: x if x > 0 else -x, "use jax.numpy.where or jax.lax.cond"),
        (lambda x: [1, 2][x.astype(int)], "use a Python number, or jax.numpy.take"),
        (lambda x: x.reshape(1)[x.reshape(1) > 0], "use jax.numpy.where"),
    ],
)
def test_an_error_on_a_traced_value_is_a_remedy_at_the_users_line(function, sentence):
    error = caught(lambda: jax.jit(function)(1.0))
    assert sentence in sentence_of(error)
    file, line = place_of(error)
    assert (file, line is not None) == (__file__, True)


def test_other_errors_are_their_first_sentence():
    assert sentence_of(KeyError()) == "no message"
    assert sentence_of(ValueError("one\nline\n\nand more")) == "one line"
    assert place_of(ValueError("never raised"), "here.py") == ("here.py", None)


def test_a_value_is_shown_in_one_line_that_can_be_printed():
    assert short("a\nb  c") == "a b c"
    assert short("\ud800\x07é") == "\\ud800\\u0007é"
    assert short(10**70) == "1" + "0" * 58 + "…"
    assert short("x" * 60) == "x" * 60
    assert short(["a"], 4) == "['a…"
