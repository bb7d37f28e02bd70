"""Folders of models as users have them, written by transformers, and what peft makes of a LoRA there."""

from pathlib import Path

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from hypermaml.data.language.archive import write_tasks
from hypermaml.data.language.task import Instance, LanguageTask
from hypermaml.lm.model import load_model
from hypermaml.lm.peft import read_adapter
from hypermaml.lm.trained_tokenizer import train_tokenizer

SIZES = {"hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 3, "max_position_embeddings": 128}
SCALED = {"rope_type": "llama3", "rope_theta": 100.0, "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
KINDS = {
    "llama": ("Llama", {"rope_parameters": SCALED | {"original_max_position_embeddings": 32}}, 4, 2, "float32"),
    "qwen2": ("Qwen2", {"tie_word_embeddings": True}, 4, 2, "float32"),
    "qwen3": ("Qwen3", {"head_dim": 8}, 4, 2, "float16"),
    "smollm2": ("Llama", {"tie_word_embeddings": True, "rope_theta": 100_000.0}, 3, 1, "bfloat16"),
}
SPLITS = ("meta-train", "meta-train", "meta-validation", "meta-test")
NEW = {"description": "Say it twice.", "examples": {"a": "a a", "b": "b b"}, "asked": ["c", "horse"]}


def write_data(path: Path) -> Path:
    """Write a few tasks."""
    words = [f"{letter}{number}" for letter in "abc" for number in range(4)]
    tasks = [
        LanguageTask(f"t{n}", "copy", (f"Do {n}.",), tuple(Instance(f"{n} {w}", (w,)) for w in words), split=split)
        for n, split in enumerate(SPLITS)
    ]
    write_tasks(path, tasks)
    return path


def write_model(folder: Path, kind: str, *, sharded: bool) -> None:
    """Write a folder as a user has it: model, settings and tokenizer of transformers."""
    import torch
    import transformers

    name, values, heads, groups, numbers = KINDS[kind]
    backend = train_tokenizer(["Input: a horse\nOutput: Say it twice. Do 0."] * 3, 300)
    end = backend.id_to_token(0)
    transformers.PreTrainedTokenizerFast(tokenizer_object=backend, eos_token=end).save_pretrained(folder)
    sizes = SIZES | {
        "num_attention_heads": heads,
        "num_key_value_heads": groups,
        "vocab_size": backend.get_vocab_size(),
    }
    torch.manual_seed(0)
    config = getattr(transformers, f"{name}Config")(**sizes, **values, initializer_range=0.3, eos_token_id=0)
    model = getattr(transformers, f"{name}ForCausalLM")(config).to(getattr(torch, numbers))
    model.save_pretrained(folder, max_shard_size="15KB" if sharded else "1GB")
    assert (folder / "model.safetensors.index.json").exists() == sharded


def check_alike(folder: Path, lora: Path, answers: list[str]) -> None:
    """Compare logits and greedy answers with those of transformers and peft."""
    import torch
    import transformers
    from peft import PeftModel

    base = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    tokens = tokenizer("Input: horse\nOutput: Do", return_tensors="pt")
    with torch.no_grad():
        plain = base(**tokens).logits[0].numpy()
        adapted = PeftModel.from_pretrained(base, str(lora)).eval()
        expected = adapted(**tokens).logits[0].numpy()
    model = load_model(folder)
    own = read_adapter(lora, model.decoder.architecture)
    ours = eqx.filter_jit(model.decoder.split_for(own.layers))(jnp.asarray(tokens["input_ids"][0].numpy()), own)
    np.testing.assert_allclose(ours, expected, atol=2e-3)
    assert np.abs(expected - plain).max() > 0.05
    for asked, answer in zip(NEW["asked"], answers, strict=True):
        prompt = tokenizer(f"Input: {asked}\nOutput:", return_tensors="pt")
        said = adapted.generate(**prompt, max_new_tokens=8, do_sample=False, pad_token_id=0)[0]
        assert tokenizer.decode(said[prompt["input_ids"].shape[1] :], skip_special_tokens=True).strip() == answer
