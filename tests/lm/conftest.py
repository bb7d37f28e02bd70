import json

import jax
import numpy as np
import pytest

from hypermaml.lm.architecture import ATTENTION, Architecture
from hypermaml.lm.gguf_file import gguf_name
from hypermaml.lm.lora import draw_lora
from hypermaml.lm.weights import assemble

SENTENCES = ["the cat sat on the mat", "a dog isn't a cat", "12 cats and 345 dogs!", "translate: Hund -> dog\nchien"]


@pytest.fixture(scope="package")
def shape():
    return Architecture(
        vocabulary=300,
        width=16,
        layers=3,
        heads=4,
        kv_heads=2,
        head_size=4,
        hidden=24,
        context=64,
        epsilon=1e-5,
        rope_base=100.0,
    )


def drawn(shape, seed=0):
    """Tensors of an architecture by their names in Hugging Face's files, large enough that everything matters."""
    generator, tensors = np.random.default_rng(seed), {}

    def read(name, size):
        scale, shift = (0.3, 1.0) if name.endswith("norm.weight") else (0.3, 0.0)
        tensors[name] = (shift + scale * generator.standard_normal(size)).astype(np.float32)
        return tensors[name]

    return assemble(shape, read, dtype=jax.numpy.zeros(()).dtype), tensors


@pytest.fixture(scope="package")
def draw():
    return drawn


@pytest.fixture(scope="package")
def lay_out():
    return write_folder


@pytest.fixture(scope="package")
def fill():
    """Adapters of a structure that change something."""

    def filled(lora, scale=0.3):
        leaves, structure = jax.tree.flatten(lora)
        keys = jax.random.split(jax.random.key(9), len(leaves))
        noise = [scale * jax.random.normal(key, leaf.shape) for key, leaf in zip(keys, leaves, strict=True)]
        return structure.unflatten(noise)

    return filled


@pytest.fixture(scope="package")
def model(shape):
    return drawn(shape)


@pytest.fixture(scope="package")
def decoder(model):
    return model[0]


def config_of(shape, kind="llama"):
    config = {
        "model_type": kind,
        "vocab_size": shape.vocabulary,
        "hidden_size": shape.width,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "head_dim": shape.head_size,
        "intermediate_size": shape.hidden,
        "max_position_embeddings": shape.context,
        "rms_norm_eps": shape.epsilon,
        "rope_theta": shape.rope_base,
        "tie_word_embeddings": shape.tied,
        "hidden_act": "silu",
        "eos_token_id": 0,
    }
    return config | ({"attention_bias": True} if shape.biases == ATTENTION else {})


def write_folder(folder, shape, tensors, tokenizer, kind="llama"):
    from safetensors.numpy import save_file

    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config_of(shape, kind)))
    save_file(tensors, folder / "model.safetensors")
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture(scope="package")
def backend(shape):
    """A byte-level tokenizer with 298 tokens, split as SmolLM2's."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    digits, by_bytes = pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, by_bytes])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=shape.vocabulary,
        special_tokens=["<end>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES * 5, trainer)
    return tokenizer


@pytest.fixture
def folder(tmp_path, shape, model, backend):
    return write_folder(tmp_path / "model", shape, model[1], backend)


def permuted_rows(rows, heads):
    """As llama.cpp's converter has it: rows 0, size/2, 1, size/2 + 1, … of each head."""
    size = len(rows) // heads
    order = [head * size + place for head in range(heads) for i in range(size // 2) for place in (i, i + size // 2)]
    return rows[order]


def write_gguf(
    path,
    shape,
    tensors,
    backend,
    *,
    kind="llama",
    quantized=False,
    left_out=(),
    extra=None,
    split="smollm",
    more=lambda writer: None,
    renamed=None,
    control=(0,),
):
    from gguf import GGMLQuantizationType, GGUFWriter, quants

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
    tokens = [(renamed or {}).get(number, token) for number, token in enumerate(tokens)]
    writer.add_token_list(tokens)
    writer.add_token_types([3 if number in control else 1 for number in range(len(tokens))])
    merges = json.loads(backend.to_str())["model"]["merges"]
    known = set(tokens)
    merges = [" ".join(pair) for pair in merges if {*pair, "".join(pair)} <= known]
    writer.add_token_merges(merges)
    writer.add_eos_token_id(0)
    more(writer)
    for name, tensor in (tensors | (extra or {})).items():
        heads = {"q_proj": shape.heads, "k_proj": shape.kv_heads}.get(name.split(".")[-2])
        rows = permuted_rows(tensor, heads) if heads and kind == "llama" else tensor
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


@pytest.fixture(scope="package")
def permuted():
    return permuted_rows


@pytest.fixture(scope="package")
def write():
    return write_gguf


@pytest.fixture(scope="package")
def gguf(shape, model, backend):
    """Writes the model as a GGUF file: `gguf(path, **options of write_gguf)`."""
    return lambda path, **options: write_gguf(path, shape, model[1], backend, **options)


@pytest.fixture
def adapters(shape, fill):
    """LoRAs of rank 4 in the last two layers."""
    return fill(draw_lora(shape, layers=2, rank=4, key=jax.random.key(0)))
