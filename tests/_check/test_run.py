"""No false alarm on the shipped families, and what a check returns."""

import numpy as np
import pytest

import hypermaml as hm
from hypermaml.data.power.synthetic import synthetic

RNG = np.random.default_rng(0)


def ragged():
    lengths = RNG.integers(6, 10, 40)
    x = [RNG.normal(size=(n, 2)) for n in lengths]
    names = [np.where(each[:, 0] > RNG.normal(), "high", "low") for each in x]
    return hm.ArrayFamily(x, names, descriptions=RNG.normal(size=(40, 2)), shots=3, hidden=(6,))


def recorded():
    x = RNG.normal(size=(40, 8, 1))
    slope = RNG.normal(size=(40, 1))
    return hm.ArrayFamily(x, slope[:, None] * x, descriptions=slope, shots=3, hidden=(6,))


def cheetah():
    pytest.importorskip("mujoco")
    track = hm.families.Track(hm.families.HalfCheetah(), "velocity", horizon=6)
    return hm.families.Locomotion(environment=track, shots=2, queries=2, hidden=(4,))


FAMILIES = {
    "sine": lambda: hm.families.Sine(hidden=(6,)),
    "noisy sine": lambda: hm.families.Sine(hidden=(6,), description="noisy"),
    "multimodal": lambda: hm.families.Multimodal(hidden=(6,)),
    "numbers": recorded,
    "classes of tasks of different lengths": ragged,
    "navigation": lambda: hm.families.Navigation(shots=2, queries=2, hidden=(4,)),
    "power forecasts": lambda: hm.families.PowerForecast(synthetic(140), hidden=(6,), shots=2, queries=2),
    "halfcheetah": cheetah,
}


QUICK = ("sine", "numbers")  # the others take a minute: `pytest -m product`


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.product) for name in FAMILIES]
)
def test_there_is_no_false_alarm(name):
    results = hm.check(FAMILIES[name]())
    assert results.ok
    assert not results.warnings, str(results)
    assert str(results).splitlines()[-1] == results.verdict


def test_a_method_is_checked_beside_maml():
    shown = []
    results = hm.check(hm.families.Sine(hidden=(6,)), hm.HyperMAML(), report=shown.append)
    assert tuple(shown) == results.findings
    assert [
        finding.sentence.split(" agrees")[0] for finding in results.findings if finding.name == "meta-gradient"
    ] == [
        "the meta-gradient of MAML",
        "the meta-gradient of HyperMAML",
    ]
    assert results.verdict == "Sine with HyperMAML: no fault found."


def test_a_method_that_does_not_fit_is_one_fault():
    results = hm.check(hm.families.Navigation(shots=2, queries=2, hidden=(4,)), hm.MMAML())
    (fault,) = results.errors
    assert fault.name == "method"
    assert "MMAML needs one support set for each task, but Navigation draws new trajectories" in fault.sentence
    assert results.verdict == "Navigation with MMAML: 1 fault."


def test_what_is_not_a_family_is_refused():
    with pytest.raises(ValueError, match="the family is 3, but it must be a family of tasks"):
        hm.check(3)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="seed is -1"):
        hm.check(hm.families.Sine(), seed=-1)
