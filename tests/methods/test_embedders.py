"""Each embedder before each way to use an embedding, by the one option."""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hypermaml as hm
from hypermaml._core.collect import collect
from hypermaml._core.meta_loss import meta_gradient
from hypermaml._core.task_info import Cloud, Curves, TaskInfo
from hypermaml.embed.combined import Dropped, Joined
from hypermaml.embed.curve import CurveEncoder
from hypermaml.embed.mode import Table, TrueMode
from hypermaml.embed.rollout import RolloutEncoder
from hypermaml.embed.set_encoder import Attention
from hypermaml.embed.shape import ShapeEncoder
from hypermaml.embed.simple import Uninformative
from hypermaml.embed.standardized import Standardized
from hypermaml.embed.task2vec import LogStandardized
from hypermaml.embed.text import Projected
from hypermaml.families.multimodal import Multimodal
from hypermaml.families.navigation import Navigation, Plane
from hypermaml.families.sine import Sine
from hypermaml.methods.conditioned import Conditioned
from hypermaml.methods.hypermaml import HyperMAML
from hypermaml.methods.hypermaml_algorithm_2 import HyperMAMLAlgorithm2
from hypermaml.methods.hypermaml_set import HyperMAMLSet
from hypermaml.methods.mmaml import MMAML

KEY = jax.random.key(0)
SIZES = {"width": 8, "size": 5}


class Drawn(Sine):
    """Each curve described by its course and by a cloud of points."""

    def task_info(self, task, *, key):
        x = jnp.linspace(-5, 5, 9)
        curve = Curves(task(x)[None], jnp.ones((1, 9)))
        cloud = Cloud(jnp.stack([x, task(x)], axis=1), jnp.ones(9))
        descriptor = {"full": (curve, cloud, task.amplitude[None]), "partial": curve, "noisy": cloud}[self.description]
        return TaskInfo(descriptor, jnp.stack([task.amplitude, task.phase]))


SINE = Sine(hidden=(4,), shots=3, queries=3)
WALK = Navigation(hidden=(4,), environment=Plane(horizon=5))
MODES = Multimodal(hidden=(4,), shots=3, queries=3, modes=3)
BUILT = {
    "description": (hm.Description(**SIZES), SINE, Standardized, 2),
    "support-set": (hm.SupportSet(**SIZES), SINE, Attention, 5),
    "together": (hm.Description() + hm.SupportSet(**SIZES), SINE, Joined, 7),
    "mode": (hm.Mode(), MODES, TrueMode, 3),
    "mode-table": (hm.ModeTable(size=5), MODES, Table, 5),
    "task2vec": (hm.Task2Vec(), SINE, LogStandardized, 4),
    "text": (hm.ProjectedText(size=5), SINE, Projected, 5),
    "curves": (hm.EncodedCurves(**SIZES), Drawn(description="partial", hidden=(4,)), CurveEncoder, 5),
    "points": (hm.EncodedPoints(**SIZES), Drawn(description="noisy", hidden=(4,)), ShapeEncoder, 5),
    "trajectories": (hm.Trajectories(**SIZES), WALK, RolloutEncoder, 5),
}


SLICE = {(Conditioned, "together"), (MMAML, "mode"), (MMAML, "curves")}
TABLE = [
    pytest.param(
        *pair,
        id=f"{pair[0].__name__}-{pair[1]}",
        marks=() if pair[0] is HyperMAML or pair in SLICE else pytest.mark.product,
    )
    for pair in itertools.product((HyperMAML, Conditioned, MMAML), BUILT)
    if pair[1] != "trajectories"  # tests/embed/test_rollout.py
]


def test_each_configuration_of_an_embedder_is_built_here():
    assert set(BUILT) == {*hm.embed.EMBEDDERS, "together"}
    for name, (config, family, kind, size) in BUILT.items():
        assert config.name == name
        embedder, found = config.build(family, key=KEY)
        assert (type(embedder), found) == (kind, size)


@pytest.mark.parametrize(("method", "embedder"), TABLE)
def test_an_embedder_gives_each_method_a_vector_of_its_size(method, embedder):
    config, family, kind, size = BUILT[embedder]
    own = {"generator": hm.Dense(width=4)} if method is HyperMAML else {}
    system = method(embedder=config, **own).build(family, key=KEY)
    assert isinstance(system.method.embed, kind)
    tasks = family.sample(2, split="meta-train", key=KEY)
    support = family.batches(None, tasks, size=3, key=KEY)
    task_info = eqx.tree_at(
        lambda e: e.support, family.task_infos(tasks, key=KEY), support, is_leaf=lambda node: node is None
    )

    @jax.jit
    def losses(task_info, support):
        embedding = jax.vmap(system.method.embed)(task_info)
        return embedding, jax.vmap(family.inner_loss)(jax.vmap(system.method.init)(embedding), support)

    embedding, loss = losses(task_info, support)
    assert embedding.shape == (2, size)
    assert np.isfinite(loss).all()


def test_several_descriptors_are_embedded_side_by_side_and_trained():
    family = Drawn(hidden=(4,), shots=3, queries=3)
    system = HyperMAML(embedder=hm.Description(**SIZES), generator=hm.Dense(width=4)).build(family, key=KEY)
    assert [type(part) for part in system.method.embed.parts] == [CurveEncoder, ShapeEncoder, Standardized]
    method = eqx.tree_at(
        lambda m: m.init.change.weight, system.method, jax.tree.map(jnp.ones_like, system.method.init.change.weight)
    )
    tasks = family.sample(4, split="meta-train", key=KEY)
    data = eqx.filter_jit(collect)(method, system.objective, family, tasks, key=KEY)
    gradient, metrics = eqx.filter_jit(meta_gradient)(method, system.objective, family, data)
    assert np.isfinite(metrics.loss)
    assert all(np.any(leaf) for leaf in jax.tree.leaves(gradient.embed))


def test_hypermaml_set_is_hypermaml_with_that_embedder():
    small = hm.SupportSet(**SIZES)
    one, other = (
        s.build(SINE, key=KEY).method for s in (HyperMAMLSet(embedder=small), HyperMAMLAlgorithm2(embedder=small))
    )
    assert eqx.tree_equal(one, other)
    assert HyperMAMLSet().embedder == hm.SupportSet()


def test_what_reads_the_description():
    other = (hm.SupportSet(), hm.Mode(), hm.ModeTable(), hm.Trajectories(), hm.Task2Vec())
    assert not any(HyperMAML(embedder=embedder).reads_description for embedder in other)
    assert all(
        HyperMAML(embedder=hm.embed.EMBEDDERS[name]()).reads_description for name in ("curves", "points", "text")
    )
    assert HyperMAMLSet(embedder=hm.Description() + hm.SupportSet()).reads_description
    assert HyperMAML().reads_description
    assert not HyperMAMLSet().reads_description


def test_joined_embedders_need_what_their_parts_need_and_join_again():
    both = hm.Description() + hm.SupportSet()
    assert (both.needs_fixed_support, both.needs_trajectories) == (True, False)
    assert (both + hm.Trajectories()).parts == (hm.Description(), hm.SupportSet(), hm.Trajectories())
    assert (both + hm.Trajectories()).needs_trajectories
    with pytest.raises(ValueError, match="but they must be embedders, at least one"):
        hm.embed.Together(("description",))


def test_dropout_stands_around_the_embedder():
    embed = HyperMAML(embedding_dropout=0.3).build(SINE, key=KEY).method.embed
    assert isinstance(embed, Dropped)
    assert isinstance(embed.inner, Standardized)
    none = Sine(description="none", hidden=(4,))
    assert isinstance(HyperMAML().build(none, key=KEY).method.embed, Uninformative)


@pytest.mark.parametrize(
    ("embedder", "family", "sentence"),
    [
        (hm.EncodedCurves(), SINE, "embedder is EncodedCurves, but Sine does not describe its tasks by curves"),
        (hm.EncodedPoints(), SINE, "embedder is EncodedPoints, but Sine does not describe its tasks by points"),
        (hm.ProjectedText(), Drawn(description="partial"), "Drawn does not describe its tasks by one vector"),
        (hm.ModeTable(), SINE, "the method reads which kind of task it meets, and Sine has no kinds"),
        (hm.SupportSet(), Navigation(), "the method reads a support set, and Navigation has none"),
    ],
)
def test_what_a_family_does_not_have_is_refused(embedder, family, sentence):
    with pytest.raises(ValueError, match=sentence):
        HyperMAML(embedder=embedder).build(family, key=KEY)
