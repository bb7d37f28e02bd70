import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.lm.complete import complete, complete_all
from hypermaml.lm.lora import draw_lora
from hypermaml.lm.model import load_model

run = eqx.filter_jit(lambda decoder, tokens, lora: decoder(tokens, lora))


def greedy(model, lora, prompt, longest):
    """Token by token, from the logits of the whole text."""
    decoder = model.decoder if lora is None else model.decoder.split_for(lora.layers)
    tokens = model.tokenizer.encode(prompt)
    start = len(tokens)
    for _ in range(longest):
        logits = run(decoder, jnp.asarray(tokens + [0] * (16 - len(tokens))), lora)
        tokens.append(int(np.argmax(logits[len(tokens) - 1])))
        if tokens[-1] == model.tokenizer.end:
            break
    return model.tokenizer.decode(tokens[start:])


def test_completion_is_the_likeliest_token_after_each(folder, shape, fill):
    model = load_model(folder)
    lora = fill(draw_lora(shape, layers=2, key=jax.random.key(0)), scale=1.0)
    plain, adapted = (complete(model, "the cat", lora=each, longest=6) for each in (None, lora))
    assert plain == greedy(model, None, "the cat", 6)
    assert adapted == greedy(model, lora, "the cat", 6)
    assert plain != adapted
    both = complete_all(model, ["the cat", "cat"], lora=lora, longest=6, where=["one", "two"])
    assert both == [adapted, greedy(model, lora, "cat", 6)]


def test_prompts_that_cannot_be_are_refused(folder):
    model = load_model(folder)
    with pytest.raises(ValueError, match="the prompt is empty"):
        complete(model, "")
    with pytest.raises(
        ValueError, match=r"the prompt, with room for an answer, has \d+ tokens, but model reads at most"
    ):
        complete(model, "cat " * 100)
