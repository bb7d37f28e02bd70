import json
import math
from collections.abc import Callable
from functools import partial  # noqa: F401, a name that a file may not use

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pandas  # noqa: F401, a module that a file may not use
import pytest

from hypermaml._misc.encoding import decode, encode
from hypermaml.nn.mlp import MLP


def there_and_back(value, known=()):
    arrays = []
    text = json.dumps(encode(value, arrays))
    return decode(json.loads(text), arrays, dict(known))


@pytest.mark.parametrize(
    "value",
    [None, True, 3, "text", 0.1, math.inf, (1, (2.0,)), [1, "a"], frozenset({2, 1}), {"a": (1,), 3: None}, {}],
)
def test_plain_values_come_back(value):
    again = there_and_back(value)
    assert again == value
    assert type(again) is type(value)


def test_what_is_not_a_number_comes_back():
    assert math.isnan(there_and_back(math.nan))


def test_arrays_come_back_with_their_types():
    value = (jnp.arange(3), np.ones(2, np.float64), jnp.asarray(True))
    again = there_and_back(value)
    assert [type(each) for each in again] == [type(value[0]), np.ndarray, type(value[0])]
    assert [each.dtype for each in again] == [each.dtype for each in value]


def test_a_module_comes_back_with_its_functions():
    network = MLP((1, 4, 1), activation=jnp.tanh, key=jax.random.key(0))
    again = there_and_back(network)
    assert again.activation is jnp.tanh
    np.testing.assert_array_equal(again(jnp.ones(1)), network(jnp.ones(1)))
    foreign = eqx.nn.MLP(1, 1, 4, 1, key=jax.random.key(0))
    np.testing.assert_array_equal(there_and_back(foreign)(jnp.ones(1)), foreign(jnp.ones(1)))


def test_what_no_other_program_can_import_is_named():
    with pytest.raises(ValueError, match=r"value\.f is .*<lambda>.*define it at the top of a module"):
        encode({"a": lambda x: x}["a"], [], "value.f")
    with pytest.raises(ValueError, match="is a random key, which is not saved"):
        encode(jax.random.key(0), [])
    with pytest.raises(ValueError, match="which cannot be saved"):
        encode(object(), [])


def test_a_name_of_a_module_that_is_not_imported_can_be_given(tmp_path, monkeypatch):
    saved = {"name": "no_such_module:act"}
    with pytest.raises(ValueError, match="it needs act of no_such_module, which is not imported: import it"):
        decode(saved, [], {})
    assert decode(saved, [], {"no_such_module:act": jnp.tanh}) is jnp.tanh
    (tmp_path / "own_module_of_a_test.py").write_text("raise RuntimeError('executed')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match="is not imported: import it"):
        decode({"name": "own_module_of_a_test:act"}, [], {})


@pytest.mark.parametrize(
    "name", ["os:system", "builtins:exec", "hypermaml._misc.atomic:os.replace", "jax._src.config:os.system"]
)
def test_nothing_of_the_standard_library_is_reached(name):
    for saved in ({"name": name}, {"named": name, "parts": ["x"]}, {"object": name, "fields": {}}):
        with pytest.raises(ValueError, match=r"it needs|there is no"):
            decode(saved, [], {})


@pytest.mark.parametrize(
    "name",
    [
        *("numpy:save", "numpy:os", "numpy:os.system", "numpy:load", "pandas:read_pickle", "jax.numpy:save"),
        *("jax.numpy:load", "jax:jit", "jax.nn:jnp.load", "equinox:Partial", "equinox:tree_deserialise_leaves"),
        *("optax:adam", "equinox.nn:make_with_state", "subprocess:run", "subprocess:Popen", "jax.nn:initializers"),
        *("hypermaml:apply", "hypermaml.cli.program:main", "hypermaml.__main__:main", f"{__name__}:np.save"),
        *(f"{__name__}:np", f"{__name__}:own.__globals__", f"{__name__}:pytest.main", f"{__name__}:partial"),
    ],
)
def test_a_file_may_not_name_functions_of_installed_packages(name):
    for saved in ({"name": name}, {"named": name, "parts": ["x"]}, {"object": name, "fields": {}}):
        with pytest.raises(ValueError, match=r"it needs|there is no"):
            decode(saved, [], {})


def test_the_sentence_names_the_thing_and_the_remedy():
    with pytest.raises(ValueError, match=r"it needs save of numpy, which a file .*: .* give it as known={'num"):
        decode({"name": "numpy:save"}, [], {})
    assert decode({"name": "numpy:tanh"}, [], {"numpy:tanh": np.tanh}) is np.tanh


def own(x):
    return 2 * x


class Own(eqx.Module):
    scale: jax.Array
    activation: Callable

    class Inner(eqx.Module):
        shift: float

    def __call__(self, x):
        return self.activation(self.scale * x)


def test_own_classes_and_functions_come_back():
    again = there_and_back((Own(jnp.ones(2), own), Own.Inner(2.0), optax.l2_loss, jax.nn.gelu))
    assert (type(again[0]), again[0].activation) == (Own, own)
    assert again[1] == Own.Inner(2.0)
    assert again[2:] == (optax.l2_loss, jax.nn.gelu)


def test_no_constructor_is_called():
    with pytest.raises(ValueError, match="is not a tuple with names"):
        decode({"named": "hypermaml.nn.mlp:MLP", "parts": [[1, 1]]}, [], {})
    with pytest.raises(ValueError, match="is not a class of data"):
        decode({"object": "jax.numpy:tanh", "fields": {}}, [], {})


def test_fields_of_another_version_are_named():
    arrays = []
    saved = json.loads(json.dumps(encode(MLP((1, 1), key=jax.random.key(0)), arrays)))
    with pytest.raises(ValueError, match="its MLP has 'extra', unlike that of the version here"):
        decode(saved | {"fields": saved["fields"] | {"extra": 1}}, arrays, {})
    del saved["fields"]["layers"]
    with pytest.raises(ValueError, match="its MLP lacks 'layers'"):
        decode(saved, arrays, {})


@pytest.mark.parametrize(
    "value",
    [
        np.asarray(["a", "bc"]),
        np.asarray(["2024-01-02", "NaT"], "datetime64[s]"),
        jnp.asarray([1.5, 2.0], jnp.bfloat16),
        np.float32(3.0),
        np.arange(6).reshape(2, 3).T,
    ],
)
def test_every_kind_of_array_comes_back(value):
    again = there_and_back(value)
    assert again.dtype == value.dtype
    np.testing.assert_array_equal(again, value)


def test_wide_numbers_need_the_same_setting():
    saved = {"array": 0, "dtype": "float64", "jax": True}
    with pytest.raises(ValueError, match="it holds float64: set jax_enable_x64 as it was"):
        decode(saved, [np.ones(2)], {})
