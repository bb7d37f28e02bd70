"""Adapted models in formats that other programs read."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import safetensors.numpy

from hypermaml._core.family import AbstractFamily
from hypermaml._misc.atomic import write_atomic
from hypermaml._misc.installation import install
from hypermaml.nn.mlp import MLP

PLATFORMS = ("cpu", "cuda", "tpu")
INPUT, OUTPUT, BATCH = "x", "prediction", "batch"
OWN = ".hypermaml"  # see `FittedModel.save`
CHECKED = 16  # inputs that an ONNX file is compared on


def as_onnx(family: AbstractFamily, learner: Any) -> bytes:
    """Return the model as ONNX, with any number of inputs along the first axis, checked in onnxruntime.

    Args:
        family: of the model.
        learner: the model.

    Raises:
        ModuleNotFoundError: the extra `export` is not installed.
        ValueError: the family has no inputs as arrays, a part of the model has no form in ONNX, or the file predicts
            otherwise.
    """
    shape = family.export_shape()
    for package in ("jax2onnx", "onnxruntime"):
        if find_spec(package) is None:
            raise ModuleNotFoundError(
                f"writing .onnx needs {package}, which is not installed: {install('export')}", name=package
            )
    from jax2onnx import to_onnx

    inputs = jax.ShapeDtypeStruct((BATCH, *shape), jnp.zeros(()).dtype)
    logger = logging.getLogger("onnx_ir")
    level = logger.level
    logger.setLevel(logging.ERROR)  # it warns of shapes that onnxruntime infers
    try:
        made = to_onnx(
            lambda x: family.export_predict(learner, x),
            [inputs],
            model_name="hypermaml",
            input_names=[INPUT],
            output_names=[OUTPUT],
            enable_double_precision=inputs.dtype == jnp.float64,
        )
        data = made.SerializeToString()  # pyright: ignore[reportAttributeAccessIssue]
        differs = differs_in_onnx(family, learner, data, shape)
    except Exception as error:  # the packages raise bare exceptions
        first = str(error).partition("\n")[0]
        raise ValueError(f"the model cannot be written as ONNX ({first}): .stablehlo takes every model") from error
    finally:
        logger.setLevel(level)
    if differs:
        raise ValueError("the ONNX file predicts otherwise than the model: write .stablehlo")
    return data


def differs_in_onnx(family: AbstractFamily, learner: Any, data: bytes, shape: tuple[int, ...]) -> bool:
    """Return whether onnxruntime predicts something else than the model."""
    import onnxruntime

    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    x = np.random.default_rng(0).normal(size=(CHECKED, *shape))
    if (scales := getattr(family, "scales", None)) is not None:  # inputs are in the units of the user
        x = scales[0] + scales[1] * x
    x = np.asarray(x, jnp.zeros(()).dtype)
    wanted = np.asarray(family.export_predict(learner, jnp.asarray(x)))
    scale = max(float(np.abs(wanted).max()), 1.0)
    for size in (1, CHECKED):
        found = np.asarray(session.run(None, {INPUT: x[:size]})[0])
        if found.shape != wanted[:size].shape or not np.allclose(found, wanted[:size], rtol=0, atol=1e-3 * scale):
            return True
    return False


def as_stablehlo(family: AbstractFamily, learner: Any) -> bytes:
    """Return the model as a program that JAX alone runs, with any number of inputs along the first axis.

    Args:
        family: of the model.
        learner: the model.

    Raises:
        ValueError: the family has no inputs as arrays.
    """
    from jax import export

    (batch,) = export.symbolic_shape(BATCH)
    inputs = jax.ShapeDtypeStruct((batch, *family.export_shape()), jnp.zeros(()).dtype)
    program = jax.jit(lambda x: family.export_predict(learner, x))
    return bytes(export.export(program, platforms=PLATFORMS)(inputs).serialize())


def as_safetensors(family: AbstractFamily, learner: Any) -> bytes:
    """Return the arrays of the model by name, with the names and the layout of torch.

    A multilayer perceptron has the names of a `torch.nn.Sequential` of linear layers and activations: `0.weight`,
    `0.bias`, `2.weight`. Of any other module, a name is the path of the array, such as `trunk.layers.0.weight`.

    Args:
        family: of the model.
        learner: the model.
    """
    return safetensors.numpy.save(named_arrays(family.export_module(learner)), metadata={"format": "pt"})


def named_arrays(module: Any) -> dict[str, np.ndarray]:
    """Return the arrays of a module by their names."""
    layers = module.layers if isinstance(module, MLP | eqx.nn.MLP) else None
    if layers is not None:
        found = {f"{2 * index}": layer for index, layer in enumerate(layers)}
        named = {f"{name}.{part}": getattr(layer, part) for name, layer in found.items() for part in ("weight", "bias")}
    else:
        leaves, _ = jax.tree_util.tree_flatten_with_path(module)
        named = {jax.tree_util.keystr(path, simple=True, separator="."): leaf for path, leaf in leaves}
    arrays = {name: np.asarray(leaf) for name, leaf in named.items() if eqx.is_array(leaf)}
    return {name: np.ascontiguousarray(array).reshape(array.shape) for name, array in arrays.items()}


FORMATS = {
    ".onnx": as_onnx,
    ".stablehlo": as_stablehlo,
    ".safetensors": as_safetensors,
}


def check_suffix(path: Path) -> None:
    """Check that the ending of a path is that of a format, or that there is none.

    Raises:
        ValueError: there is no such format.
    """
    if path.suffix and path.suffix.lower() not in (*FORMATS, OWN):
        known = ", ".join([*FORMATS, OWN])
        raise ValueError(
            f"{path} ends in '{path.suffix}', but a model is written as {known}, or a language model's LoRA as a folder"
        )


def export_model(family: AbstractFamily, learner: Any, path: Path) -> None:
    """Write a model as the ending of the path says, whole or not at all.

    Args:
        family: of the model.
        learner: the model.
        path: a file that ends in one of `FORMATS`; without an ending, a folder, for a family whose models are folders.

    Raises:
        ModuleNotFoundError: the extra `export` is not installed.
        ValueError: the ending is not known, or the model has no such form.
        OSError: the file cannot be written.
    """
    check_suffix(path)
    if not path.suffix:
        family.write_folder(learner, path)
    else:
        write_atomic(path, FORMATS[path.suffix.lower()](family, learner))
