import json
from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from gguf import GGMLQuantizationType, GGUFWriter, quants

from hypermaml.lm.gguf_file import GGUF, gguf_name, unpermuted
from hypermaml.lm.tokenizer import tokenizer_from_gguf

TEXTS = ["the cat isn't 12345 dogs!", "<end>Hund -> chien\n\n  x", "½ ٣٤ naïve 日本"]


def permuted(rows, heads):
    """As llama.cpp's converter has it: rows 0, size/2, 1, size/2 + 1, … of each head."""
    size = len(rows) // heads
    order = [head * size + place for head in range(heads) for i in range(size // 2) for place in (i, i + size // 2)]
    return rows[order]


def write(path, shape, tensors, backend, *, kind="llama", quantized=False, left_out=(), extra=None, split="smollm"):
    writer = GGUFWriter(path, kind)
    writer.add_block_count(shape.layers)
    writer.add_embedding_length(shape.width)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.head_size)
    writer.add_context_length(shape.context)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    if "rope.freq_base" not in left_out:
        writer.add_rope_freq_base(shape.rope_base)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(split)
    vocabulary = backend.get_vocab()
    tokens = sorted(vocabulary, key=vocabulary.get)
    writer.add_token_list(tokens)
    writer.add_token_types([3 if token == "<end>" else 1 for token in tokens])
    writer.add_token_merges([" ".join(pair) for pair in json.loads(backend.to_str())["model"]["merges"]])
    writer.add_eos_token_id(0)
    for name, tensor in (tensors | (extra or {})).items():
        heads = {"q_proj": shape.heads, "k_proj": shape.kv_heads}.get(name.split(".")[-2])
        rows = permuted(tensor, heads) if heads and kind == "llama" else tensor
        if (new := name if name in (extra or {}) else gguf_name(name)) in left_out:
            continue
        if quantized and rows.ndim == 2 and rows.shape[1] % 32 == 0:
            kind_of = GGMLQuantizationType.Q8_0
            writer.add_tensor(new, quants.quantize(rows, kind_of), raw_dtype=kind_of)
        else:
            writer.add_tensor(new, rows)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def near(one, two, tolerance):
    return all(np.allclose(a, b, atol=tolerance) for a, b in zip(*map(jax.tree.leaves, (one, two)), strict=True))


def test_rows_in_the_order_of_hugging_face():
    rows = np.arange(16).reshape(8, 2)
    assert permuted(rows, 2)[:, 0].tolist() == [0, 4, 2, 6, 8, 12, 10, 14]
    np.testing.assert_array_equal(unpermuted(permuted(rows, 2), 2), rows)
    np.testing.assert_array_equal(unpermuted(permuted(rows[:, 0], 1), 1), rows[:, 0])


@pytest.mark.parametrize(
    ("kind", "changes"),
    [("llama", {}), ("qwen2", {"biases": ("q_proj", "k_proj", "v_proj"), "tied": True}), ("qwen3", {"qk_norm": True})],
)
def test_a_file_gives_the_decoder_that_it_was_written_from(tmp_path, shape, draw, backend, kind, changes):
    shape = replace(shape, epsilon=float(np.float32(shape.epsilon)), **changes)
    decoder, tensors = draw(shape)
    file = GGUF(write(tmp_path / "model.gguf", shape, tensors, backend, kind=kind))
    assert file.architecture() == shape
    assert eqx.tree_equal(file.decoder(dtype=jnp.float32), decoder)


def test_quantized_weights_come_near(tmp_path, shape, draw, backend):
    shape = replace(shape, width=32, hidden=32)
    decoder, tensors = draw(shape)
    read = GGUF(write(tmp_path / "model.gguf", shape, tensors, backend, quantized=True)).decoder(dtype=jnp.float32)
    assert near(read, decoder, 0.01)
    assert not near(read, decoder, 1e-5)


def test_stretched_frequencies_of_a_file(tmp_path, shape, model, backend):
    path = write(
        tmp_path / "model.gguf",
        shape,
        model[1],
        backend,
        extra={"rope_freqs.weight": np.asarray([1.0, 8.0], np.float32)},
    )
    np.testing.assert_allclose(GGUF(path).decoder(dtype=jnp.float32).frequencies, [1.0, 0.1 / 8], rtol=1e-6)


def test_its_tokenizer_gives_what_the_original_gives(tmp_path, shape, model, backend):
    file = GGUF(write(tmp_path / "model.gguf", shape, model[1], backend))
    tokenizer = tokenizer_from_gguf(file)
    for text in TEXTS:
        assert tokenizer.encode(text) == backend.encode(text, add_special_tokens=False).ids
        assert tokenizer.decode(tokenizer.encode(text)) == text.replace("<end>", "")
    assert (tokenizer.end, tokenizer.size, tokenizer.begin) == (0, 298, [])


def test_errors_name_the_file_and_the_field(tmp_path, shape, model, backend):
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
        ValueError, match=r"blk.0.ffn_gate.weight has the shape \(24, 16\), but the metadata ask for \(25"
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
