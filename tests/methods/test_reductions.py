"""What one method becomes where a part of it vanishes, in float64."""

import itertools
from dataclasses import fields

import equinox as eqx
import jax
import numpy as np
import pytest

import hypermaml as hm
from hypermaml._core.collect import Data, collect
from hypermaml._core.meta_loss import meta_gradient
from hypermaml.adapt.unroll import Unroll
from hypermaml.families.navigation import Navigation, Plane
from hypermaml.families.sine import Sine
from hypermaml.init.shared import Blank
from hypermaml.methods.anil import ANIL
from hypermaml.methods.cavia import CAVIA
from hypermaml.methods.hypermaml import HyperMAML
from hypermaml.methods.hypermaml_algorithm_2 import HyperMAMLAlgorithm2
from hypermaml.methods.hypermaml_anil import HyperMAMLANIL
from hypermaml.methods.hypermaml_constant import HyperMAMLConstant
from hypermaml.methods.hypermaml_maml_plus_plus import HyperMAMLPlusPlus
from hypermaml.methods.hypermaml_meta_sgd import HyperMAMLMetaSGD
from hypermaml.methods.hypernet import Hypernet
from hypermaml.methods.maml import MAML
from hypermaml.methods.maml_plus_plus import MAMLPlusPlus
from hypermaml.methods.meta_sgd import MetaSGD
from hypermaml.methods.mmaml import MMAML
from hypermaml.methods.multi_maml import MultiMAML
from hypermaml.methods.pretrained import Pretrained

pytestmark = pytest.mark.usefixtures("float64")

FAMILIES = {
    "sine": Sine(hidden=(4, 4), shots=3, queries=4),
    "navigation": Navigation(hidden=(4, 4), shots=2, queries=2, environment=Plane(horizon=5)),
}
SMALL = {"generator": hm.Dense(width=6)}

gather = eqx.filter_jit(collect)
gradient_of = eqx.filter_jit(meta_gradient)


def build(settings, family):
    return settings.build(family, key=jax.random.key(0))


def identical(one, two):
    pairs = list(zip(jax.tree.leaves(one), jax.tree.leaves(two), strict=True))
    return bool(pairs) and all(np.array_equal(a, b) for a, b in pairs)


def close(one, two):
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(two), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


def named(settings):
    """The class, and what differs from its defaults."""
    changed = {each.name: getattr(settings, each.name) for each in fields(settings)}
    differing = [f"{each.name}={changed[each.name]}" for each in fields(settings) if changed[each.name] != each.default]
    return "-".join([type(settings).__name__, *differing])


HELD_BACK = HyperMAMLAlgorithm2(
    generator=hm.Dense(width=6, bound=0.5, gate=True, ensemble=2, centre=True), outer=hm.Adam(head_decay=0.1)
)
SMALLER = [HyperMAMLAlgorithm2(generator=generator) for generator in (hm.LowRank(width=6, rank=1), hm.Chunked(width=6))]
GENERATORS = [
    HyperMAML(**SMALL),
    HyperMAMLAlgorithm2(**SMALL),
    HyperMAMLConstant(**SMALL),
    Hypernet(**SMALL),
    *SMALLER,
    HELD_BACK,
]


@pytest.mark.parametrize("settings", GENERATORS, ids=named)
@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_an_untrained_generator_starts_every_task_from_mamls_weights(family, settings):
    generated, plain = build(settings, family), build(MAML(), family)
    tasks = family.sample(3, split="meta-test", key=jax.random.key(1))
    task_info = family.task_infos(tasks, key=jax.random.key(2))
    learners, expected = (jax.vmap(system.method.start)(task_info).learner for system in (generated, plain))
    assert identical(learners, expected)


@pytest.mark.parametrize(
    ("generated", "plain"),
    [
        (HyperMAMLAlgorithm2(**SMALL), MAML()),
        (Hypernet(**SMALL), Pretrained()),
        (HyperMAMLANIL(**SMALL), ANIL()),
        (HyperMAMLMetaSGD(**SMALL), MetaSGD()),
        (HyperMAMLPlusPlus(inner_steps=2, **SMALL), MAMLPlusPlus(inner_steps=2)),
        *((settings, MAML()) for settings in SMALLER),
        (HELD_BACK, MAML()),
    ],
    ids=named,
)
def test_an_untrained_generator_has_its_paradigms_loss_and_its_bias_that_gradient(generated, plain):
    family, key = FAMILIES["sine"], jax.random.key(3)
    generated, plain = build(generated, family), build(plain, family)
    tasks = family.sample(3, split="meta-train", key=key)
    data = gather(plain.method, plain.objective, family, tasks, key=key)
    assert identical(gather(generated.method, generated.objective, family, tasks, key=key), data)
    gradient, metrics = gradient_of(generated.method, generated.objective, family, data)
    expected, same = gradient_of(plain.method, plain.objective, family, data)
    close(metrics.loss, same.loss)
    close(gradient.init.bias, expected.init.learner)
    close(gradient.adapt, expected.adapt)
    assert any(np.any(leaf) for leaf in jax.tree.leaves(gradient.init.change.heads))


def test_an_untrained_hypermaml_is_maml_that_counts_each_step():
    family, key = FAMILIES["sine"], jax.random.key(3)
    generated, plain = build(HyperMAML(**SMALL), family), build(MAML(), family)
    data = gather(generated.method, generated.objective, family, family.sample(3, split="meta-train", key=key), key=key)
    gradient, metrics = gradient_of(generated.method, generated.objective, family, data)
    expected, same = gradient_of(plain.method, hm.at_each_step(1), family, data)
    close(metrics.losses, same.losses)
    close(gradient.init.bias, expected.init.learner)


def test_an_imperceptible_inner_rate_makes_maml_pretraining():
    family, key = FAMILIES["sine"], jax.random.key(3)
    maml, pretrained = build(MAML(inner_lr=1e-300), family), build(Pretrained(), family)
    data = gather(maml.method, maml.objective, family, family.sample(3, split="meta-train", key=key), key=key)
    without = Data(data.task_info, None, data.query)
    gradient, metrics = gradient_of(maml.method, maml.objective, family, data)
    expected, same = gradient_of(pretrained.method, pretrained.objective, family, without)
    close(metrics.loss, same.loss)
    close(gradient.init.learner, expected.init.learner)


LEARNERS = ("learner", "learners", "network")
MAML_AGAIN = {
    "meta_sgd": (MetaSGD(inner_steps=2), MAML(inner_steps=2)),
    "maml_plus_plus": (
        MAMLPlusPlus(inner_steps=2, multi_step_share=0.0, learned_rates=False, first_order_share=0.0, cosine=False),
        MAML(inner_steps=2),
    ),
    "anil": (ANIL(inner_steps=2), MAML(inner_steps=2)),
    "mmaml": (MMAML(inner_steps=2), MAML(inner_steps=2)),
    "multi_maml": (MultiMAML(inner_steps=2), MAML(inner_steps=2)),
}


@pytest.mark.parametrize(
    ("pair", "family"),
    [
        pytest.param(pair, family, id=f"{method}-{name}")
        for (method, pair), (name, family) in itertools.product(MAML_AGAIN.items(), FAMILIES.items())
        if not (family.on_policy and pair[0].needs_fixed_support)
    ],
)
def test_without_its_own_part_a_descendant_is_maml(pair, family):
    """Meta-SGD of one rate, ANIL that selects all, MAML++ without remedies, MMAML that modulates nothing, one mode."""
    key = jax.random.key(3)
    descendant, maml = (build(settings, family) for settings in pair)
    if isinstance(pair[0], ANIL):
        descendant = eqx.tree_at(lambda s: s.method.adapt, descendant, Unroll(descendant.method.adapt.rule))
    tasks = family.sample(3, split="meta-train", key=key)
    data = gather(maml.method, maml.objective, family, tasks, key=key)
    gradient, metrics = gradient_of(descendant.method, descendant.objective, family, data)
    expected, same = gradient_of(maml.method, maml.objective, family, data)
    close(metrics.loss, same.loss)
    (of_learner,) = (leaves for name, leaves in vars(gradient.init).items() if name in LEARNERS)
    of_learner = jax.tree.map(lambda leaf: leaf[0], of_learner) if isinstance(pair[0], MultiMAML) else of_learner
    close(of_learner, expected.init.learner)


def test_an_empty_context_makes_cavia_pretraining():
    family, key = FAMILIES["sine"], jax.random.key(3)
    network = build(Pretrained(), family).method.init.learner
    cavia, pretrained = build(CAVIA(), family), build(Pretrained(), family)
    cavia = eqx.tree_at(lambda s: s.method.init, cavia, Blank(network, 0))
    tasks = family.sample(3, split="meta-train", key=key)
    data = gather(cavia.method, cavia.objective, family, tasks, key=key)
    gradient, metrics = gradient_of(cavia.method, cavia.objective, family, data)
    expected, same = gradient_of(
        pretrained.method, pretrained.objective, family, Data(data.task_info, None, data.query)
    )
    close(metrics.loss, same.loss)
    close(gradient.init.network, expected.init.learner)
