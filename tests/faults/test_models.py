"""Language models that nobody means: each ends in one sentence, or is the model that its files hold."""

import json

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from odd_files import as_json, change, damaged, deep, put
from odd_models import KINDS, TEXTS, WEIGHTS, check_same, numbers, odd, places, replaced, values
from outcomes import examples, outcome

from hypermaml.lm.model import load_model
from hypermaml.lm.tokenizer import tokenizer_from_file

pytestmark = pytest.mark.faults


def test_the_configuration_of_a_model(tally, whole, lay_out):
    base = json.loads(whole["config.json"])
    more = ["rope_scaling", "rope_parameters", "quantization_config", "mlp_bias", "partial_rotary_factor", "odd\n"]
    field = st.sampled_from([*base, *more])
    scaled = st.fixed_dictionaries({"rope_type": odd | st.sampled_from(["linear", "llama3", "default"])}, optional={
        "factor": numbers, "rope_theta": numbers, "low_freq_factor": numbers, "high_freq_factor": numbers,
        "original_max_position_embeddings": numbers,
    })  # fmt: skip
    names = {"hidden_size": "width", "num_hidden_layers": "layers", "num_attention_heads": "heads"}
    names |= {"num_key_value_heads": "kv_heads", "head_dim": "head_size", "intermediate_size": "hidden"}
    names |= {"vocab_size": "vocabulary", "max_position_embeddings": "context", "rms_norm_eps": "epsilon"}
    names |= {"rope_theta": "rope_base"}

    @examples(600)
    @given(st.dictionaries(field, values | scaled, max_size=2), deep, st.lists(change, max_size=1), st.integers(0, 9))
    def one(changed, nested, changes, luck):
        held = as_json(base | changed)
        held = nested if luck == 0 else damaged(held, changes) if luck == 1 else held
        model, how = outcome(lambda: load_model(lay_out(config_json=held)))
        if model is not None and luck > 1:
            check_same(model, whole[WEIGHTS])
            shape = model.decoder.architecture
            for name in changed.keys() & names.keys():
                if changed[name] is not None:
                    assert getattr(shape, names[name]) == changed[name]
            if luck == 9:
                assert np.isfinite(np.asarray(model.decoder(jnp.arange(5)))).all()
        tally("config.json of a model", how)

    one()


def template(*single, **special):
    parts = [{"Sequence" if name == "A" else "SpecialToken": {"id": name, "type_id": 0}} for name in single]
    return {"type": "TemplateProcessing", "single": parts, "pair": [], "special_tokens": special}


def special(name, *ids):
    return {name: {"id": name, "ids": list(ids), "tokens": [name] * len(ids)}}


# Parts of a tokenizer where they belong; some cannot be.
FITTING = {
    "model": [
        {"type": "BPE", "vocab": {"a": 0}, "merges": []},
        {"type": "BPE", "vocab": {}, "merges": []},
        {"type": "BPE", "vocab": {"a": 0, "b": 7}, "merges": [["a", "b"]]},
        {"type": "BPE", "vocab": {str(n): n for n in range(265)}, "merges": [], "unk_token": "?"},
        {"type": "Unigram", "vocab": [["a", 0.0]], "unk_id": 9},
        {"type": "Unigram", "vocab": [[str(n), -1.0] for n in range(265)], "unk_id": 0},
        {"type": "Unigram", "vocab": [], "unk_id": None},
        {"type": "WordLevel", "vocab": {str(n): n for n in range(265)}, "unk_token": "?"},
        {"type": "WordLevel", "vocab": {str(n): n for n in range(265)}, "unk_token": "7"},
        {
            **{"type": "WordPiece", "vocab": {str(n): n for n in range(265)}, "unk_token": "7"},
            **{"continuing_subword_prefix": "##", "max_input_chars_per_word": 0},
        },
    ],
    "normalizer": [
        None,
        {"type": "Prepend", "prepend": ""},
        {"type": "Prepend", "prepend": "▁"},
        {"type": "Replace", "pattern": {"Regex": "("}, "content": "a"},
        {"type": "Replace", "pattern": {"Regex": ""}, "content": "a"},
        {"type": "Replace", "pattern": {"String": ""}, "content": "a"},
        {"type": "Precompiled", "precompiled_charsmap": "AAAA"},
        {"type": "Strip", "strip_left": True, "strip_right": True},
        {
            "type": "Sequence",
            "normalizers": [{"type": "Replace", "pattern": {"String": "a"}, "content": "aa"}] * 40,
        },
        {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Lowercase"}]},
    ],
    "pre_tokenizer": [
        None,
        {"type": "Metaspace", "replacement": "", "prepend_scheme": "always", "split": True},
        {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": True},
        {"type": "Split", "pattern": {"String": ""}, "behavior": "Removed", "invert": False},
        {"type": "Split", "pattern": {"Regex": "a*"}, "behavior": "Isolated", "invert": True},
        {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": False},
    ],
    "post_processor": [
        None,
        template("A"),
        template("<absent>", "A"),
        template("a", "A", **special("a")),
        template("a", "A", **special("a", 5, 6)),
        template("a", "A", **special("a", 10**6)),
        template("A", "a", **special("a", 7)),
        template("a", **special("a", 7)),
        template("A", "A"),
        template(*["A"] * 10**5),
        template(*["a"] * 1000, "A", **special("a", *[5] * 10**4)),
    ],
    "decoder": [
        None,
        {"type": "Strip", "content": "a", "start": 10**9, "stop": 0},
        {"type": "ByteFallback"},
        {"type": "Fuse"},
        {"type": "WordPiece", "prefix": "##", "cleanup": True},
    ],
    "truncation": [{"direction": "Right", "max_length": 1, "strategy": "LongestFirst", "stride": 5}],
    "padding": [
        {
            **{"strategy": {"Fixed": 10**12}, "direction": "Left", "pad_to_multiple_of": 0},
            **{"pad_id": 0, "pad_type_id": 0, "pad_token": "a"},
        }
    ],
}


def test_the_tokenizer_of_a_model(tally, whole, lay_out):
    base = json.loads(whole["tokenizer.json"])
    paths = list(places(base))
    parts = [((name,), part) for name, own in FITTING.items() for part in own]
    parts += [(("added_tokens", 0, "id"), number) for number in (1, 268, 269, 2**32 - 1)]

    @examples(700)
    @given(st.sampled_from(parts), st.tuples(st.sampled_from(paths), values), deep, change, st.integers(0, 9))
    def one(fitting, other, nested, changes, luck):
        held = nested if luck == 0 else as_json(replaced(base, *(fitting if luck > 4 else other)))
        place = lay_out(tokenizer_json=damaged(held, [changes]) if luck == 1 else held) / "tokenizer.json"

        def use():
            tokenizer = tokenizer_from_file(place, ends=(0,))
            tokenizer.check_fit(280)
            tokens = [[*tokenizer.begin, *tokenizer.encode(text)] for text in TEXTS]
            return tokenizer, tokens, [tokenizer.decode(each) for each in tokens]

        found, how = outcome(use)
        if found is not None:
            tokenizer, tokens, said = found
            assert all(0 <= token < tokenizer.size <= 280 for each in tokens for token in each)
            assert all(isinstance(text, str) for text in said)
        tally("tokenizer.json of a model", how)

    one()


def test_the_weights_of_a_model(tally, whole, lay_out):
    held = whole[WEIGHTS]
    size = int.from_bytes(held[:8], "little")
    head, data = json.loads(held[8 : 8 + size]), held[8 + size :]
    paths = list(places(head))
    lengths = st.sampled_from([0, 1, 2**31, 2**63, 2**64 - 1])

    @examples(500)
    @given(st.sampled_from(paths), values | st.sampled_from(["I8", "F8_E4M3", "BF16", "F16", "I64", "BOOL"]),
           st.lists(change, max_size=2), st.integers(0, 9), lengths)  # fmt: skip
    def one(path, part, changes, luck, length):
        if luck < 4:
            header = as_json(replaced(head, path, part))
            own = (length if luck == 0 else len(header)).to_bytes(8, "little") + header + data
        elif luck < 6:
            own = held[: 8 + size] + damaged(data, changes)
        else:
            own = damaged(held[: 8 + size], changes) + data
        model, how = outcome(lambda: load_model(lay_out(weights=own)))
        if model is not None:
            check_same(model, own)
        tally("weights of a model", how)

    one()


def test_the_index_of_a_model_in_several_files(tally, whole, lay_out):
    held, place = whole[WEIGHTS], lay_out()
    size = int.from_bytes(held[:8], "little")
    head, data = json.loads(held[8 : 8 + size]), held[8 + size :]
    names = [name for name in head if name != "__metadata__"]
    (place / WEIGHTS).unlink()

    def shard(chosen):
        entries, parts, end = {}, [], 0
        for name in chosen:
            first, last = head[name]["data_offsets"]
            entries[name] = head[name] | {"data_offsets": [end, end + last - first]}
            parts.append(data[first:last])
            end += last - first
        own = as_json(entries)
        return len(own).to_bytes(8, "little") + own + b"".join(parts)

    homes = {name: f"model-{1 + number % 2}.safetensors" for number, name in enumerate(names)}
    files = st.sampled_from(
        ["..", ".", "../../x", "/dev/zero", "a\0", "x" * 300, "~", "model-1.safetensors", "pipe", "out"]
    )
    put(place / "pipe", "pipe")
    (place.parent / "outside").write_bytes(shard(names[:1]))
    (place / "out").symlink_to(place.parent / "outside")
    entry = st.dictionaries(st.sampled_from(names) | odd, files | values, max_size=2)
    other = st.dictionaries(st.sampled_from(["metadata", "weight_map", "weight_map "]), values, max_size=1)

    @examples(500)
    @given(entry, other, deep, change, st.lists(st.sampled_from(names), max_size=2), st.integers(0, 9))
    def one(entries, more, nested, changes, twice, luck):
        index = as_json({"metadata": {"total_size": 1}, "weight_map": homes | (entries if luck > 3 else {})} | more)
        index = nested if luck == 0 else damaged(index, [changes]) if luck == 1 else index
        (place / "model.safetensors.index.json").write_bytes(index)
        for number in (1, 2):
            own = [name for name in names if homes[name].startswith(f"model-{number}") or (name in twice and luck == 2)]
            if not (luck == 3 and number == 2 and twice):
                (place / f"model-{number}.safetensors").write_bytes(shard(own))
            else:
                (place / "model-2.safetensors").unlink(missing_ok=True)
        model, how = outcome(lambda: load_model(place))
        if model is not None:
            check_same(model, held)
        tally("index of a model in several files", how)

    one()


OPTIONAL = ("generation_config.json", f"{WEIGHTS}.index.json")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", WEIGHTS, *OPTIONAL])
def test_what_lies_where_a_file_should_be(tally, lay_out, name, kind):
    place = lay_out()
    put(place / name, kind)
    model, how = outcome(lambda: load_model(place))
    assert (model is not None) == (name in OPTIONAL and kind in ("absent", "lost", "round"))
    tally("special file in a model's folder", how)
