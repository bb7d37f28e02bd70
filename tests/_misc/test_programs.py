import sys

import jax
import jax.numpy as jnp
import pytest

from hypermaml._misc.programs import count_maps, free_programs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process's memory maps")


def compile_programs(count: int) -> None:
    for size in range(1, count + 1):
        jax.jit(lambda x: jnp.sin(x) @ x)(jnp.ones(size))


def test_compiled_programs_hold_maps_until_they_are_freed():
    free_programs(above=0)
    before = count_maps()
    compile_programs(20)
    grown = count_maps()
    assert grown > before + 40
    assert free_programs(above=0)
    assert count_maps() < grown - 20


def test_few_maps_are_left_alone():
    compiled = jax.jit(lambda x: x + 1)
    compiled(jnp.ones(3))
    assert not free_programs(above=count_maps() + 100)
    assert compiled._cache_size() == 1


def test_training_frees_the_programs_of_earlier_runs(monkeypatch):
    import hypermaml._misc.programs
    from hypermaml._core.train import train
    from hypermaml.families.sine import Sine
    from hypermaml.methods.maml import MAML

    compiled = jax.jit(lambda x: x + 1)
    compiled(jnp.ones(3))
    monkeypatch.setattr(hypermaml._misc.programs.free_programs, "__kwdefaults__", {"above": 0})
    family, key = Sine(), jax.random.key(0)
    chunks = train(MAML().build(family, key=key), family, iterations=1, meta_batch=2, chunk=1, key=key)
    assert int(next(chunks)[0].iteration) == 1
    assert compiled._cache_size() == 0
