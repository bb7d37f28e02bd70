import math
import re
from dataclasses import dataclass, fields, replace
from typing import get_type_hints

import equinox as eqx
import jax
import numpy as np
import optax
import pytest

import hypermaml as hm
from hypermaml._core.trees import split_trainable
from hypermaml.families.navigation import Navigation, Plane
from hypermaml.families.sine import Sine
from hypermaml.methods import METHODS
from hypermaml.outer.adam import transform_of
from hypermaml.outer.descent import Descent
from hypermaml.outer.trpo import TrustRegion

PARTS = [*hm.embed.EMBEDDERS.values(), *hm.init.GENERATORS.values(), *hm.outer.OUTER_UPDATES.values()]


@pytest.mark.parametrize("configuration", [*METHODS.values(), *PARTS], ids=lambda kind: kind.__name__)
def test_each_number_out_of_its_range_is_refused_by_name(configuration):
    types = get_type_hints(configuration)
    for each in fields(configuration):
        name, kind = each.name, types[each.name]
        if kind is int:
            for value in (0, -3):
                with pytest.raises(ValueError, match=f"^{name} is {value}, but .* at least 1$"):
                    configuration(**{name: value})
        if kind is float:
            zero = each.default == 0 or each.metadata.get("zero")
            wanted = "at least 0" if zero else "above 0"
            for value in (-0.5, math.nan) if zero else (0.0, -0.5, math.nan):
                with pytest.raises(ValueError, match=f"^{name} is {value}, but it must be {wanted}$"):
                    configuration(**{name: value})


@pytest.mark.parametrize("settings", METHODS.values())
def test_what_is_no_part_is_refused(settings):
    with pytest.raises(ValueError, match=r"outer is sgd, but it must be a OuterConfig, such as (Adam|PPO)\(\)"):
        settings(outer="sgd")
    if settings.generates:
        with pytest.raises(ValueError, match=r"generator is dense, but it must be a GeneratorConfig, such as [DA]"):
            settings(generator="dense")


@pytest.mark.parametrize("part", PARTS, ids=lambda kind: kind.__name__)
def test_a_part_has_a_name_a_builder_and_says_what_it_is(part):
    assert re.fullmatch(r"[a-z0-9-]+", part.name)
    assert callable(part().builder)
    assert len(part.__doc__.strip()) > 20


@pytest.mark.parametrize("settings", METHODS.values())
def test_a_changed_copy_is_checked_as_well(settings):
    with pytest.raises(ValueError, match="inner_lr is -1"):
        replace(settings(), inner_lr=-1.0)


@pytest.mark.parametrize("settings", METHODS.values())
def test_every_method_can_be_cited_and_says_what_it_is(settings):
    assert settings.citation.startswith("@")
    assert settings.citation.rstrip().endswith("}")
    assert len(settings.__doc__.strip()) > 20
    assert settings.label
    assert len(settings.summary) > 20
    assert re.fullmatch(r"#[0-9a-f]{6}", settings.color)


def test_only_random_is_not_trained():
    assert [name for name, settings in METHODS.items() if not settings.trained] == ["random"]


def arrays(system):
    return [np.asarray(leaf) for leaf in jax.tree.leaves(eqx.filter(system, eqx.is_array))]


@pytest.mark.parametrize(
    ("settings", "family"),
    [
        *((kind, Sine) for kind in METHODS.values() if not kind().needs_trajectories),
        *(pytest.param(kind, Navigation, marks=pytest.mark.product) for kind in METHODS.values()),
    ],
)
def test_a_method_depends_on_the_descriptor_if_and_only_if_it_says_so(settings, family):
    """A comparison runs a method that reads no descriptor once for all of them."""
    families = [family(description=how, hidden=(3,)) for how in ("full", "partial")]
    full, partial = (arrays(settings().build(each, key=jax.random.key(0))) for each in families)
    same = [leaf.shape for leaf in full] == [leaf.shape for leaf in partial] and all(map(np.array_equal, full, partial))
    assert same != settings().reads_description


def test_settings_reach_the_system():
    family = Navigation(hidden=(3,), environment=Plane(horizon=5))
    adam = METHODS["maml"](inner_lr=0.3, inner_clip=2.0, outer_lr=0.05, inner_steps=3)
    system = adam.build(family, key=jax.random.key(0))
    rule = system.method.adapt.rule
    seen = [rule.rate(), rule.clip(), rule.later_rate(), rule.later_clip(), system.outer.rate()]
    np.testing.assert_allclose(seen, [0.3, 2.0, 1.0, 2.0, 0.05])
    assert system.objective.counted == (3,)
    assert isinstance(system.outer, Descent)
    trpo = METHODS["pretrained"](outer=hm.TRPO(4, 0.02), inner_steps=2).build(family, key=jax.random.key(0))
    assert trpo.outer == TrustRegion(max_divergence=0.02, stride=4)
    assert (trpo.objective.counted, trpo.objective.budget) == ((0,), 2)
    sized = METHODS["hypermaml"](generator=hm.Dense(width=7, depth=3)).build(family, key=jax.random.key(0))
    assert [layer.out_features for layer in sized.method.init.change.features.hidden.layers] == [7, 7, 7]


def test_a_method_without_a_description_still_builds():
    family = Sine(description="none", hidden=(3,))
    system = METHODS["hypermaml"](generator=hm.Dense(width=4)).build(family, key=jax.random.key(0))
    task_info = family.task_info(family.sample(1, split="meta-test", key=jax.random.key(1)), key=jax.random.key(2))
    assert system.method.embed(task_info).shape == (1,)


def test_a_decay_of_the_head_needs_a_generator_that_adds_to_a_shared_start():
    decay, family = hm.Adam(head_decay=0.1), Sine(hidden=(3,))
    for settings in (METHODS["maml"](outer=decay), METHODS["hypermaml"](generator=hm.Layers(), outer=decay)):
        system = settings.build(family, key=jax.random.key(0))
        with pytest.raises(ValueError, match="head_decay is above 0, but the method has no generator"):
            system.outer.init(system.method)


def test_shared_moments_need_adam():
    with pytest.raises(ValueError, match=r"outer is TRPO\(.*\), but it must be Adam: maml_en_llm's inner steps read"):
        METHODS["maml_en_llm"](outer=hm.TRPO())


@pytest.mark.parametrize(
    ("name", "decay"),
    [
        ("maml", {}),
        ("reptile", {}),
        ("imaml", {}),
        ("maml_en_llm", {}),
        ("hypermaml", {}),
        ("hypermaml", {"head_decay": 0.1}),
    ],
)
def test_adam_reads_no_outer_gradient_beyond_its_clip(name, decay):
    """After a gradient of norm 1, one of a hundred times the clip moves φ as the same one cut down to the clip does."""
    system = METHODS[name](outer=hm.Adam(clip=2.0, **decay)).build(Sine(hidden=(3,)), key=jax.random.key(0))
    phi = split_trainable(system.method)[0]
    count = sum(leaf.size for leaf in jax.tree.leaves(phi))

    def of_norm(norm):
        return jax.tree.map(lambda leaf: np.full_like(leaf, norm / np.sqrt(count)), phi)

    _, state = system.outer.transform.update(of_norm(1.0), system.outer.init(system.method), phi)
    far, near, small = (system.outer.transform.update(of_norm(norm), state, phi)[0] for norm in (200.0, 2.0, 1.5))
    for cut, same in zip(jax.tree.leaves(far), jax.tree.leaves(near), strict=True):
        np.testing.assert_allclose(cut, same, rtol=1e-5)
    assert not np.allclose(jax.tree.leaves(near)[0], jax.tree.leaves(small)[0], rtol=1e-3)


def test_entries_and_arrays_of_the_outer_gradient_are_bounded_in_this_order():
    gradient = {"a": np.asarray([3.0, -0.1, 0.0]), "b": np.asarray([[0.06, 0.0]]), "c": np.asarray(2.0)}
    bounds = hm.Adam(entry_clip=0.1, array_clip=0.1)
    state = transform_of(bounds).init(gradient)
    moments = optax.tree_utils.tree_get(transform_of(bounds).update(gradient, state, gradient)[1], "mu")
    half = 0.1 / np.sqrt(2)
    expected = {"a": [half, -half, 0.0], "b": [[0.06, 0.0]], "c": 0.1}
    for name, value in expected.items():
        np.testing.assert_allclose(moments[name], 0.1 * np.asarray(value), rtol=1e-5, atol=1e-8)


def test_a_description_that_is_always_dropped_is_refused():
    with pytest.raises(ValueError, match=r"embedding_dropout is 1\.0, but it must be at least 0 and below 1"):
        METHODS["conditioned"](embedding_dropout=1.0)


def test_only_the_head_decays_by_its_share_of_the_rate():
    """Where the gradient is zero, Adam moves nothing, so that the decay is all there is."""
    family, key = Sine(hidden=(3,), shots=3, queries=3), jax.random.key(0)
    outer = METHODS["hypermaml"](outer_lr=0.01, outer=hm.Adam(head_decay=0.25)).build(family, key=key).outer
    method = METHODS["hypermaml"](generator=hm.Dense(width=4)).build(family, key=key).method
    phi = jax.tree.map(np.ones_like, split_trainable(method)[0])
    updates, _ = outer.transform.update(jax.tree.map(np.zeros_like, phi), outer.init(phi), phi)
    expected = eqx.tree_at(
        lambda m: m.init.change.weight,
        jax.tree.map(np.zeros_like, phi),
        replace_fn=lambda weight: jax.tree.map(lambda leaf: np.full_like(leaf, -0.25), weight),
    )
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6), updates, expected)
    assert float(outer.rate()) == pytest.approx(0.01)


def test_a_field_does_not_replace_what_a_class_says_of_itself():
    with pytest.raises(TypeError, match="Wide has a field width, but a method's class already has an attribute"):

        @dataclass(frozen=True)
        class Wide(hm.MethodConfig):
            width: int = 64
