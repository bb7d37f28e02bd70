"""Untrained methods with small networks."""

import pytest
from pupils import about, rows
from untrained import untrained

import hypermaml as hm


@pytest.fixture(scope="session")
def sines():
    return untrained(hm.families.Sine(hidden=(8,), shots=4), "maml", "hypermaml")


@pytest.fixture(scope="session")
def goals():
    plane = hm.families.Plane(horizon=6)
    return untrained(hm.families.Navigation(hidden=(8,), shots=3, environment=plane), "hypermaml")


@pytest.fixture(scope="session")
def table():
    described = about(kind=["a", "b"] * 5, built=[f"20{year}-03-01" for year in range(10, 20)], open=[True, False] * 5)
    family = hm.TableFamily(rows(each=8), task="task", target="y", descriptions=described, shots=2, hidden=(8,))
    return untrained(family, "hypermaml")
