"""Tiny random models of transformers and peft, against this package on the folders that they write."""

import json
from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from untrained import moved
from users_models import NEW, check_alike, write_data, write_model

from hypermaml.apply.trained import Trained
from hypermaml.experiments.language import LanguageExperiment
from hypermaml.lm.hugging_face import read_folder
from hypermaml.lm.lora import draw_lora
from hypermaml.lm.peft import read_adapter, write_adapter
from hypermaml.lm.tokenizer import tokenizer_from_file

pytestmark = pytest.mark.oracle
TOKENS = [5, 17, 200, 3, 99, 42, 8, 250, 61, 7, 7, 0]
SIZES = {
    "vocab_size": 300,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "initializer_range": 0.3,
}
LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 100.0,
    "factor": 4.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16,
}
run = eqx.filter_jit(lambda decoder, lora: decoder(jnp.asarray(TOKENS), lora))


@pytest.fixture
def transformers():
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import transformers

        yield transformers


def model_of(transformers, kind, **values):
    import torch

    torch.manual_seed(0)
    config = getattr(transformers, f"{kind}Config")(**SIZES, **values)
    model = getattr(transformers, f"{kind}ForCausalLM")(config).float().eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():  # gains and biases that matter
            if name.endswith(("norm.weight", "bias")):
                parameter.add_(0.3 * torch.randn_like(parameter))
    return model


def logits_of(model):
    import torch

    with torch.no_grad():
        return model(torch.tensor([TOKENS])).logits[0].numpy()


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("Llama", {"rope_parameters": LLAMA3}),
        ("Llama", {"tie_word_embeddings": True, "attention_bias": True, "mlp_bias": True}),
        ("Qwen2", {"tie_word_embeddings": True}),
        ("Qwen3", {"head_dim": 16}),
    ],
    ids=["llama3", "llama-biased", "qwen2", "qwen3"],
)
def test_logits_are_those_of_transformers(transformers, tmp_path, kind, values):
    model = model_of(transformers, kind, **values)
    model.save_pretrained(tmp_path, max_shard_size="30KB")
    expected = logits_of(model)
    decoder = read_folder(tmp_path, dtype=jnp.float32)
    assert len(list(tmp_path.glob("*.safetensors"))) > 1
    assert np.abs(expected).max() > 1
    np.testing.assert_allclose(run(decoder, None), expected, atol=1e-3)


def test_the_head_of_a_tied_model_is_the_stored_one(transformers, tmp_path):
    import torch

    model = model_of(transformers, "Llama")
    model.save_pretrained(tmp_path)
    path = tmp_path / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"tie_word_embeddings": True}))
    read = transformers.LlamaForCausalLM.from_pretrained(tmp_path, dtype=torch.float32).eval()
    np.testing.assert_allclose(run(read_folder(tmp_path, dtype=jnp.float32), None), logits_of(read), atol=1e-3)


def test_adapters_scaled_by_the_root_of_the_rank(transformers, tmp_path):
    import torch
    from peft import LoraConfig, get_peft_model

    model = model_of(transformers, "Llama")
    model.save_pretrained(tmp_path / "base")
    config = LoraConfig(r=4, lora_alpha=6, use_rslora=True, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM")
    adapted = get_peft_model(model, config)
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_" in name:
                parameter.copy_(0.3 * torch.randn_like(parameter))
    adapted.save_pretrained(str(tmp_path / "adapter"))
    decoder = read_folder(tmp_path / "base", dtype=jnp.float32).split_for(3)
    lora = read_adapter(tmp_path / "adapter", decoder.architecture)
    np.testing.assert_allclose(run(decoder, lora), logits_of(adapted), atol=1e-3)


@pytest.mark.parametrize(
    "options",
    [
        {"modules_to_save": ["lm_head"]},
        {"target_modules": ["q_proj", "lm_head"]},
        {"target_modules": ["q_proj", "embed_tokens"]},
        {"trainable_token_indices": [3, 5]},
        {"use_dora": True},
        {"lora_bias": True},
        {"rank_pattern": {"layers.2.self_attn.q_proj": 2}},
        {"alpha_pattern": {"v_proj": 9}},
        {"bias": "all"},
        {"init_lora_weights": "olora"},
        {"layers_to_transform": [0, 1]},
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore")
def test_parts_of_adapters_that_peft_writes_are_refused(transformers, shape, tmp_path, options):
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(r=4, task_type="CAUSAL_LM", **({"target_modules": ["q_proj", "v_proj"]} | options))
    adapted = get_peft_model(model_of(transformers, "Llama", attention_bias=True), config)
    adapted.save_pretrained(str(tmp_path))
    decoder = replace(shape, vocabulary=300, width=32, hidden=48, head_size=8)
    with pytest.raises(ValueError, match=str(tmp_path)) as caught:
        read_adapter(tmp_path, decoder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("template", [None, "<begin> $A", "<begin> $A <end>", "$A <end>"])
@pytest.mark.filterwarnings("ignore")
def test_texts_begin_as_those_of_transformers(transformers, backend, tmp_path, template):
    from tokenizers import processors

    own = type(backend).from_str(backend.to_str())
    own.add_special_tokens(["<begin>"])
    if template:
        parts = [("<begin>", 298), ("<end>", 0)]
        own.post_processor = processors.TemplateProcessing(single=template, special_tokens=parts)
    own.save(str(tmp_path / "tokenizer.json"))
    tokenizer = tokenizer_from_file(tmp_path / "tokenizer.json")
    ours = [*tokenizer.begin, *tokenizer.encode("the cat")]
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<begin>", "eos_token": "<end>"}
    for wanted in ({}, {"add_bos_token": True}, {"add_bos_token": False}):
        (tmp_path / "tokenizer_config.json").write_text(json.dumps(config | wanted))
        theirs = transformers.AutoTokenizer.from_pretrained(tmp_path)("the cat")["input_ids"]
        assert theirs[: len(ours)] == ours
        assert theirs[len(ours) :] in ([], [0])


def test_peft_loads_the_adapters_that_are_written(transformers, fill, tmp_path):
    from peft import PeftModel

    model = model_of(transformers, "Llama")
    model.save_pretrained(tmp_path / "base")
    decoder = read_folder(tmp_path / "base", dtype=jnp.float32).split_for(2)
    names = ("q_proj", "v_proj", "o_proj", "down_proj")
    lora = fill(draw_lora(decoder.architecture, projections=names, layers=2, rank=4, alpha=6.0, key=jax.random.key(0)))
    write_adapter(tmp_path / "adapter", lora, decoder.architecture, base=str(tmp_path / "base"))
    plain, ours = logits_of(model), run(decoder, lora)
    adapted = PeftModel.from_pretrained(model, str(tmp_path / "adapter"))
    np.testing.assert_allclose(ours, logits_of(adapted), atol=1e-3)
    assert np.abs(ours - plain).max() > 0.5
    adapted.save_pretrained(str(tmp_path / "again"))
    again = read_adapter(tmp_path / "again", decoder.architecture)
    assert eqx.tree_equal(again, lora)


@pytest.mark.filterwarnings("ignore")
def test_a_generated_and_adapted_lora_answers_alike(transformers, tmp_path):
    data = write_data(tmp_path / "tasks.zip")
    write_model(tmp_path / "model", "smollm2", sharded=True)
    sizes = {"rank": 2, "answer_tokens": 8, "shots": 2, "queries": 2, "test_examples": 3}
    experiment = LanguageExperiment(data=str(data), model=str(tmp_path / "model"), **sizes)
    family, config = experiment.family("full"), experiment.settings()["hypernet"]
    method = eqx.filter_jit(moved)(config.build(family, key=jax.random.key(0)).method)
    trained = Trained(config, family, method, {}, 0, 0, np.zeros(0))
    inputs, outputs = list(NEW["examples"]), list(NEW["examples"].values())
    model = trained.adapt(inputs, outputs, description=NEW["description"], steps=1)
    model.export(tmp_path / "lora")
    check_alike(tmp_path / "model", tmp_path / "lora", model.predict(NEW["asked"]))
