"""A LoRA for a task of one's own on a model that transformers wrote: peft loads it there, and it answers alike."""

import json

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from untrained import moved

from hypermaml.apply.trained import Trained
from hypermaml.data.language.archive import write_tasks
from hypermaml.data.language.task import Instance, LanguageTask
from hypermaml.experiments.language import LanguageExperiment
from hypermaml.lm.model import load_model
from hypermaml.lm.peft import read_adapter
from hypermaml.lm.trained_tokenizer import train_tokenizer

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]
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


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    words = [f"{letter}{number}" for letter in "abcd" for number in range(10)]
    tasks = [
        LanguageTask(f"t{n}", "copy", (f"Do {n}.",), tuple(Instance(f"{n} {w}", (w,)) for w in words[:12]), split=split)
        for n, split in enumerate(SPLITS)
    ]
    path = tmp_path_factory.mktemp("data") / "tasks.zip"
    write_tasks(path, tasks)
    return path


def write(folder, kind, *, sharded):
    """Writes a folder as a user has it: model, settings and tokenizer of transformers."""
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


def check_alike(folder, lora, answers):
    """Compares logits and greedy answers with those of transformers and peft."""
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


def test_a_generated_and_adapted_lora_answers_alike(data, tmp_path):
    write(tmp_path / "model", "smollm2", sharded=True)
    sizes = {"rank": 2, "answer_tokens": 8, "shots": 2, "queries": 2, "test_examples": 3}
    experiment = LanguageExperiment(data=str(data), model=str(tmp_path / "model"), **sizes)
    family, config = experiment.family("full"), experiment.settings()["hypernet"]
    method = moved(config.build(family, key=jax.random.key(0)).method)
    trained = Trained(config, family, method, {}, 0, 0, np.zeros(0))
    inputs, outputs = list(NEW["examples"]), list(NEW["examples"].values())
    model = trained.adapt(inputs, outputs, description=NEW["description"], steps=1)
    model.export(tmp_path / "lora")
    check_alike(tmp_path / "model", tmp_path / "lora", model.predict(NEW["asked"]))


@pytest.mark.product
@pytest.mark.parametrize("sharded", [False, True], ids=["whole", "sharded"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_run_on_the_model_of_a_user(data, hypermaml, sizes, tmp_path, kind, sharded):
    write(tmp_path / "model", kind, sharded=sharded)
    outcome = hypermaml(
        *("train", "language", "hypermaml", "--data", data, "--model", tmp_path / "model", "--answer-tokens", "8"),
        *("--shots", "2", "--queries", "2", "--test-examples", "3", "--rank", "2", "--generator.width", "8"),
        *(*sizes, "--outer-lr", "0.05", "--out", tmp_path / "run"),
    )
    assert outcome.status == 0, outcome.errors
    support = [{"input": asked, "output": answer} for asked, answer in NEW["examples"].items()]
    lines = [{"name": f"t{n}", "description": NEW["description"], "support": support[:n]} for n in (1, 2)]
    (tmp_path / "tasks.jsonl").write_text("\n".join(map(json.dumps, lines)))
    call = ("adapt", tmp_path / "run", "--tasks", tmp_path / "tasks.jsonl", "--out", tmp_path / "loras")
    answers = []
    for asked in NEW["asked"]:
        outcome = hypermaml(*call, "--ask", asked, "--overwrite")
        assert outcome.status == 0, outcome.errors
        answers.append(outcome.output.splitlines()[2].partition("answer: ")[2])
    check_alike(tmp_path / "model", tmp_path / "loras" / "t2", answers)
