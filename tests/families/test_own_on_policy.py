"""A user's own on-policy family: an environment with reset and step, and a family that samples tasks."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml._core.evaluate import evaluate
from hypermaml._core.reinforcement import AbstractReinforcementFamily
from hypermaml._core.train import start, train
from hypermaml.methods.maml import MAML
from hypermaml.rl.rollout import AbstractEnvironment

KEY = jax.random.key(0)


class Line(AbstractEnvironment):
    horizon: int = 5
    observation_size: int = 1
    action_size: int = 1

    def reset(self, task, *, key):
        return jnp.zeros(1)

    def step(self, state, action, task):
        state = state + 0.1 * action
        return state, -jnp.sum((state - task) ** 2), False


class Walk(AbstractReinforcementFamily):
    environment: Line = Line()

    def sample(self, n, *, split, key):
        return jax.random.uniform(self.split_key(split, key), (n, 1), minval=-1.0, maxval=1.0)


def test_maml_trains_and_adapts_on_it():
    family = Walk(shots=4, queries=4, hidden=(8,))
    system = MAML(inner_lr=0.1).build(family, key=KEY)
    before, chunks = start(system).method, list(train(system, family, iterations=2, meta_batch=2, chunk=1, key=KEY))
    assert all(np.isfinite(metrics.loss).all() for _, metrics in chunks)
    state = chunks[-1][0]
    moved = jax.tree.map(lambda a, b: bool((a != b).any()), jax.tree.leaves(before), jax.tree.leaves(state.method))
    assert any(moved)
    scores = evaluate(state.method, family, family.sample(3, split="meta-test", key=KEY), steps=1, key=KEY).scores
    assert {name: values.shape for name, values in scores.items()} == {"return": (3, 2), "return|policy=mean": (3, 2)}
    assert family.picture is None


def test_its_tasks_have_no_description_and_are_the_parameters():
    task = Walk().sample(2, split="meta-train", key=KEY)[0]
    info = Walk().task_info(task, key=KEY)
    assert info.description.shape == (0,)
    np.testing.assert_array_equal(info.parameters, task)


def test_defaults_are_the_base_s_and_are_checked():
    assert (Walk().shots, Walk().discount, Walk().hidden, Walk().observation_size) == (20, 0.99, (100, 100), 1)
    with pytest.raises(ValueError, match=r"Walk: gae_lambda is 2.0, but it must be in \[0, 1\]"):
        Walk(gae_lambda=2.0)
    with pytest.raises(ValueError, match="Walk: shots is 0, but it must be at least 1"):
        Walk(shots=0)
