"""Training on several devices: forced ones of the CPU, in a process of its own, against one device; in float64."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jax
import pytest

import hypermaml as hm
from hypermaml._core.execution import computed, device_count, divided_axis, varied

PROGRAM = Path(__file__).parents[1] / "helpers/on_devices.py"


def compared(*args: object) -> dict:
    """How far the results on eight devices are from those on one, relative to the largest."""
    command = [sys.executable, str(PROGRAM), *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def check(found: dict) -> None:
    assert found["devices"] == [8]
    assert all(far < 1e-5 for far in found["far"].values()), found


def test_a_meta_batch_that_the_devices_do_not_divide():
    check(compared("sine", "maml", 2, 5))


LARGE = 100_000  # of the generator of sine, one array has more entries: 100 × 40 × 40


@pytest.mark.parametrize("iterations", [3, pytest.param(50, marks=pytest.mark.product)])
def test_large_arrays_are_divided(iterations):
    found = compared("sine", "hypermaml", iterations, 16, "adam", LARGE)
    check(found)
    assert found["shares"] == [[160_000, *[1 / 8] * 8]] * 3  # φ and the two moments of Adam


def test_an_array_lies_along_its_longest_axis_that_the_devices_divide():
    with varied(large=64):
        for shape, axis in {(8, 8): 0, (9, 8): 1, (8, 4, 16): 2, (9, 9): None, (7, 8): None, (64,): 0}.items():
            assert divided_axis(shape, 8) == axis


@pytest.mark.product
@pytest.mark.parametrize("meta_batch", [16, 20])
@pytest.mark.parametrize(
    ("family", "method"),
    [("sine", "maml"), ("sine", "hypermaml"), ("sine", "reptile"), ("navigation", "hypermaml")],
)
def test_fifty_iterations(family, method, meta_batch):
    check(compared(family, method, 50, meta_batch))


@pytest.mark.product
@pytest.mark.parametrize(("iterations", "outer"), [(50, "adam"), (10, "trpo")])
def test_iterations_of_a_simulator(iterations, outer):
    check(compared("halfcheetah-velocity", "maml", iterations, 10, outer))


@pytest.mark.product
def test_what_is_trained_on_eight_devices_is_used_on_one():
    program = """
import jax, numpy as np, hypermaml as hm
family = hm.families.Sine(hidden=(4,), shots=3, queries=3)
one, several = (hm.train(hm.MAML(), family, iterations=4, meta_batch=5, devices=n) for n in (1, "all"))
assert {len(leaf.devices()) for leaf in jax.tree.leaves(several.method) if isinstance(leaf, jax.Array)} == {1}
assert len(jax.devices()) == 8
x = np.linspace(-3, 3, 3)[:, None]
np.testing.assert_allclose(*(t.adapt(x, np.sin(x)).predict(x) for t in (one, several)), rtol=1e-4)
np.testing.assert_allclose(one.losses, several.losses, rtol=1e-5)
"""
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=8"
    subprocess.run([sys.executable, "-c", program], env=os.environ | {"XLA_FLAGS": flags}, check=True)


def test_more_devices_than_there_are():
    message = f"devices is 999, but JAX has {len(jax.devices())} device"
    with pytest.raises(ValueError, match=message), computed(devices=999):
        pass
    with pytest.raises(ValueError, match=message):
        hm.train(hm.MAML(), hm.families.Sine(), iterations=1, devices=999)


@pytest.mark.parametrize("devices", [0, 1.5, "two"])
def test_devices_are_counted(devices):
    with pytest.raises(ValueError, match="but it must be"), computed(devices=devices):
        pass


def test_one_device_is_the_ordinary_case():
    with computed(devices=1):
        assert device_count() == 1
