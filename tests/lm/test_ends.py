"""The tokens that begin and end a text."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tokenizers import AddedToken, processors

from hypermaml.lm.adapted import Adapted
from hypermaml.lm.answers import pack
from hypermaml.lm.complete import complete
from hypermaml.lm.gguf_file import GGUF
from hypermaml.lm.gguf_tokenizer import tokenizer_from_gguf
from hypermaml.lm.model import load_model
from hypermaml.lm.tokenizer import of_the_package, tokenizer_from_file
from hypermaml.lm.write import write_model


def change(path, **values):
    path.write_text(json.dumps(json.loads(path.read_text() if path.exists() else "{}") | values))


@pytest.fixture
def two(folder, backend):
    """A model with a second special token, 298, and with the template that is asked for."""

    def laid_out(template):
        own = type(backend).from_str(backend.to_str())
        own.add_special_tokens([AddedToken("<begin>", special=True)])
        parts = [("<begin>", 298), ("<end>", 0)]
        if template:
            own.post_processor = processors.TemplateProcessing(single=template, special_tokens=parts)
        own.save(str(folder / "tokenizer.json"))
        return folder

    return laid_out


@pytest.mark.parametrize(
    ("template", "begin"),
    [
        (None, []),
        ("$A", []),
        ("<begin> $A", [298]),
        ("<begin> $A <end>", [298]),
        ("$A <end>", []),
        ("<end> <begin> $A <end> <end>", [0, 298]),
    ],
)
def test_what_a_template_puts_after_a_text_does_not_begin_one(two, template, begin):
    tokenizer = load_model(two(template)).tokenizer
    assert tokenizer.begin == begin
    assert tokenizer.encode("the cat") == tokenizer.backend.encode("the cat", add_special_tokens=False).ids


def test_a_template_without_the_text(two):
    with pytest.raises(
        ValueError, match=r"tokenizer.json has a template \(post_processor\) that does not hold each text"
    ):
        _ = tokenizer_from_file(two("<begin>") / "tokenizer.json").begin


@pytest.mark.parametrize(
    ("config", "generation", "ends"),
    [
        (0, None, (0,)),
        ([7, 0], None, (7, 0)),
        (7, [7, 0], (7, 0)),
        (None, [9], (9,)),
        (None, None, ()),
    ],
)
def test_all_tokens_that_end_a_text(folder, tmp_path, config, generation, ends):
    change(folder / "config.json", eos_token_id=config)
    if generation is not None:
        change(folder / "generation_config.json", eos_token_id=generation)
    model = load_model(folder)
    assert model.tokenizer.ends == ends
    assert model.tokenizer.end == (ends[0] if ends else None)
    write_model(tmp_path / "again", model)
    assert load_model(tmp_path / "again").tokenizer.ends == ends


@pytest.mark.parametrize("value", [-1, True, 1.5, "0", [0, "x"], [[0]], {"a": 1}, 298])
def test_what_is_no_token(folder, value):
    change(folder / "config.json", eos_token_id=value)
    with pytest.raises(ValueError, match=r"eos_token_id is .*, but it must be a token's number|has no token 298, with"):
        load_model(folder)


def test_an_answer_ends_with_any_of_them(folder):
    change(folder / "config.json", eos_token_id=[0, 7])
    model = load_model(folder)
    prompt, answer = model.tokenizer.encode("the cat"), model.tokenizer.encode(" sat")
    states = model.decoder.above(model.decoder.below(jnp.asarray([*prompt, *answer])))
    tensors = load_file(folder / "model.safetensors")
    for place, token in ((len(prompt) - 1, answer[0]), (-1, 7)):  # the answer, and then the second end, are likeliest
        state = np.asarray(states[place])
        tensors["lm_head.weight"][token] = 200 * state / (state @ state)
    if len(answer) > 1:
        pytest.skip("the answer has several tokens")
    save_file(tensors, folder / "model.safetensors")
    model = load_model(folder)
    assert complete(model, "the cat", longest=6) == " sat"
    batch = pack([(prompt, [*answer, model.tokenizer.end])], length=16, longest=4)
    for ends, right in ((model.tokenizer.ends, 1.0), ((), 0.0)):
        adapted = Adapted(model.decoder, layers=1, ends=ends)
        found, _ = adapted.answered(adapted.learner(key=jax.random.key(0)), batch)
        assert found.tolist() == [right]


@pytest.mark.parametrize(
    ("split", "fields", "begin"),
    [
        ("llama-bpe", {}, [5]),
        ("llama-bpe", {"add_bos_token": False}, []),
        ("smollm", {}, []),
        ("qwen2", {"add_bos_token": True}, [5]),
        ("gpt-2", {}, []),
    ],
)
def test_a_gguf_file_begins_texts_as_llama_cpp_does(tmp_path, gguf, split, fields, begin):
    def more(writer):
        writer.add_bos_token_id(5)
        for name, value in fields.items():
            writer.add_bool(f"tokenizer.ggml.{name}", value)

    tokenizer = tokenizer_from_gguf(GGUF(gguf(tmp_path / "model.gguf", split=split, more=more)))
    assert tokenizer.begin == begin


def test_the_tokens_that_end_a_text_in_a_gguf_file(tmp_path, gguf):
    def more(writer):
        writer.add_uint32("tokenizer.ggml.eot_token_id", 9)

    assert tokenizer_from_gguf(GGUF(gguf(tmp_path / "model.gguf", more=more))).ends == (0, 9)
    renamed = {40: "<|im_end|>", 41: "<|endoftext|>"}
    named = GGUF(gguf(tmp_path / "named.gguf", renamed=renamed, control=(0, 40)))
    assert tokenizer_from_gguf(named).ends == (0, 40)  # 41 is not a control token


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (lambda w: w.add_bos_token_id(999), "tokenizer.ggml.bos_token_id is 999, but it must be the number of one of"),
        (lambda w: w.add_string("tokenizer.ggml.eot_token_id", "x"), "eot_token_id is x, but it must be the number of"),
        (lambda w: w.add_string("tokenizer.ggml.add_bos_token", "no"), "add_bos_token is no, but it must be true or"),
        (
            lambda w: w.add_bool("tokenizer.ggml.add_bos_token", True),
            "the field tokenizer.ggml.bos_token_id is",
        ),
    ],
)
def test_fields_of_a_gguf_tokenizer_that_cannot_be(tmp_path, gguf, more, sentence):
    with pytest.raises(ValueError, match=sentence):
        tokenizer_from_gguf(GGUF(gguf(tmp_path / "model.gguf", more=more)))


def test_a_panic_of_the_package_is_one_sentence_and_an_interrupt_is_not(tmp_path):
    class PanicException(BaseException):
        """As those of packages in Rust, which are not of `Exception`."""

    with pytest.raises(ValueError, match=r"tokenizer.json cannot encode a text: index out of bounds$"):  # noqa: SIM117
        with of_the_package(tmp_path / "tokenizer.json", "cannot encode a text"):
            raise PanicException("index out\nof bounds")
    with pytest.raises(KeyboardInterrupt), of_the_package(tmp_path, "cannot encode a text"):
        raise KeyboardInterrupt


def test_a_tokenizer_that_panics_when_it_is_used_writes_one_sentence_and_no_trace(two, capfd):
    path = two(None) / "tokenizer.json"
    held = json.loads(path.read_text())
    held["normalizer"] = {"type": "Precompiled", "precompiled_charsmap": "AAAA"}
    path.write_text(json.dumps(held))
    with pytest.raises(ValueError, match=r"tokenizer.json is damaged or no tokenizer: .") as caught:
        load_model(path.parent)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


def test_a_first_token_that_the_model_does_not_embed(two):
    path = two("<begin> $A") / "tokenizer.json"
    held = json.loads(path.read_text())
    held["post_processor"]["special_tokens"]["<begin>"]["ids"] = [9999]
    path.write_text(json.dumps(held))
    with pytest.raises(
        ValueError, match=r"tokenizer.json puts the token 9999 before each text, which the model does not"
    ):
        load_model(path.parent)
