"""The meta-gradient beside that of the PyTorch peers which `benchmarks/sine.py` times."""

import importlib.util
import warnings
from pathlib import Path

import jax.numpy as jnp
import jax.random
import numpy as np
import pytest

from hypermaml._core.collect import Data
from hypermaml._core.meta_loss import meta_gradient
from hypermaml._core.task_info import TaskInfo
from hypermaml.families.regression import Examples
from hypermaml.families.sine import Sine
from hypermaml.methods.maml import MAML

PEERS = Path(__file__).parents[1] / "benchmarks/peers/torch_maml.py"
TASKS = 3

pytestmark = [pytest.mark.oracle, pytest.mark.usefixtures("float64")]


def layers(network):
    """Weights and biases, in the order of PyTorch's parameters."""
    return [np.asarray(array) for layer in network.layers for array in (layer.weight, layer.bias)]


@pytest.mark.parametrize("peer", ["torch_func", "higher"])
def test_the_meta_gradient_is_that_of_the_peer(peer):
    import torch

    spec = importlib.util.spec_from_file_location("torch_maml", PEERS)
    torch_maml = importlib.util.module_from_spec(spec)
    with warnings.catch_warnings():  # Python has some for the sources of `higher` when it first compiles them
        warnings.simplefilter("ignore")
        spec.loader.exec_module(torch_maml)

    family, rng = Sine(hidden=(40, 40)), np.random.default_rng(0)
    system = MAML(inner_lr=torch_maml.INNER_LR).build(family, key=jax.random.key(0))
    x, y = rng.uniform(-5, 5, (TASKS, 2 * torch_maml.SHOTS, 1)), rng.normal(size=(TASKS, 2 * torch_maml.SHOTS, 1))
    support, query = (Examples(x[:, half, 0], y[:, half, 0]) for half in np.split(np.arange(x.shape[1]), 2))
    data = Data(TaskInfo(jnp.zeros((TASKS, 2)), jnp.zeros((TASKS, 2)), support=support), None, (query,))
    ours = meta_gradient(system.method, system.objective, family, data)[0].init.learner

    model = torch_maml._model().double()
    with torch.no_grad():
        for parameter, array in zip(model.parameters(), layers(system.method.init.learner), strict=True):
            parameter.copy_(torch.tensor(array))
    tensors = torch.tensor(x), torch.tensor(y)
    if peer == "higher":
        torch_maml.higher_meta_gradient(model)(*tensors)
        theirs = [parameter.grad for parameter in model.parameters()]
    else:
        parameters = {name: parameter.detach() for name, parameter in model.named_parameters()}
        theirs = list(torch_maml.func_meta_gradient(model)(parameters, *tensors).values())
    for mine, other in zip(layers(ours), theirs, strict=True):
        np.testing.assert_allclose(mine, other.numpy(), rtol=1e-9, atol=1e-12)
