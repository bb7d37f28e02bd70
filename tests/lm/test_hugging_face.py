import json
from dataclasses import replace

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import save_file

from hypermaml.lm.architecture import ATTENTION, Scaling
from hypermaml.lm.hugging_face import architecture_of, read_folder


def change(path, **values):
    held = json.loads(path.read_text()) | values
    path.write_text(json.dumps({name: value for name, value in held.items() if value is not None}))


def test_a_folder_gives_the_decoder_that_it_was_written_from(folder, decoder):
    assert eqx.tree_equal(read_folder(folder, dtype=jnp.float32), decoder)


def test_parts_with_an_index_give_the_same(folder, model):
    decoder, tensors = model
    (folder / "model.safetensors").unlink()
    names = sorted(tensors)
    homes = {name: f"model-{1 + (place > 11)}.safetensors" for place, name in enumerate(names)}
    for file in set(homes.values()):
        save_file({name: tensors[name] for name in names if homes[name] == file}, folder / file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": homes}))
    assert eqx.tree_equal(read_folder(folder, dtype=jnp.float32), decoder)
    (folder / "model-2.safetensors").unlink()
    with pytest.raises(ValueError, match=r"index.json names model-2.safetensors, which is not beside it"):
        read_folder(folder, dtype=jnp.float32)


def test_weights_in_half_precision(folder, model):
    decoder, tensors = model
    save_file({n: t.astype(jnp.bfloat16) for n, t in tensors.items()}, folder / "model.safetensors")
    read = read_folder(folder, dtype=jnp.bfloat16)
    assert read.embedding.dtype == jnp.bfloat16
    np.testing.assert_array_equal(
        read.upper.projections["q_proj"].weight[1], decoder.upper.projections["q_proj"].weight[1].astype(jnp.bfloat16)
    )
    np.testing.assert_array_equal(read.frequencies, decoder.frequencies)  # angles of far tokens need all digits


def test_output_layer_that_is_the_embedding(folder, model):
    tensors = {name: tensor for name, tensor in model[1].items() if name != "lm_head.weight"}
    save_file(tensors, folder / "model.safetensors")
    change(folder / "config.json", tie_word_embeddings=None)  # then the weights decide
    assert read_folder(folder, dtype=jnp.float32).head is None


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"model_type": "gemma"}, "config.json: model_type is gemma, but it must be one of llama, qwen2, qwen3"),
        ({"hidden_size": None}, "config.json: hidden_size is missing"),
        ({"num_hidden_layers": "three"}, "config.json: num_hidden_layers is three, but it must be an integer above 0"),
        ({"rms_norm_eps": -1e-5}, "config.json: rms_norm_eps is -1e-05, but it must be a number above 0"),
        ({"rope_theta": True}, "config.json: rope_theta is True, but it must be a number above 0"),
        ({"partial_rotary_factor": 0.5}, "config.json: partial_rotary_factor is 0.5, but it must be 1.0 or None"),
        ({"num_key_value_heads": 3}, "config.json: kv_heads is 3, but it must divide heads, which is 4"),
        ({"hidden_act": "gelu"}, "config.json: hidden_act is gelu, but it must be silu"),
        ({"use_sliding_window": True}, "config.json: use_sliding_window is True, but it must be False or None"),
        ({"rope_scaling": {"rope_type": "yarn"}}, "config.json: the rotary embedding is scaled as yarn, but"),
        ({"rope_scaling": "linear"}, "config.json: the scaling of the rotary embedding is linear, but it must be an"),
        ({"rope_scaling": {"type": "linear"}}, "config.json: factor is missing"),
        ({"rope_scaling": {"type": "linear", "factor": 0}}, "factor is 0, but it must be a number above 0"),
        ({"hidden_size": 32}, r"model.safetensors: model.layers.2.self_attn.q_proj.weight has the shape"),
        ({"num_hidden_layers": 4}, "no file holds the tensor model.layers.3.self_attn.q_proj.weight, which config"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_with_its_file(folder, values, sentence):
    change(folder / "config.json", **values)
    with pytest.raises(ValueError, match=sentence):
        read_folder(folder, dtype=jnp.float32)


def test_damaged_files_are_named(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(ValueError, match=r"model.safetensors is damaged or no safetensors file: "):
        read_folder(folder, dtype=jnp.float32)
    weights.unlink()
    with pytest.raises(ValueError, match=r"holds no weights: there is neither model.safetensors nor"):
        read_folder(folder, dtype=jnp.float32)
    (folder / "config.json").write_text("{")
    with pytest.raises(ValueError, match=r"config.json is not JSON"):
        read_folder(folder, dtype=jnp.float32)
    (folder / "config.json").write_text("[]")
    with pytest.raises(
        ValueError, match=r"config.json does not hold an object {…}, but it must be the config.json of a model"
    ):
        read_folder(folder, dtype=jnp.float32)
    (folder / "config.json").unlink()
    with pytest.raises(ValueError, match=r"config.json does not exist"):
        read_folder(folder, dtype=jnp.float32)


def test_both_ways_to_write_the_rotary_embedding(folder):
    config, path = json.loads((folder / "config.json").read_text()), folder / "config.json"
    numbers = {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32}
    old = config | {"rope_theta": 500.0, "rope_scaling": {"rope_type": "llama3", **numbers}}
    new = {n: v for n, v in config.items() if n != "rope_theta"}
    new["rope_parameters"] = {"rope_type": "llama3", "rope_theta": 500.0, **numbers}
    for each in (old, new):
        architecture = architecture_of(each, path, tied=False)
        assert architecture.rope_base == 500.0
        assert architecture.scaling == Scaling(8.0, 1.0, 4.0, 32)


@pytest.mark.parametrize(
    ("kind", "values", "biases"),
    [
        ("llama", {}, ()),
        ("llama", {"attention_bias": True, "mlp_bias": True}, (*ATTENTION, "gate_proj", "up_proj", "down_proj")),
        ("qwen2", {}, ("q_proj", "k_proj", "v_proj")),
        ("qwen3", {"attention_bias": False}, ()),
        ("qwen3", {"attention_bias": True}, ATTENTION),
    ],
)  # fmt: skip
def test_what_tells_the_kinds_apart(folder, shape, kind, values, biases):
    config = json.loads((folder / "config.json").read_text()) | {"model_type": kind} | values
    read = architecture_of(config, folder / "config.json", tied=False)
    assert read == replace(shape, biases=biases, qk_norm=kind == "qwen3")
