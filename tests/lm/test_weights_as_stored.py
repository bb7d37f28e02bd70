"""The decoder is the one that the files hold, or there is one sentence."""

import json
import os

import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from hypermaml.lm.hugging_face import read_folder
from hypermaml.lm.peft import read_adapter, write_adapter

HEAD, EMBEDDING = "lm_head.weight", "model.embed_tokens.weight"


def refused(folder, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        read_folder(folder, dtype=jnp.float32)
    assert "\n" not in str(caught.value)
    assert str(folder) in str(caught.value)


def change(folder, **values):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def store(folder, tensors):
    """Writes a safetensors file with numbers of any type, as float8."""
    kinds = {np.dtype("float32"): "F32", np.dtype("int8"): "I8", np.dtype(ml_dtypes.float8_e4m3fn): "F8_E4M3"}
    head, held = {}, b""
    for name, tensor in tensors.items():
        end = len(held) + tensor.nbytes
        head[name] = {"dtype": kinds[tensor.dtype], "shape": tensor.shape, "data_offsets": [len(held), end]}
        held += tensor.tobytes()
    header = json.dumps(head).encode()
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + held)


@pytest.mark.parametrize(
    ("numbers", "name"), [(np.int8, "I8"), (ml_dtypes.float8_e4m3fn, "F8_E4M3")], ids=["int8", "fp8"]
)
def test_quantized_weights_are_refused_with_their_scales_or_without(folder, model, numbers, name):
    quantized = {key: (10 * each).astype(numbers) if "proj" in key else each for key, each in model[1].items()}
    for scales in ({}, {f"{key}_scale": np.ones(1, np.float32) for key in quantized if "proj" in key}):
        store(folder, quantized | scales)
        refused(folder, rf"holds numbers of the type {name}, but weights are read as F64, F32, F16, BF16: quantized")


@pytest.mark.parametrize("field", ["quantization_config", "compression_config"])
@pytest.mark.parametrize("value", [{"quant_method": "fp8"}, {"load_in_4bit": True}, {}, "awq"])
def test_any_quantization_in_the_configuration_is_refused(folder, field, value):
    change(folder, **{field: None})
    read_folder(folder, dtype=jnp.float32)
    change(folder, **{field: value})
    refused(folder, rf"config.json: {field} says that the weights are quantized, but they must be F64, F32")


@pytest.mark.parametrize(
    "name",
    ["model.layers.0.self_attn.q_proj.bias", "model.layers.3.input_layernorm.weight", "model.layers.1.mlp.up_proj.SCB"],
)
def test_a_tensor_that_the_configuration_does_not_ask_for(folder, model, name):
    old = {"model.layers.0.self_attn.rotary_emb.inv_freq": np.ones(2, np.float32)}
    store(folder, model[1] | old)
    read_folder(folder, dtype=jnp.float32)
    store(folder, model[1] | {name: np.ones(16, np.float32)})
    refused(folder, rf"holds the tensor {name}, which config.json does not ask for")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_numbers(folder, model, value):
    tensors = {key: each.copy() for key, each in model[1].items()}
    tensors["model.norm.weight"][3] = value
    store(folder, tensors)
    refused(folder, "model.norm.weight holds NaN or infinity, but weights are finite")


def test_the_head_that_is_stored_is_used_whatever_the_configuration_says(folder, model):
    own = read_folder(folder, dtype=jnp.float32)
    change(folder, tie_word_embeddings=True)
    read = read_folder(folder, dtype=jnp.float32)
    assert not read.architecture.tied
    np.testing.assert_array_equal(read.head, own.head)
    store(folder, model[1] | {HEAD: model[1][EMBEDDING]})  # some files hold the embedding twice
    assert read_folder(folder, dtype=jnp.float32).head is None
    change(folder, tie_word_embeddings=False)
    assert read_folder(folder, dtype=jnp.float32).head is not None
    store(folder, {name: each for name, each in model[1].items() if name != HEAD})
    refused(folder, "no file holds the tensor lm_head.weight, which config.json asks for")


@pytest.mark.parametrize("field", ["tie_word_embeddings", "attention_bias", "mlp_bias"])
def test_a_text_is_neither_true_nor_false(folder, field):
    change(folder, **{field: "false"})
    refused(folder, f"config.json: {field} is false, but it must be true or false")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"num_hidden_layers": 10**12}, r"num_hidden_layers is 1000000000000, but .* holds fewer tensors"),
        ({"intermediate_size": 10**12}, r"has the shape \(24, 16\), but config.json asks for \(1000000000000, 16\)"),
        ({"vocab_size": 10**18}, r"vocab_size is 1000000000000000000, but it must be .* at most 1e\+15"),
        ({"rms_norm_eps": 1e300}, "rms_norm_eps is 1e\\+300, but it must be a number above 0 and at most 1"),
        ({"rope_parameters": {"partial_rotary_factor": 0.5}}, "partial_rotary_factor is 0.5, but it must be 1.0"),
        ({"rope_scaling": {"type": "linear", "factor": 0.5}}, "factor of the rotary embedding is 0.5, but it must be"),
    ],
)
def test_sizes_are_checked_before_there_is_room_for_them(folder, values, sentence):
    change(folder, **values)
    refused(folder, sentence)


def test_files_that_are_not_files_and_one_tensor_in_two_files(folder, model):
    weights = folder / "model.safetensors"
    weights.rename(folder / "a.safetensors")
    save_file({HEAD: model[1][HEAD]}, folder / "b.safetensors")
    refused(folder, "b.safetensors and a.safetensors both hold the tensor lm_head.weight: keep one of them")
    os.mkfifo(weights)
    refused(folder, "model.safetensors is a named pipe, but it must be a .safetensors file")
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {HEAD: "../b.safetensors"}}))
    refused(folder, r"index.json names \.\./b.safetensors, which is not beside it")


@pytest.mark.parametrize(
    ("home", "sentence"),
    [
        ("../b.safetensors", r"index.json names \.\./b.safetensors, which is not beside it"),
        ("..", r"index.json names \.\., which is not beside it"),
        ("a\0b", "index.json names a\\\\u0000b, which is not beside it"),
        ("n" * 300, "index.json names n{59}…, which is not beside it"),
        ("b.safetensors", "index.json says that b.safetensors holds the tensor lm_head.weight, but it does not"),
    ],
    ids=["above", "parent", "zero", "long", "other"],
)
def test_an_index_names_files_beside_it_that_hold_its_tensors(folder, model, home, sentence):
    (folder / "model.safetensors").rename(folder / "a.safetensors")
    save_file({}, folder / "b.safetensors")
    homes = dict.fromkeys(model[1], "a.safetensors") | {HEAD: home}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": homes}))
    refused(folder, sentence)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (HEAD, "b.safetensors and a.safetensors both hold the tensor lm_head.weight: keep one of them"),
        ("model.extra.weight", "b.safetensors holds the tensor model.extra.weight, which config.json does not ask for"),
    ],
)
def test_a_tensor_that_the_index_does_not_name(folder, model, name, sentence):
    (folder / "model.safetensors").rename(folder / "a.safetensors")
    save_file({EMBEDDING: model[1][EMBEDDING], name: model[1][HEAD]}, folder / "b.safetensors")
    own = {each: tensor for each, tensor in model[1].items() if each != EMBEDDING}
    save_file(own, folder / "a.safetensors")
    homes = dict.fromkeys(own, "a.safetensors") | {EMBEDDING: "b.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": homes}))
    refused(folder, sentence)


# peft writes these fields; whatever they add to the two factors of projections is not read.
@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"modules_to_save": ["lm_head"]}, r"modules_to_save is \['lm_head'\], but it must be absent: that part"),
        ({"use_dora": True}, "use_dora is True, but it must be absent"),
        ({"lora_bias": True}, "lora_bias is True, but it must be absent"),
        ({"bias": "all"}, "bias is all, but it must be none"),
        ({"rank_pattern": {"q_proj": 4}}, "rank_pattern is {'q_proj': 4}, but it must be absent"),
        ({"alpha_pattern": {"q_proj": 4}}, "alpha_pattern is {'q_proj': 4}, but it must be absent"),
        ({"trainable_token_indices": [3]}, r"trainable_token_indices is \[3\], but it must be absent"),
        ({"layer_replication": [[0, 2]]}, r"layer_replication is \[\[0, 2\]\], but it must be absent"),
        ({"target_parameters": ["mlp.up_proj"]}, "target_parameters is .* but it must be absent"),
        ({"a_field_of_next_year": 3}, "a_field_of_next_year is 3, but it must be absent"),
        ({"init_lora_weights": "pissa_niter_4"}, "init_lora_weights is pissa_niter_4, with which the adapter belongs"),
        ({"use_rslora": "yes"}, "use_rslora is yes, but it must be true or false"),
        ({"lora_alpha": None}, "lora_alpha is missing"),
        ({"target_modules": ["q_proj", "v_proj", "k_proj"]}, "names k_proj, but adapter_model.safetensors has no"),
    ],
)
def test_a_part_of_an_adapter_that_is_not_read(tmp_path, shape, adapters, values, sentence):
    write_adapter(tmp_path, adapters, shape)
    path = tmp_path / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    with pytest.raises(ValueError, match=sentence):
        read_adapter(tmp_path, shape)


def test_tensors_of_an_adapter_that_are_not_read(tmp_path, shape, adapters):
    write_adapter(tmp_path, adapters, shape)
    path = tmp_path / "adapter_model.safetensors"
    tensors = load_file(path)
    for name in ("lm_head.weight", "model.embed_tokens.lora_embedding_A", "model.layers.2.mlp.up_proj.lora_B.weight"):
        save_file(tensors | {f"base_model.model.{name}": np.ones((2, 2), np.float32)}, path)
        with pytest.raises(ValueError, match=f"holds the tensor base_model.model.{name}, which adapter_config.json"):
            read_adapter(tmp_path, shape)


def test_a_scale_by_the_root_of_the_rank(tmp_path, shape, adapters):
    write_adapter(tmp_path, adapters, shape)
    path = tmp_path / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"use_rslora": True, "lora_alpha": 6}))
    assert read_adapter(tmp_path, shape).scale == pytest.approx(6 / 2)  # of rank 4
