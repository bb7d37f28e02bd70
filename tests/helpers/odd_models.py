"""What the tests of hostile models share: odd JSON values, a small model on disk, and the check of its weights."""

import json

import jax.numpy as jnp
import numpy as np
from hypothesis import strategies as st

from hypermaml.lm.architecture import Architecture
from hypermaml.lm.model import LanguageModel
from hypermaml.lm.tokenizer import Tokenizer
from hypermaml.lm.trained_tokenizer import train_tokenizer
from hypermaml.lm.weights import draw_decoder
from hypermaml.lm.write import tensors_of, write_model

WEIGHTS = "model.safetensors"
KINDS = ("pipe", "folder", "lost", "round", "device", "empty", "zeros", "absent")
TEXTS = ["the cat", "Hund -> chien\n", "½ 日本 </s>", "\u2028\x00"]

odd = st.sampled_from(["", "\ud800", "</s>", "a\nb", "é", "true", "a"])
numbers = st.one_of(
    st.integers(-3, 70),
    st.sampled_from([2**31, 2**32 - 1, 2**63, 10**12, 10**30, -(10**400), 0.5, 1e300, 1e-300, -0.0]),
    st.floats(),
)
leaves = st.one_of(st.none(), st.booleans(), numbers, odd, st.text(max_size=4))
values = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(odd, inner, max_size=2)),
    max_leaves=4,
)


def places(value, before=()):
    """Yield the path of each part of a JSON value."""
    yield before
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in list(inner)[:40]:
        yield from places(part, (*before, name))


def replaced(value, path, new):
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


def small_model(place):
    """Write a small model into a folder, and return what its files hold."""
    tokenizer = Tokenizer(train_tokenizer(["the cat and the dog"] * 3, 270), place, 0)
    shape = Architecture(
        vocabulary=tokenizer.size,
        width=8,
        layers=2,
        heads=2,
        kv_heads=1,
        head_size=4,
        hidden=12,
        context=32,
        epsilon=1e-5,
        rope_base=100.0,
    )
    write_model(place, LanguageModel(draw_decoder(shape, dtype=jnp.float32), tokenizer, place))
    return {file.name: file.read_bytes() for file in place.iterdir()}


def check_same(model, held):
    """Compare all weights with the bytes of the file, read by hand."""
    size = int.from_bytes(held[:8], "little")
    head, data = json.loads(held[8 : 8 + size]), held[8 + size :]
    kinds = {"F32": np.float32, "F64": np.float64, "F16": np.float16}
    for name, tensor in tensors_of(model.decoder):
        entry = head[name]
        first, end = entry["data_offsets"]
        own = np.frombuffer(data[first:end], kinds[entry["dtype"]]).reshape(entry["shape"])
        np.testing.assert_array_equal(np.asarray(tensor), own.astype(np.float32))
