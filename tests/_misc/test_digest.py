import subprocess
import sys
import types
from dataclasses import dataclass
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml._misc.digest import digest


@dataclass(frozen=True)
class Part:
    width: int = 3
    how: object = None


class Module(eqx.Module):
    weight: jax.Array
    name: str = eqx.field(static=True, default="a")


def scaled(factor):
    return lambda x: factor * x


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, "1"),
        ([1, 2], [2, 1]),
        ({"a": 1}, {"a": 2}),
        (np.zeros(3), np.zeros(4)),
        (np.zeros(3), np.zeros(3, np.float32)),
        (Part(), Part(width=4)),
        (Part(how=lambda x: x + 1), Part(how=lambda x: x + 2)),
        (scaled(1.0), scaled(2.0)),
        (Module(jnp.zeros(2)), Module(jnp.ones(2))),
        (Module(jnp.zeros(2)), Module(jnp.zeros(2), "b")),
        (jax.random.key(0), jax.random.key(1)),
        (float, int),
        (partial(pow, 2), partial(pow, 3)),
        (range(3), range(4)),
    ],
)
def test_different_values_have_different_digests(one, other):
    assert digest(one) != digest(other)
    assert digest(one) == digest(one)


def test_equal_values_have_equal_digests():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest(Module(jnp.zeros(2))) == digest(Module(jnp.zeros(2)))
    assert digest(scaled(2.0)) == digest(scaled(2.0))
    assert digest((1, 2)) == digest([1, 2])


def test_the_digest_is_the_same_in_another_process():
    program = "from hypermaml._misc.digest import digest; print(digest([{'b', 'a'}, {'x': 1.5}, None, b'x']))"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == digest([{"b", "a"}, {"x": 1.5}, None, b"x"])


def test_the_code_of_a_foreign_class_counts():
    def made(value):
        namespace = {"measure": eval(f"lambda self: {value}"), "__module__": "my_tasks", "__qualname__": "Mine"}
        return type("Mine", (), namespace)()

    assert digest(made(1)) == digest(made(1))
    assert digest(made(1)) != digest(made(2))


FILE = """
SCALE = 2.0
TABLE = {"shift": 1.0}

def shifted(x, by=1):
    return x + TABLE["shift"] if x > 0 else helper(x)

class Wave:
    def at(self, x):
        return shifted(x)

def helper(x):
    return SCALE * Wave().at(x)

class Tasks:
    def examples(self, x):
        return [helper(each) for each in x]
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [("SCALE = 2.0", "SCALE = 3.0"), ('"shift": 1.0', '"shift": 2.0'), ("x + TABLE", "x - TABLE"), ("by=1", "by=2")],
)
def test_the_constants_and_helpers_of_a_users_file_count(old, new):
    def made(text):
        module = types.ModuleType("my_tasks")
        exec(text, vars(module))
        return module.Tasks()

    assert digest(made(FILE)) == digest(made(FILE))
    assert digest(made(FILE)) != digest(made(FILE.replace(old, new)))
    assert digest(made(FILE)) == digest(made(FILE + "\ndef unused():\n    pass\n"))


def test_an_object_that_holds_itself_ends():
    class Loop:
        pass

    loop = Loop()
    loop.own = loop
    assert digest(loop)
