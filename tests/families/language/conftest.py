"""A tokenizer of letters, a model whose learner is one logit a token, and a few tasks."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.data.language.task import Instance, LanguageTask
from hypermaml.families.language.family import Language

SIZE = 128


class Letters:
    """Each character is a token; 1 begins a text, 2 ends it."""

    begin = (1,)
    end = 2

    def encode(self, text):
        return [ord(letter) for letter in text]


class Spaced(Letters):
    """Puts a space before each text, as SentencePiece does, and has a token for a space with its letter."""

    space = 128
    begin = ()

    def encode(self, text):
        letters = [ord(letter) for letter in text]
        joined = [self.space]
        for before, letter in zip([0, *letters], letters, strict=False):
            if before == ord(" "):
                joined[-1] = 256 + letter
            else:
                joined.append(letter)
        return joined


class Same(eqx.Module):
    """Answers the same whatever is asked: its learner is the logits of each next token."""

    def learner(self, *, key):
        return jnp.zeros(SIZE)

    def loss(self, learner, batch):
        losses = -jax.nn.log_softmax(learner)[targets(batch)] * batch.weights
        return jnp.sum(losses) / jnp.sum(batch.weights)

    def answered(self, learner, batch):
        asked = targets(batch)
        right = (jnp.argmax(learner) == asked) | (batch.weights == 0)
        losses = -jax.nn.log_softmax(learner)[asked] * batch.weights
        return jnp.all(right, axis=1).astype(float), jnp.sum(losses, axis=1) / jnp.sum(batch.weights, axis=1)


def targets(batch):
    return jnp.take_along_axis(batch.tokens, batch.places + 1, axis=-1)


def made(name, split, kind="copy", instances=12, definitions=3):
    told = tuple(f"Do {name} {number}." for number in range(definitions))
    own = tuple(Instance(f"{name}{number}", (chr(97 + number), "zz")) for number in range(instances))
    return LanguageTask(name, kind, told, own, split=split, place=f"tasks/{name}.json")


@pytest.fixture(scope="package")
def encoder():
    return Letters()


@pytest.fixture(scope="package")
def spaced():
    return Spaced()


@pytest.fixture(scope="package")
def same():
    return Same()


@pytest.fixture(scope="package")
def make():
    return made


@pytest.fixture(scope="package")
def splits():
    return {
        "meta-train": (made("a", "meta-train"), made("b", "meta-train", instances=9), made("c", "meta-train", "sum")),
        "meta-validation": (made("d", "meta-validation"),),
        "meta-test": (made("e", "meta-test"), made("f", "meta-test", "sum", definitions=1)),
        "extrapolation": (made("g", "extrapolation", "new"),),
    }


def as_letters(texts):
    """Task and definition of each text, as the family should look them up."""
    return np.array([[ord(text[3]), int(text[5])] for text in texts], float)


@pytest.fixture(scope="package")
def build(splits, encoder, same):
    def family(**options):
        return Language(
            options.pop("splits", splits),
            same,
            encoder,
            options.pop("embed", as_letters),
            **{"context": 48, "shots": 2, "queries": 3, "test_examples": 4} | options,
        )

    return family


@pytest.fixture(scope="package")
def read():
    """The prompt and the answer of each row of a batch."""

    def rows(batch):
        found = []
        for tokens, places, weights in zip(*map(np.asarray, (batch.tokens, batch.places, batch.weights)), strict=True):
            start, size = int(places[0]) + 1, int(weights.sum())
            assert places[:size].tolist() == list(range(start - 1, start - 1 + size))
            assert not tokens[start + size :].any()
            assert tokens[0] == 1
            assert tokens[start + size - 1] == 2
            text = "".join(map(chr, tokens[1 : start + size - 1]))
            found.append((text[: start - 1], text[start - 1 :]))
        return found

    return rows
