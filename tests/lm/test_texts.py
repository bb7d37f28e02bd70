import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from hypermaml.lm.bert import read_bert
from hypermaml.lm.model import load_model
from hypermaml.lm.texts import GivenVectors, HiddenStates, SentenceVectors

WIDTH, HIDDEN, LAYERS, HEADS = 8, 12, 2, 2


@pytest.fixture
def minilm(tmp_path, backend):
    """A tiny folder in the layout of all-MiniLM-L6-v2, and its tensors."""
    generator, tensors = np.random.default_rng(0), {}

    def add(name, *size):
        tensors[name] = generator.standard_normal(size).astype(np.float32)

    for name, rows in {"word": 300, "position": 40, "token_type": 2}.items():
        add(f"embeddings.{name}_embeddings.weight", rows, WIDTH)
    for name in (
        "embeddings.LayerNorm",
        *(f"encoder.layer.{i}.{n}" for i in range(LAYERS) for n in ("attention.output.LayerNorm", "output.LayerNorm")),
    ):
        add(f"{name}.weight", WIDTH)
        add(f"{name}.bias", WIDTH)
    for layer in range(LAYERS):
        dense = {f"attention.self.{n}": (WIDTH, WIDTH) for n in ("query", "key", "value")}
        dense |= {
            "attention.output.dense": (WIDTH, WIDTH),
            "intermediate.dense": (HIDDEN, WIDTH),
            "output.dense": (WIDTH, HIDDEN),
        }
        for name, size in dense.items():
            add(f"encoder.layer.{layer}.{name}.weight", *size)
            add(f"encoder.layer.{layer}.{name}.bias", size[0])
    config = {
        "model_type": "bert",
        "vocab_size": 300,
        "hidden_size": WIDTH,
        "intermediate_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "max_position_embeddings": 40,
        "type_vocab_size": 2,
        "layer_norm_eps": 1e-12,
    }
    folder = tmp_path / "minilm"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    save_file(tensors, folder / "model.safetensors")
    backend.save(str(folder / "tokenizer.json"))
    return folder, tensors


def by_hand(t, tokens):
    """The encoder number by number."""
    from math import erf

    def norm(x, name):
        return (x - x.mean()) / np.sqrt(x.var() + 1e-12) * t[f"{name}.weight"] + t[f"{name}.bias"]

    def dense(name, x):
        return t[f"{name}.weight"] @ x + t[f"{name}.bias"]

    word, place, kind = (t[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type"))
    xs = [norm(word[token] + place[i] + kind[0], "embeddings.LayerNorm") for i, token in enumerate(tokens)]
    for layer in range(LAYERS):
        l, size = f"encoder.layer.{layer}", WIDTH // HEADS  # noqa: E741
        q, k, v = ([dense(f"{l}.attention.self.{n}", x) for x in xs] for n in ("query", "key", "value"))
        new = []
        for i, x in enumerate(xs):
            seen = []
            for part in (slice(h * size, (h + 1) * size) for h in range(HEADS)):
                p = np.exp([q[i][part] @ each[part] / np.sqrt(size) for each in k])
                seen.append(sum(w * each[part] for w, each in zip(p / p.sum(), v, strict=True)))
            x = norm(x + dense(f"{l}.attention.output.dense", np.concatenate(seen)), f"{l}.attention.output.LayerNorm")
            up = dense(f"{l}.intermediate.dense", x)
            up = np.asarray([u * (1 + erf(u / 2**0.5)) / 2 for u in up])
            new.append(norm(x + dense(f"{l}.output.dense", up), f"{l}.output.LayerNorm"))
        xs = new
    mean = np.mean(xs, axis=0)
    return mean / np.linalg.norm(mean)


def test_sentence_vectors_are_those_computed_by_hand(minilm, backend):
    folder, tensors = minilm
    texts = ["the cat sat", "dogs"]
    vectors = SentenceVectors(str(folder))(texts)
    for text, vector in zip(texts, vectors, strict=True):
        np.testing.assert_allclose(vector, by_hand(tensors, backend.encode(text).ids), atol=1e-5)


def test_long_texts_are_cut_at_the_last_place(minilm):
    embed = SentenceVectors(str(minilm[0]))
    long = embed(["cat " * 60, "cat " * 70])
    np.testing.assert_allclose(long[0], long[1], atol=1e-6)


def test_an_encoder_of_another_kind_is_refused(minilm):
    path = minilm[0] / "config.json"
    held = json.loads(path.read_text())
    for changes, sentence in (
        ({"model_type": "llama"}, "config.json: model_type is llama, but it must be bert"),
        ({"num_hidden_layers": None}, "config.json: num_hidden_layers is missing"),
        ({"hidden_size": 10}, r"safetensors: .* has the shape \(8, 8\), but config.json asks for \(10, 10\)"),
        ({"vocab_size": 200}, "has the shape"),
    ):
        path.write_text(json.dumps(held | changes))
        with pytest.raises(ValueError, match=sentence):
            read_bert(minilm[0])


def test_the_mean_hidden_state_does_not_see_the_padding(folder):
    model = load_model(folder)
    vectors = HiddenStates(model)(["the cat sat", "a dog isn't a cat" * 2])
    states = model.decoder.above(model.decoder.below(np.asarray(model.tokenizer.encode("the cat sat"))))
    np.testing.assert_allclose(vectors[0], states.mean(axis=0), rtol=1e-4, atol=1e-5)
    assert np.abs(vectors[0] - vectors[1]).max() > 0.1
    with pytest.raises(ValueError, match=r"the text 'cat cat .* tokens, but model reads at most 64"):
        HiddenStates(model)(["cat " * 100])
    with pytest.raises(ValueError, match="a text to embed is empty"):
        HiddenStates(model)([""])


def test_given_vectors(tmp_path):
    path = tmp_path / "vectors.json"
    with pytest.raises(
        ValueError, match=r"vectors.json does not exist, but it must be an embedding: model, minilm, or a JSON file"
    ):
        GivenVectors.read(path)
    path.write_text(json.dumps({"one": [1, 2], "two": [3.5, -1]}))
    np.testing.assert_array_equal(GivenVectors.read(path)(["two", "one"]), [[3.5, -1], [1, 2]])
    with pytest.raises(ValueError, match=r"vectors.json has no vector for the text 'three': its fields are the defin"):
        GivenVectors.read(path)(["one", "three"])
    for wrong in ([1], ["a", "b"], [[1, 2]], [1, float("inf")], [], "text"):
        path.write_text(json.dumps({"one": [1, 2], "two": wrong}))
        with pytest.raises(ValueError, match=r"vectors.json: the vector of 'two' must be a list of 2 finite numbers"):
            GivenVectors.read(path)
