import builtins

import equinox as eqx
import jax
import numpy as np
import onnxruntime
import pytest
from jax import export
from safetensors.numpy import load_file

import hypermaml as hm
from hypermaml.apply import export as exporting

RNG = np.random.default_rng(0)
X = RNG.normal(size=(10, 6, 2)).astype(np.float32)
Y = X[..., :1] * RNG.normal(size=(10, 1, 1))


class Own(eqx.Module):
    trunk: eqx.nn.MLP
    shift: float = 0.5

    def __init__(self, key):
        self.trunk = eqx.nn.MLP(2, 2, 3, 1, activation=jax.nn.tanh, key=key)

    def __call__(self, x):
        return self.trunk(x) + self.shift


def model_of(family, *few) -> hm.FittedModel:
    return hm.train(hm.MAML(), family, iterations=1, meta_batch=2, steps=1).adapt(*few)


@pytest.fixture(scope="module")
def numbers() -> hm.FittedModel:
    return model_of(hm.ArrayFamily(X, Y, shots=3, hidden=(4, 4)), X[0], Y[0])


@pytest.fixture(scope="module")
def classes() -> hm.FittedModel:
    labels = np.where(Y[..., 0] > 0, "up", "down")
    return model_of(hm.ArrayFamily(X, labels, shots=3, model=Own), X[0], labels[0])


@pytest.fixture(scope="module")
def policy() -> hm.FittedModel:
    family = hm.families.Navigation(environment=hm.families.Plane(horizon=3), shots=2, queries=2, hidden=(4,))
    return model_of(family, [0.1, 0.2])


@pytest.mark.parametrize("kind", ["numbers", "classes", "policy"])
@pytest.mark.parametrize("form", ["onnx", "stablehlo"])
def test_a_program_predicts_as_the_model(kind, form, request, tmp_path):
    model, path = request.getfixturevalue(kind), tmp_path / f"model.{form}"
    model.export(path)
    for x in (X[0], X[1, :1]):
        if form == "onnx":
            session = onnxruntime.InferenceSession(path)
            (found,) = session.run(["prediction"], {"x": x})
        else:
            found = np.asarray(export.deserialize(bytearray(path.read_bytes())).call(x))
        if kind == "classes":
            found = np.asarray(model.family.class_values)[found]
            np.testing.assert_array_equal(found, model.predict(x))
        else:
            np.testing.assert_allclose(found, model.predict(x), atol=1e-5)


def test_a_program_runs_on_every_platform(numbers, tmp_path):
    numbers.export(tmp_path / "m.stablehlo")
    found = export.deserialize(bytearray((tmp_path / "m.stablehlo").read_bytes()))
    assert set(found.platforms) == {"cpu", "cuda", "tpu"}


def test_arrays_have_the_names_and_the_layout_of_torch(numbers, classes, policy, tmp_path):
    path = tmp_path / "m.safetensors"
    numbers.export(path)
    shapes = {name: array.shape for name, array in load_file(path).items()}
    assert shapes == {
        **{"0.weight": (4, 2), "0.bias": (4,), "2.weight": (4, 4), "2.bias": (4,)},
        **{"4.weight": (1, 4), "4.bias": (1,)},
    }
    x, arrays = X[0], load_file(path)
    for name in ("0", "2", "4"):
        x = x @ arrays[f"{name}.weight"].T + arrays[f"{name}.bias"]
        x = x if name == "4" else np.maximum(x, 0)
    np.testing.assert_allclose(x, numbers.predict(X[0]), atol=1e-5)
    classes.export(path)
    assert set(load_file(path)) == {f"trunk.layers.{layer}.{part}" for layer in (0, 1) for part in ("weight", "bias")}
    policy.export(path)
    assert {"log_std", "network.layers.0.weight"} < set(load_file(path))


def test_the_own_format_is_that_of_save(numbers, tmp_path):
    numbers.export(tmp_path / "a.hypermaml")
    numbers.save(tmp_path / "b")
    assert (tmp_path / "a.hypermaml").read_bytes() == (tmp_path / "b").read_bytes()


def test_what_cannot_be_written_is_one_sentence_and_no_file(numbers, tmp_path, monkeypatch):
    with pytest.raises(
        ValueError, match=r"ends in '.pt', but a model is written as .onnx, .stablehlo, .safetensors, .hypermaml"
    ):
        numbers.export(tmp_path / "m.pt")
    with pytest.raises(ValueError, match="has no ending: a model is written as"):
        numbers.export(tmp_path / "m")
    unlike = hm.FittedModel(numbers.family, lambda x: builtins.complex(1) * x)
    with pytest.raises(ValueError, match=r"the model cannot be written as ONNX .*: .stablehlo takes every model"):
        unlike.export(tmp_path / "m.onnx")
    monkeypatch.setattr(exporting, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"writing .onnx needs jax2onnx.*pip install .*\[export\]'"):
        numbers.export(tmp_path / "m.onnx")
    assert not list(tmp_path.iterdir())


def test_a_file_that_predicts_otherwise_is_noticed(numbers, monkeypatch):
    data = exporting.as_onnx(numbers.family, numbers.learner)
    other = jax.tree.map(lambda leaf: leaf + 1, numbers.learner)
    assert not exporting.differs_in_onnx(numbers.family, numbers.learner, data, (2,))
    assert exporting.differs_in_onnx(numbers.family, other, data, (2,))
    monkeypatch.setattr(exporting, "differs_in_onnx", lambda *_: True)
    with pytest.raises(ValueError, match=r"the ONNX file predicts otherwise than the model: write .stablehlo"):
        exporting.as_onnx(numbers.family, numbers.learner)


def test_the_comparison_draws_inputs_in_the_units_of_the_user(numbers, monkeypatch):
    seen = []

    class Recorder:
        def __init__(self, *_, **__):
            pass

        def run(self, _, inputs):
            seen.append(inputs["x"])
            return [numbers.family.export_predict(numbers.learner, inputs["x"])]

    scales = np.asarray([1000.0, -5.0]), np.asarray([10.0, 0.1])
    monkeypatch.setattr(hm.ArrayFamily, "scales", scales, raising=False)
    monkeypatch.setattr(onnxruntime, "InferenceSession", Recorder)
    assert not exporting.differs_in_onnx(numbers.family, numbers.learner, b"", (2,))
    np.testing.assert_allclose(seen[-1].mean(axis=0), [1000, -5], atol=10)
    assert 5 < seen[-1][:, 0].std() < 15
