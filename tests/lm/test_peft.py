import json

import equinox as eqx
import jax
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from hypermaml.lm.lora import draw_lora
from hypermaml.lm.peft import read_adapter, write_adapter


@pytest.fixture(params=[2, 3])
def adapter(request, shape, fill, tmp_path):
    names = ("q_proj", "v_proj", "down_proj")
    lora = fill(draw_lora(shape, projections=names, layers=request.param, rank=2, alpha=6.0, key=jax.random.key(0)))
    write_adapter(tmp_path / "adapter", lora, shape, base="base")
    return lora, tmp_path / "adapter"


def test_what_is_written_is_read(adapter, shape):
    lora, folder = adapter
    assert eqx.tree_equal(read_adapter(folder, shape), lora)


def test_an_adapter_may_lie_beside_its_model(adapter, shape, model):
    lora, folder = adapter
    save_file(model[1], folder / "model.safetensors")
    assert eqx.tree_equal(read_adapter(folder, shape), lora)


def test_names_and_numbers_of_the_files(adapter):
    lora, folder = adapter
    tensors, first = load_file(folder / "adapter_model.safetensors"), 3 - lora.layers
    assert len(tensors) == 6 * lora.layers
    np.testing.assert_array_equal(
        tensors["base_model.model.model.layers.2.mlp.down_proj.lora_B.weight"], lora.factors["down_proj"].b[-1]
    )
    np.testing.assert_array_equal(
        tensors[f"base_model.model.model.layers.{first}.self_attn.q_proj.lora_A.weight"], lora.factors["q_proj"].a[0]
    )
    config = json.loads((folder / "adapter_config.json").read_text())
    assert (config["r"], config["lora_alpha"], config["base_model_name_or_path"]) == (2, 6.0, "base")
    assert config["target_modules"] == ["down_proj", "q_proj", "v_proj"]
    assert config["layers_to_transform"] == ([1, 2] if first else None)


def test_adapters_that_do_not_fit_are_refused(shape, fill, tmp_path):
    write_adapter(tmp_path, fill(draw_lora(shape, layers=2, key=jax.random.key(0))), shape)
    weights, config = tmp_path / "adapter_model.safetensors", tmp_path / "adapter_config.json"
    held, tensors = json.loads(config.read_text()), load_file(weights)
    for changes, sentence in (
        ({"peft_type": "IA3"}, r"adapter_config.json: peft_type is IA3, but it must be LORA"),
        ({"use_dora": True}, r"adapter_config.json: use_dora is True, but it must be absent: that part is not read"),
        ({"r": "8"}, r"adapter_config.json: r is 8, but it must be an integer above 0"),
        ({"r": 4}, r"lora_A.weight has the shape \(8, 16\), but adapter_config.json asks for \(4, 16\)"),
        (
            {"layers_to_transform": [0, 1]},
            r"layers_to_transform is \[0, 1\], but adapter_model.safetensors has adapters",
        ),
    ):
        config.write_text(json.dumps(held | changes))
        with pytest.raises(ValueError, match=sentence):
            read_adapter(tmp_path, shape)
    config.write_text(json.dumps(held))
    save_file({name: tensor for name, tensor in tensors.items() if ".2." not in name}, weights)
    with pytest.raises(ValueError, match=r"the adapters are not those of the last of 3 layers"):
        read_adapter(tmp_path, shape)
    weights.write_bytes(b"")
    with pytest.raises(ValueError, match=r"adapter_model.safetensors is damaged"):
        read_adapter(tmp_path, shape)
