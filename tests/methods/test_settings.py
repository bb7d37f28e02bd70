import math
from dataclasses import fields, replace
from typing import get_type_hints

import equinox as eqx
import jax
import numpy as np
import pytest

from hypermaml._core.trees import split_trainable
from hypermaml.experiments.methods import METHODS
from hypermaml.families.navigation import Navigation, Plane
from hypermaml.families.sine import Sine
from hypermaml.methods.settings import GeneratorSettings
from hypermaml.outer.descent import Descent
from hypermaml.outer.trpo import TRPO


@pytest.mark.parametrize("settings", METHODS.values())
def test_each_number_out_of_its_range_is_refused_by_name(settings):
    types = get_type_hints(settings)
    kinds = {field.name: types[field.name] for field in fields(settings)}
    defaults = {field.name: field.default for field in fields(settings)}
    assert {name for name, kind in kinds.items() if kind not in (int, float, bool)} - {
        "embedder",
        "encoder",
        "generator",
    } == {"outer"}
    assert {"inner_lr", "inner_clip", "inner_steps", "outer_lr", "outer_clip", "curvature_stride"} <= set(kinds)
    assert ("generator_width" in kinds) == issubclass(settings, GeneratorSettings)
    for name, kind in kinds.items():
        if kind is int:
            for value in (0, -3):
                with pytest.raises(ValueError, match=f"^{name} is {value}, but .* at least 1$"):
                    settings(**{name: value})
        if kind is float:
            wanted = "at least 0" if defaults[name] == 0 else "above 0"
            for value in (-0.5, math.nan) if defaults[name] == 0 else (0.0, -0.5, math.nan):
                with pytest.raises(ValueError, match=f"^{name} is {value}, but it must be {wanted}$"):
                    settings(**{name: value})
    with pytest.raises(ValueError, match="outer is sgd, but it must be one of adam, trpo"):
        settings(outer="sgd")


@pytest.mark.parametrize("settings", METHODS.values())
def test_a_changed_copy_is_checked_as_well(settings):
    with pytest.raises(ValueError, match="inner_lr is -1"):
        replace(settings(), inner_lr=-1.0)


@pytest.mark.parametrize("settings", METHODS.values())
def test_every_method_can_be_cited_and_says_what_it_is(settings):
    assert settings.bibtex.startswith("@")
    assert settings.bibtex.rstrip().endswith("}")
    assert len(settings.__doc__.strip()) > 20


def test_only_random_is_not_trained():
    assert [name for name, settings in METHODS.items() if not settings.trained] == ["random"]


def arrays(system):
    return [np.asarray(leaf) for leaf in jax.tree.leaves(eqx.filter(system, eqx.is_array))]


@pytest.mark.parametrize("family", [Sine, pytest.param(Navigation, marks=pytest.mark.product)])
@pytest.mark.parametrize("settings", METHODS.values())
def test_a_method_depends_on_the_descriptor_if_and_only_if_it_says_so(settings, family):
    """A comparison runs a method that reads no descriptor once for all of them."""
    families = [family(description=how, hidden=(3,)) for how in ("full", "partial")]
    full, partial = (arrays(settings().build(each, key=jax.random.key(0))) for each in families)
    same = [leaf.shape for leaf in full] == [leaf.shape for leaf in partial] and all(map(np.array_equal, full, partial))
    assert same != settings.described


def test_settings_reach_the_system():
    family = Navigation(hidden=(3,), environment=Plane(horizon=5))
    adam = METHODS["maml"](inner_lr=0.3, inner_clip=2.0, outer_lr=0.05, inner_steps=3)
    system = adam.build(family, key=jax.random.key(0))
    rule = system.method.adapt.rule
    seen = [rule.rate(), rule.clip(), rule.later_rate(), rule.later_clip(), system.outer.rate()]
    np.testing.assert_allclose(seen, [0.3, 2.0, 1.0, 2.0, 0.05])
    assert system.objective.counted == (3,)
    assert isinstance(system.outer, Descent)
    trpo = METHODS["pretrained"](outer="trpo", curvature_stride=4, inner_steps=2).build(family, key=jax.random.key(0))
    assert trpo.outer == TRPO(stride=4)
    assert (trpo.objective.counted, trpo.objective.budget) == ((0,), 2)
    sized = METHODS["hypermaml"](generator_width=7, generator_depth=3).build(family, key=jax.random.key(0))
    assert [layer.out_features for layer in sized.method.init.change.features.hidden.layers] == [7, 7, 7]


def test_a_method_without_a_description_still_builds():
    family = Sine(description="none", hidden=(3,))
    system = METHODS["hypermaml"](generator_width=4).build(family, key=jax.random.key(0))
    task_info = family.task_info(family.sample(1, split="meta-test", key=jax.random.key(1)), key=jax.random.key(2))
    assert system.method.embed(task_info).shape == (1,)


@pytest.mark.parametrize(
    "change", [{"gate": True}, {"ensemble": 2}, {"change_bound": 1.0}, {"head_decay": 0.1}, {"centre": True}]
)
def test_a_remedy_of_a_generator_that_does_not_start_as_maml_is_refused(change):
    with pytest.raises(ValueError, match="layers, but head_decay, change_bound, gate, ensemble and centre need"):
        METHODS["hypermaml"](generator="layers", **change)


def test_a_decay_of_the_head_needs_adam():
    with pytest.raises(ValueError, match=r"head_decay is 0\.1, but it must be 0 where the outer update is trpo"):
        METHODS["hypermaml"](head_decay=0.1, outer="trpo")


def test_a_clip_of_the_outer_gradient_needs_adam():
    with pytest.raises(ValueError, match=r"outer_clip is 2\.0, but it must be inf where the outer update is trpo"):
        METHODS["maml"](outer_clip=2.0, outer="trpo")


def test_shared_moments_need_adam():
    with pytest.raises(ValueError, match="outer is trpo, but it must be adam: maml_en_llm's inner steps read"):
        METHODS["maml_en_llm"](outer="trpo")


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
    system = METHODS[name](outer_clip=2.0, **decay).build(Sine(hidden=(3,)), key=jax.random.key(0))
    phi = split_trainable(system.method)[0]
    count = sum(leaf.size for leaf in jax.tree.leaves(phi))

    def of_norm(norm):
        return jax.tree.map(lambda leaf: np.full_like(leaf, norm / np.sqrt(count)), phi)

    _, state = system.outer.transform.update(of_norm(1.0), system.outer.init(system.method), phi)
    far, near, small = (system.outer.transform.update(of_norm(norm), state, phi)[0] for norm in (200.0, 2.0, 1.5))
    for cut, same in zip(jax.tree.leaves(far), jax.tree.leaves(near), strict=True):
        np.testing.assert_allclose(cut, same, rtol=1e-5)
    assert not np.allclose(jax.tree.leaves(near)[0], jax.tree.leaves(small)[0], rtol=1e-3)


def test_a_description_that_is_always_dropped_is_refused():
    with pytest.raises(ValueError, match=r"descriptor_dropout is 1\.0, but it must be at least 0 and below 1"):
        METHODS["conditioned"](descriptor_dropout=1.0)


def test_only_the_head_decays_by_its_share_of_the_rate():
    """Where the gradient is zero, Adam moves nothing, so that the decay is all there is."""
    family, key = Sine(hidden=(3,), shots=3, queries=3), jax.random.key(0)
    outer = METHODS["hypermaml"](outer_lr=0.01, head_decay=0.25).build(family, key=key).outer
    method = METHODS["hypermaml"](generator_width=4).build(family, key=key).method
    phi = jax.tree.map(np.ones_like, split_trainable(method)[0])
    updates, _ = outer.transform.update(jax.tree.map(np.zeros_like, phi), outer.init(phi), phi)
    expected = eqx.tree_at(
        lambda m: m.init.change.weight,
        jax.tree.map(np.zeros_like, phi),
        replace_fn=lambda weight: jax.tree.map(lambda leaf: np.full_like(leaf, -0.25), weight),
    )
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6), updates, expected)
    assert float(outer.rate()) == pytest.approx(0.01)
