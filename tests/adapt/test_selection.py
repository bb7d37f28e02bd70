"""What of a learner adapts: functions of the user's become paths of leaves."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hypermaml as hm
from hypermaml._core.adapter import inner_loop
from hypermaml._core.trees import split_selected
from hypermaml.adapt.selection import Leaves, Within, leaves_of
from hypermaml.families.sine import Sine
from hypermaml.methods import METHODS
from hypermaml.nn.mlp import MLP
from hypermaml.nn.module import as_learner

FAMILY, KEY = Sine(hidden=(4, 3), shots=3, queries=3), jax.random.key(0)
HEAD = (".layers[2].weight", ".layers[2].bias")


def head(model):
    return model.head


class Own(eqx.Module):
    """A user's module, with a function and numbers among its leaves."""

    trunk: MLP
    head: eqx.nn.Linear
    activation: Callable
    order: int = 1
    counts: jax.Array = eqx.field(default_factory=lambda: jnp.arange(2))

    def __call__(self, x):
        return self.head(self.activation(self.trunk(x)))


def own():
    return as_learner(Own(MLP((1, 4), key=KEY), eqx.nn.Linear(4, 1, key=KEY), jnp.tanh))


def test_a_selection_becomes_the_paths_of_its_leaves():
    learner = MLP((1, 4, 3, 1), key=KEY)
    assert leaves_of(head, learner) == Leaves(HEAD)
    assert leaves_of(lambda model: (model.head.bias, model.layers[0]), learner) == Leaves(
        (".layers[0].weight", ".layers[0].bias", ".layers[2].bias")
    )
    adapted, _ = split_selected(learner, Leaves(HEAD))
    expected, _ = split_selected(learner, head)
    assert eqx.tree_equal(adapted, expected)
    assert hash(leaves_of(head, learner)) == hash(leaves_of(lambda model: model.layers[-1], learner))


def test_a_selection_sees_a_module_as_its_author_wrote_it():
    """Numbers among its leaves are not taken for others."""
    assert leaves_of(head, own()) == Leaves((".weights.head.weight", ".weights.head.bias"))
    assert leaves_of(lambda model: (model.order, model.counts, model.head.bias), own()) == Leaves(
        (".weights.head.bias",)
    )
    with pytest.raises(ValueError, match="selects nothing of the model, a Own, that can adapt"):
        leaves_of(lambda model: (model.order, model.counts), own())


@pytest.mark.parametrize(
    ("adapts", "sentence"),
    [
        (lambda model: model.tail, "adapts must select a part of the model, a MLP, but it fails: .* 'tail'"),
        (lambda model: (), "adapts selects nothing of the model, a MLP, that can adapt"),
        (lambda model: None, "adapts selects nothing of the model, a MLP, that can adapt"),
        (lambda model: jnp.zeros(3), "adapts selects nothing of the model, a MLP, that can adapt"),
    ],
    ids=["failing", "empty", "none", "foreign"],
)
def test_a_selection_that_fails_or_selects_nothing_is_one_sentence(adapts, sentence):
    for method in (hm.MAML(adapts=adapts), hm.Conditioned(adapts=adapts)):
        with pytest.raises(ValueError, match=sentence):
            method.build(FAMILY, key=KEY)


def test_what_is_no_function_is_refused():
    with pytest.raises(ValueError, match="adapts is 'head', but it must be a function that selects a part"):
        hm.MAML(adapts="head")


@pytest.mark.parametrize("name", [name for name, kind in METHODS.items() if kind.chooses_what_adapts])
def test_each_method_adapts_what_is_selected_and_nothing_else(name):
    """Of the learner of whatever wrapper the method has; the same with a context, with films or with a generator."""
    system = METHODS[name](adapts=head, inner_lr=0.1).build(FAMILY, key=KEY)
    task = FAMILY.sample(1, split="meta-train", key=KEY)
    support = FAMILY.batches(None, task, size=3, key=KEY)
    first = jax.tree.map(lambda leaf: leaf[0], (FAMILY.task_infos(task, key=KEY), support))
    info = eqx.tree_at(lambda each: each.support, first[0], first[1], is_leaf=lambda node: node is None)
    adapt = system.method.adapt
    state = system.method.start(info)
    after, _ = adapt.step(state, first[1], FAMILY.inner_loss)
    pairs = zip(jax.tree.leaves_with_path(adapt.learner(state)), jax.tree.leaves(adapt.learner(after)), strict=True)
    moved = {jax.tree_util.keystr(path) for (path, leaf), new in pairs if not np.array_equal(leaf, new)}
    assert {path.removeprefix(".network") for path in moved} == set(HEAD)


@pytest.mark.parametrize("name", [name for name, kind in METHODS.items() if not kind.chooses_what_adapts])
def test_a_method_that_decides_itself_refuses_another_selection(name):
    with pytest.raises(ValueError, match="itself decides what adapts: leave out adapts"):
        METHODS[name](adapts=head)


def test_anil_is_maml_that_adapts_the_head():
    anil, maml = hm.ANIL(inner_lr=0.1).build(FAMILY, key=KEY), hm.MAML(inner_lr=0.1, adapts=head).build(FAMILY, key=KEY)
    (task,) = (FAMILY.sample(1, split="meta-train", key=KEY),)
    batch = jax.tree.map(lambda leaf: leaf[0], FAMILY.batches(None, task, size=3, key=KEY))
    ends = []
    for system in (anil, maml):
        adapt, learner = system.method.adapt, system.method.init(jnp.zeros(0))
        state, _ = inner_loop(
            lambda state, batch, adapt=adapt: adapt.step(state, batch, FAMILY.inner_loss),
            adapt.init(learner),
            lambda index, state: batch,
            2,
        )
        ends.append(adapt.learner(state))
    assert eqx.tree_equal(*ends)


def test_within_selects_in_a_part():
    assert Within(lambda learner: learner["a"], lambda part: part[0])({"a": [1, 2], "b": 3}) == 1
