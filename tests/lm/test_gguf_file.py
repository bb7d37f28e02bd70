from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml.lm.gguf_file import GGUF, unpermuted
from hypermaml.lm.gguf_header import read_header
from hypermaml.lm.gguf_tokenizer import tokenizer_from_gguf

TEXTS = ["the cat isn't 12345 dogs!", "<end>Hund -> chien\n\n  x", "½ ٣٤ naïve 日本"]


def near(one, two, tolerance):
    return all(np.allclose(a, b, atol=tolerance) for a, b in zip(*map(jax.tree.leaves, (one, two)), strict=True))


def test_rows_in_the_order_of_hugging_face(permuted):
    rows = np.arange(16).reshape(8, 2)
    assert permuted(rows, 2)[:, 0].tolist() == [0, 4, 2, 6, 8, 12, 10, 14]
    np.testing.assert_array_equal(unpermuted(permuted(rows, 2), 2), rows)
    np.testing.assert_array_equal(unpermuted(permuted(rows[:, 0], 1), 1), rows[:, 0])


@pytest.mark.parametrize(
    ("kind", "changes"),
    [("llama", {}), ("qwen2", {"biases": ("q_proj", "k_proj", "v_proj"), "tied": True}), ("qwen3", {"qk_norm": True})],
)
def test_a_file_gives_the_decoder_that_it_was_written_from(tmp_path, shape, draw, backend, write, kind, changes):
    shape = replace(shape, epsilon=float(np.float32(shape.epsilon)), **changes)
    decoder, tensors = draw(shape)
    file = GGUF(write(tmp_path / "model.gguf", shape, tensors, backend, kind=kind))
    assert file.architecture() == shape
    assert eqx.tree_equal(file.decoder(dtype=jnp.float32), decoder)


def test_quantized_weights_come_near(tmp_path, shape, draw, backend, write):
    shape = replace(shape, width=32, hidden=32)
    decoder, tensors = draw(shape)
    read = GGUF(write(tmp_path / "model.gguf", shape, tensors, backend, quantized=True)).decoder(dtype=jnp.float32)
    assert near(read, decoder, 0.01)
    assert not near(read, decoder, 1e-5)


def test_scales_that_are_not_numbers(tmp_path, shape, draw, backend, write):
    shape = replace(shape, width=32, hidden=32)
    _, tensors = draw(shape)
    path = write(tmp_path / "model.gguf", shape, tensors, backend, quantized=True)
    first = read_header(path).tensors["blk.1.ffn_up.weight"].first
    held = bytearray(path.read_bytes())
    held[first : first + 2] = np.float16(np.nan).tobytes()
    path.write_bytes(held)
    with pytest.raises(ValueError, match=r"model.gguf: blk.1.ffn_up.weight holds NaN or infinity, but weights are"):
        GGUF(path).decoder(dtype=jnp.float32)


def test_stretched_frequencies_of_a_file(tmp_path, shape, model, backend, write):
    path = write(
        tmp_path / "model.gguf",
        shape,
        model[1],
        backend,
        extra={"rope_freqs.weight": np.asarray([1.0, 8.0], np.float32)},
    )
    np.testing.assert_allclose(GGUF(path).decoder(dtype=jnp.float32).frequencies, [1.0, 0.1 / 8], rtol=1e-6)


def test_its_tokenizer_gives_what_the_original_gives(tmp_path, shape, model, backend, write):
    file = GGUF(write(tmp_path / "model.gguf", shape, model[1], backend))
    tokenizer = tokenizer_from_gguf(file)
    for text in TEXTS:
        assert tokenizer.encode(text) == backend.encode(text, add_special_tokens=False).ids
        assert tokenizer.decode(tokenizer.encode(text)) == text.replace("<end>", "")
    assert (tokenizer.end, tokenizer.size, tokenizer.begin) == (0, 298, [])


def test_errors_name_the_file_and_the_field(tmp_path, shape, model, backend, write):
    tensors, path = model[1], tmp_path / "model.gguf"
    with pytest.raises(ValueError, match=r"model.gguf does not exist"):
        GGUF(path)
    whole = write(path, shape, tensors, backend).read_bytes()
    for damaged in (whole[:-2000], whole[:100], b"not a model" * 10):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"model.gguf is damaged or no GGUF file"):
            GGUF(path)
    write(path, shape, tensors, backend, left_out=["blk.1.ffn_up.weight"])
    with pytest.raises(ValueError, match=r"model.gguf: the tensor blk.1.ffn_up.weight is missing"):
        GGUF(path).decoder(dtype=jnp.float32)
    write(path, replace(shape, hidden=25), tensors, backend)
    with pytest.raises(
        ValueError, match=r"blk.2.ffn_gate.weight has the shape \(24, 16\), but the metadata ask for \(25"
    ):
        GGUF(path).decoder(dtype=jnp.float32)
    write(path, shape, tensors, backend, kind="bert")
    with pytest.raises(ValueError, match=r"model.gguf: general.architecture is bert, but it must be one of llama"):
        GGUF(path)
    write(path, shape, tensors, backend, split="tekken")
    with pytest.raises(
        ValueError, match=r"the tokenizer is 'gpt2' with the splits 'tekken', but it must be 'gpt2' with"
    ):
        tokenizer_from_gguf(GGUF(path))
    with pytest.raises(ValueError, match=r"model.gguf: the field llama.absent is missing"):
        GGUF(path).field(".absent")
