"""GGUF files that nobody means: each ends in one sentence, or is the model that it holds."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from odd_files import change, damaged, put
from odd_models import KINDS, TEXTS, WEIGHTS
from outcomes import examples, outcome

from hypermaml.lm.model import load_model

pytestmark = pytest.mark.faults


def write_gguf(path, held):
    """Writes the model of a folder as a GGUF file."""
    import gguf

    from hypermaml.lm.gguf_file import gguf_name

    config, tokenizer = json.loads(held["config.json"]), json.loads(held["tokenizer.json"])
    size = int.from_bytes(held[WEIGHTS][:8], "little")
    head, data = json.loads(held[WEIGHTS][8 : 8 + size]), held[WEIGHTS][8 + size :]
    writer = gguf.GGUFWriter(path, "qwen2")
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    vocabulary = tokenizer["model"]["vocab"] | {each["content"]: each["id"] for each in tokenizer["added_tokens"]}
    writer.add_token_list(sorted(vocabulary, key=vocabulary.get))
    writer.add_token_types([3 if number == 0 else 1 for number in range(len(vocabulary))])
    writer.add_token_merges([" ".join(pair) for pair in tokenizer["model"]["merges"]])
    writer.add_eos_token_id(0)
    for name, entry in head.items():
        if name != "__metadata__":
            first, end = entry["data_offsets"]
            writer.add_tensor(gguf_name(name), np.frombuffer(data[first:end], np.float32).reshape(entry["shape"]))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def test_a_gguf_file(tally, whole, tmp_path):
    path = tmp_path / "model.gguf"
    write_gguf(path, whole)
    held, right = path.read_bytes(), load_model(path)
    begin = held.index(b"general.alignment") if b"general.alignment" in held else 0
    tokens, merges = held.index(b"tokenizer.ggml.tokens"), held.index(b"tokenizer.ggml.eos_token_id")
    data = held.index(b"token_embd.weight") if b"token_embd.weight" in held else len(held)
    # Most of the header is tokens; changes are for its other parts, where sizes and kinds stand.
    where = st.one_of(
        st.integers(begin, tokens + 60), st.integers(merges, min(data + 900, len(held) - 1)), st.integers(0, 40)
    )
    number = st.sampled_from([0, 1, 2, 9, 255, 2**31, 2**32 - 1, 2**40, 2**63, 2**64 - 1])

    @examples(700)
    @given(where, number, st.lists(change, max_size=2), st.integers(0, 9))
    def one(place, wide, changes, luck):
        if luck < 4:  # a number of 8 bytes, as sizes are
            own = held[:place] + wide.to_bytes(8, "little") + held[place + 8 :]
        elif luck < 8:
            own = held[:place] + bytes([held[place] ^ (1 << luck)]) + held[place + 1 :]
        else:
            own = damaged(held, changes)
        path.write_bytes(own)
        model, how = outcome(lambda: load_model(path))
        if model is not None:
            shapes = [[leaf.shape for leaf in jax.tree.leaves(each.decoder)] for each in (model, right)]
            assert len(shapes[0]) == len(shapes[1])
            if luck < 8 and place < data:
                assert np.isfinite(np.asarray(model.decoder(jnp.arange(5)))).all()
            assert all(token < model.tokenizer.size for text in TEXTS for token in model.tokenizer.encode(text))
        tally("GGUF file", how)

    one()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_gguf_file(tally, tmp_path, kind):
    put(tmp_path / "model.gguf", kind)
    assert outcome(lambda: load_model(tmp_path / "model.gguf")) == (None, "one sentence")
    tally("special file in a model's folder", "one sentence")
