import json
from dataclasses import replace

import jax.numpy as jnp
import pytest

from hypermaml.lm import extra
from hypermaml.lm.model import load_model
from hypermaml.lm.tokenizer import tokenizer_from_file


def test_a_folder_is_a_model_with_its_tokenizer(folder):
    model = load_model(folder)
    assert model.decoder.architecture.layers == 3
    assert model.tokenizer.end == 0
    tokens = model.tokenizer.encode("the cat")
    assert model.tokenizer.decode(tokens) == "the cat"
    assert model.decoder(jnp.asarray(tokens)).shape == (len(tokens), 300)


def test_tokens_that_a_model_wants_before_every_text(folder, backend):
    from tokenizers import processors

    held = json.loads(backend.to_str())
    path = folder / "tokenizer.json"
    path.write_text(json.dumps(held))
    assert tokenizer_from_file(path).begin == []
    template = processors.TemplateProcessing(single="<end> $A", special_tokens=[("<end>", 0)])
    other = type(backend).from_file(str(path))
    other.post_processor = template
    other.enable_truncation(2)
    other.enable_padding(length=9)
    other.save(str(path))
    tokenizer = tokenizer_from_file(path)
    assert tokenizer.begin == [0]
    assert tokenizer.encode("the cat sat") == backend.encode("the cat sat").ids


def test_a_text_longer_than_the_context_is_refused(folder):
    model = load_model(folder)
    model.check_fit([1] * 64, "here")
    with pytest.raises(
        ValueError, match=r"^tasks/qa.json: the input of instance 3 has 65 tokens, but model reads at most 64"
    ):
        model.check_fit([1] * 65, "tasks/qa.json: the input of instance 3")


def test_the_tokenizer_of_another_model_is_refused(folder):
    tokenizer = load_model(folder).tokenizer
    for vocabulary in (297, 400):
        with pytest.raises(
            ValueError, match=rf"tokenizer.json has 298 tokens, but the model's embedding has {vocabulary}"
        ):
            tokenizer.check_fit(vocabulary)
    tokenizer.check_fit(310)
    with pytest.raises(ValueError, match=r"tokenizer.json has no token 777, with which the model ends a text"):
        replace(tokenizer, end=777).check_fit(300)


def test_what_is_no_model_is_refused(folder, tmp_path):
    with pytest.raises(ValueError, match=r"nowhere is neither a folder nor a .gguf file"):
        load_model(tmp_path / "nowhere")
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(ValueError, match=r"tokenizer.json is damaged or no tokenizer"):
        load_model(folder)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ValueError, match=r"tokenizer.json does not exist"):
        load_model(folder)
    config = json.loads((folder / "config.json").read_text()) | {"eos_token_id": "</s>"}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match=r"config.json: eos_token_id is </s>, but it must be a token's number"):
        load_model(folder)


@pytest.mark.parametrize("package", ["tokenizers", "safetensors", "gguf"])
def test_a_missing_extra_is_one_line(folder, monkeypatch, package):
    monkeypatch.setattr(extra, "find_spec", lambda name: None if name == package else name)
    path = folder if package != "gguf" else folder / "model.gguf"
    sentence = rf"^reading .* needs {package}, which is not installed: pip install .*\[language\]'$"
    with pytest.raises(ModuleNotFoundError, match=sentence):
        load_model(path)
