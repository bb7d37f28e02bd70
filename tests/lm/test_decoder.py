from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.lm.architecture import ATTENTION, Architecture
from hypermaml.lm.decoder import Decoder, normalize
from hypermaml.lm.lora import draw_lora
from hypermaml.lm.weights import draw_decoder

TOKENS = jnp.asarray([5, 17, 200, 3, 99, 42, 8])
run = eqx.filter_jit(lambda decoder, tokens: decoder(tokens))


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def by_hand(shape, tensors, tokens):
    """The whole forward pass, number by number, as the papers write it."""
    rms = lambda x, gain: x / np.sqrt(np.mean(x**2) + shape.epsilon) * gain  # noqa: E731
    t = {name: tensor.astype(np.float64) for name, tensor in tensors.items()}
    xs = [t["model.embed_tokens.weight"][token] for token in tokens]
    half = shape.head_size // 2
    for layer in range(shape.layers):
        w = {name.split(f"layers.{layer}.")[1]: v for name, v in t.items() if f"layers.{layer}." in name}
        keys, values, new = [], [], []
        for place, x in enumerate(xs):
            n = rms(x, w["input_layernorm.weight"])

            def heads(name, n=n, place=place, w=w):
                y = w[f"self_attn.{name}.weight"] @ n + w.get(f"self_attn.{name}.bias", 0)
                y = y.reshape(-1, shape.head_size)
                if name == "v_proj":
                    return y
                gain = w.get(f"self_attn.{name[0]}_norm.weight")
                y = y if gain is None else np.stack([rms(head, gain) for head in y])
                out = np.empty_like(y)
                for i in range(half):
                    angle = place * shape.rope_base ** (-2 * i / shape.head_size)
                    a, b = y[:, i], y[:, i + half]
                    out[:, i], out[:, i + half] = (
                        a * np.cos(angle) - b * np.sin(angle),
                        b * np.cos(angle) + a * np.sin(angle),
                    )
                return out

            keys.append(heads("k_proj"))
            values.append(heads("v_proj"))
            seen = []
            for head, q in enumerate(heads("q_proj")):
                shared = head // (shape.heads // shape.kv_heads)
                p = softmax(np.asarray([q @ k[shared] for k in keys]) / np.sqrt(shape.head_size))
                seen.append(sum(each * v[shared] for each, v in zip(p, values, strict=True)))
            x = x + w["self_attn.o_proj.weight"] @ np.concatenate(seen) + w.get("self_attn.o_proj.bias", 0)
            n = rms(x, w["post_attention_layernorm.weight"])
            gate = w["mlp.gate_proj.weight"] @ n
            x = x + w["mlp.down_proj.weight"] @ (gate / (1 + np.exp(-gate)) * (w["mlp.up_proj.weight"] @ n))
            new.append(x)
        xs = new
    head = t.get("lm_head.weight", t["model.embed_tokens.weight"])
    return np.stack([head @ rms(x, t["model.norm.weight"]) for x in xs])


@pytest.mark.parametrize(
    "changes",
    [{}, {"tied": True, "biases": ATTENTION[:3]}, {"qk_norm": True, "head_size": 6, "biases": ATTENTION}],
    ids=["llama", "qwen2", "qwen3"],
)
def test_logits_are_those_computed_by_hand(float64, shape, draw, changes):
    shape = replace(shape, **changes)
    decoder, tensors = draw(shape)
    np.testing.assert_allclose(run(decoder, TOKENS), by_hand(shape, tensors, TOKENS), rtol=1e-9, atol=1e-9)


def test_normalization_by_hand():
    np.testing.assert_allclose(
        normalize(jnp.asarray([3.0, -4.0]), jnp.asarray([2.0, 1.0]), 0.0), [6 / 12.5**0.5, -4 / 12.5**0.5], rtol=1e-6
    )
    small = normalize(jnp.asarray([0.0, 0.0]), jnp.ones(2), 1e-6)
    np.testing.assert_array_equal(small, [0, 0])


def test_no_token_sees_a_later_one(decoder):
    base = run(decoder, TOKENS)
    changed = run(decoder, TOKENS.at[4].set(1))
    np.testing.assert_array_equal(base[:4], changed[:4])
    assert np.abs(base[4:] - changed[4:]).max(axis=1).min() > 1e-3


def test_padding_at_the_end_changes_nothing(decoder):
    padded = run(decoder, TOKENS.at[4:].set(0))
    np.testing.assert_allclose(padded[:4], run(decoder, TOKENS[:4]), atol=1e-5)


def test_shared_heads_equal_repeated_ones(decoder, shape):
    def repeat(weight):
        return weight.reshape(3, 2, 4, -1).repeat(2, axis=1).reshape(3, 16, -1)

    where = lambda d: [d.upper.projections[name].weight for name in ("k_proj", "v_proj")]  # noqa: E731
    full = eqx.tree_at(where, decoder, [repeat(weight) for weight in where(decoder)])
    full = Decoder(**{name: getattr(full, name) for name in vars(full)} | {"architecture": replace(shape, kv_heads=4)})
    np.testing.assert_allclose(run(full, TOKENS), run(decoder, TOKENS), atol=1e-5)


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_two_stacks_are_one_decoder(decoder, layers):
    parted = decoder.split_for(layers)
    assert len(parted.lower.attention_norm) == 3 - layers
    np.testing.assert_allclose(run(parted, TOKENS), run(decoder, TOKENS), atol=1e-5)
    assert eqx.tree_equal(parted.split_for(3), decoder)


def test_no_such_stack_is_refused(decoder, shape):
    with pytest.raises(ValueError, match="layers is 4, but it must be from 1 to the decoder's 3"):
        decoder.split_for(4)
    lora = draw_lora(shape, layers=2, key=jax.random.key(0))
    with pytest.raises(ValueError, match=r"the adapters are of 2 layers, the upper stack has 3: use `split_for`"):
        decoder(TOKENS, lora)


def test_half_precision_comes_near(shape, decoder):
    half = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), decoder)
    half = eqx.tree_at(lambda d: d.frequencies, half, decoder.frequencies)
    logits = run(half, TOKENS)
    assert logits.dtype == jnp.bfloat16
    exact = run(decoder, TOKENS)
    assert 1e-3 < np.abs(logits - exact).max() < 0.1 * np.abs(exact).max()


@pytest.mark.parametrize(
    ("field", "value", "right"), [("heads", 3, "it must divide heads"), ("head_size", 5, "even"), ("layers", 0, "1")]
)
def test_shapes_that_cannot_be_are_refused(shape, field, value, right):
    name = "kv_heads" if field == "heads" else field
    with pytest.raises(ValueError, match=rf"^{name} is .*{right}"):
        replace(shape, **{field: value})


def test_untrained_decoder_knows_nothing():
    shape = Architecture(50, 8, 1, 2, 1, 4, 8, 32, 1e-5, 1e4)
    p = jax.nn.softmax(run(draw_decoder(shape, seed=1), jnp.asarray([1, 2, 3])))
    assert np.abs(p - 1 / 50).max() < 0.01
