from dataclasses import replace

import equinox as eqx
import pytest

from hypermaml.lm.architecture import ATTENTION, Scaling
from hypermaml.lm.model import LanguageModel, load_model
from hypermaml.lm.write import config_of, write_model


@pytest.mark.parametrize(
    "changes",
    [{}, {"biases": ATTENTION[:3], "tied": True}, {"qk_norm": True, "biases": ATTENTION}],
    ids=["llama", "qwen2", "qwen3"],
)
def test_what_is_written_is_read(folder, tmp_path, shape, draw, changes):
    model = load_model(folder)
    decoder = draw(replace(shape, **changes))[0]
    write_model(tmp_path / "new", LanguageModel(decoder.split_for(1), model.tokenizer, folder))
    again = load_model(tmp_path / "new")
    assert eqx.tree_equal(again.decoder, decoder)
    assert again.tokenizer.end == 0
    assert again.tokenizer.encode("the cat") == model.tokenizer.encode("the cat")


@pytest.mark.parametrize("changes", [{"biases": ("o_proj",)}, {"scaling": Scaling(2.0)}])
def test_what_no_kind_of_model_has_is_refused(shape, changes):
    with pytest.raises(ValueError, match="cannot be written"):
        config_of(replace(shape, **changes))


def test_frequencies_that_config_cannot_tell_are_refused(folder, tmp_path, shape, draw):
    stretched = eqx.tree_at(lambda decoder: decoder.frequencies, draw(shape)[0], replace_fn=lambda turns: turns / 2)
    with pytest.raises(ValueError, match="rotary frequencies are stretched"):
        write_model(tmp_path / "new", LanguageModel(stretched, load_model(folder).tokenizer, folder))
    assert not (tmp_path / "new").exists()
