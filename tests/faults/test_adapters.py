"""Adapters that nobody means: each ends in one sentence, or is what its files hold."""

import json

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from odd_files import as_json, change, damaged
from odd_models import values
from outcomes import examples, outcome

from hypermaml.lm.lora import draw_lora
from hypermaml.lm.model import load_model
from hypermaml.lm.peft import read_adapter, write_adapter

pytestmark = pytest.mark.faults


def test_an_adapter(tally, whole, lay_out, tmp_path_factory):
    shape = load_model(lay_out()).decoder.architecture
    place = tmp_path_factory.mktemp("adapter")
    lora = draw_lora(shape, layers=1, rank=2, key=jax.random.key(0))
    write_adapter(place, lora, shape)
    config = json.loads((place / "adapter_config.json").read_text())
    weights = (place / "adapter_model.safetensors").read_bytes()
    extra = ["use_dora", "use_rslora", "modules_to_save", "rank_pattern", "alpha_pattern", "lora_bias", "next_year"]

    fields = st.dictionaries(st.sampled_from([*config, *extra]), values, max_size=2)

    @examples(400)
    @given(fields, st.lists(change, max_size=1), st.booleans())
    def one(changed, changes, right_weights):
        (place / "adapter_config.json").write_bytes(as_json(config | changed))
        (place / "adapter_model.safetensors").write_bytes(weights if right_weights else damaged(weights, changes))
        found, how = outcome(lambda: read_adapter(place, shape))
        if found is not None and right_weights:
            for name, factors in found.factors.items():
                np.testing.assert_array_equal(factors.a, lora.factors[name].a)
            rank = (config | changed)["r"]
            scale = (config | changed)["lora_alpha"] / (rank**0.5 if changed.get("use_rslora") else rank)
            assert found.scale == pytest.approx(scale)
        tally("adapter of peft", how)

    one()
