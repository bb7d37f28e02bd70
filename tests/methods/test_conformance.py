"""Every shipped method on tiny families. The default suite takes a slice of the product."""

import itertools
import re
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hypermaml as hm
from hypermaml._core.evaluate import evaluate
from hypermaml._core.system import System
from hypermaml._core.train import TrainState, start, train
from hypermaml._core.trees import split_trainable
from hypermaml._misc.programs import free_programs
from hypermaml.data.characters import Characters
from hypermaml.data.language.task import SPLITS, Instance, LanguageTask
from hypermaml.data.power.synthetic import synthetic
from hypermaml.families.glyphs import Glyphs
from hypermaml.families.language.family import Language
from hypermaml.families.multimodal import Multimodal
from hypermaml.families.navigation import Navigation, Plane
from hypermaml.families.power.control import Power
from hypermaml.families.power.forecast import PowerForecast
from hypermaml.families.power.sites import Sites
from hypermaml.families.sine import Sine
from hypermaml.lm.adapted import Adapted
from hypermaml.lm.architecture import Architecture
from hypermaml.lm.weights import draw_decoder
from hypermaml.methods import METHODS
from hypermaml.methods.config import MethodConfig
from hypermaml.methods.targeting import TargetingMethod
from hypermaml.run import checkpoint

TRACES: list[str] = []
# Before each run, with room for its own: freed between two of its tests, they would be traced again.
FREES_PROGRAMS = 1_000


def counted(name: str, kind: type[Any]) -> type[Any]:
    """The family, which notes each trace of its outer loss."""

    class Counted(kind):
        def outer_loss(self, learner, batch):
            TRACES.append(name)
            return super().outer_loss(learner, batch)

        def distribution(self, learner, batch):  # what PPO's own loss reads
            TRACES.append(name)
            return super().distribution(learner, batch)

    return Counted


def noise():
    """Three alphabets of three characters, four images each."""
    drawn = np.random.default_rng(0).integers(0, 256, (9, 4, 28, 28)).astype(np.uint8)
    names = tuple(f"{alphabet}/{letter}" for alphabet in "abc" for letter in range(3))
    return Characters(names, tuple(name[0] for name in names), tuple(drawn))


class Letters:
    """Each character is a token; 1 begins a text, 2 ends it."""

    begin = (1,)
    end = 2

    def encode(self, text):
        return [ord(letter) for letter in text]


def words():
    """Two tasks of each split, each told by a number, for a frozen decoder of two layers of which one adapts."""
    instances = tuple(Instance(str(number), (str(9 - number),)) for number in range(6))
    splits = {
        split: [LanguageTask(f"{split}{n}", "ab"[n], (f"{n}",), instances, split=split) for n in range(2)]
        for split in SPLITS
    }
    decoder = draw_decoder(Architecture(128, 8, 2, 2, 1, 4, 8, 32, 1e-5, 1e4, tied=True))
    return counted("language", Language)(
        splits,
        Adapted(decoder, layers=1, rank=2),
        Letters(),
        lambda texts: np.array([[float(text), 1.0 - float(text)] for text in texts]),
        context=32,
        shots=2,
        queries=2,
        test_examples=2,
    )


FAMILIES = {
    "sine": counted("sine", Sine)(hidden=(4, 4), shots=3, queries=3),
    "multimodal": counted("multimodal", Multimodal)(hidden=(4, 4), shots=3, queries=3, modes=2),
    "glyphs": counted("glyphs", Glyphs)(noise().split(), ways=2, support=1, query=1, test_images=2, filters=2, depth=2),
    "navigation": counted("navigation", Navigation)(hidden=(4, 4), shots=2, queries=2, environment=Plane(horizon=5)),
    "power": counted("power", Power)(sites=Sites(synthetic(140), days=3), hidden=(4, 4), shots=2, queries=2),
    "power-forecast": counted("power-forecast", PowerForecast)(synthetic(140), hidden=(4, 4), shots=2, queries=2),
    "language": words(),
}
SLICE = {
    ("sine", "hypermaml"),
    ("sine", "conditioned_pretrained"),
    ("sine", "fomaml"),
    ("sine", "imaml"),
    ("sine", "maml_plus_plus"),
    ("sine", "maml_en_llm"),
    ("sine", "reptile"),
    ("sine", "tasml"),
    ("multimodal", "mmaml"),
    ("multimodal", "multi_maml"),
    ("glyphs", "maml_plus_plus"),
    ("navigation", "hypermaml"),
    ("power", "hypermaml"),
    ("power-forecast", "conditioned"),
    ("language", "hypermaml"),
}
TABLE = [
    pytest.param(pair, id="-".join(pair), marks=() if pair in SLICE else pytest.mark.product)
    for pair in itertools.product(FAMILIES, METHODS)
    if not (FAMILIES[pair[0]].on_policy and METHODS[pair[1]]().needs_fixed_support)
    and not (not FAMILIES[pair[0]].on_policy and METHODS[pair[1]]().needs_trajectories)
    and not (METHODS[pair[1]].needs_network and not FAMILIES[pair[0]].networks)
]


class Run(NamedTuple):
    """Four meta-iterations in two chunks."""

    settings: MethodConfig
    system: System
    family: Any
    states: list[TrainState]
    metrics: list[Any]
    traces: list[int]


def small(method):
    kind = METHODS[method]
    fewer: dict[str, Any] = {"generator": hm.Dense(width=4)} if kind.generates else {}
    if issubclass(kind, TargetingMethod):
        fewer = {"sources": 8, "target_iterations": 2}
    return kind(inner_clip=10.0, outer_lr=0.01, **fewer)


def go(system, family, *, key, state=None, iterations=4):
    return train(system, family, iterations=iterations, meta_batch=2, chunk=2, key=jax.random.key(key), state=state)


@pytest.fixture(scope="module", params=TABLE)
def run(request):
    free_programs(above=FREES_PROGRAMS)
    family, method = request.param
    settings = small(method)
    system = settings.build(FAMILIES[family], key=jax.random.key(0))
    states, metrics, traces = [start(system)], [], []
    for state, seen in go(system, FAMILIES[family], key=1):
        states.append(state)
        metrics.append(seen)
        traces.append(len(TRACES))
    return Run(settings, system, FAMILIES[family], states, metrics, traces)


def arrays(tree):
    return [np.asarray(leaf) for leaf in jax.tree.leaves(eqx.filter(tree, eqx.is_array))]


def identical(one, two):
    pairs = list(zip(arrays(one), arrays(two), strict=True))
    return all(a.dtype == b.dtype and a.tobytes() == b.tobytes() for a, b in pairs)


def test_training_traces_once(run):
    assert run.traces[0] > 0
    assert run.traces[1] == run.traces[0]
    before = len(TRACES)
    for _ in go(run.system, run.family, key=2):
        pass
    assert len(TRACES) == before


def test_metrics_are_finite(run):
    for metrics in run.metrics:
        assert metrics.loss.shape == (2,)
        assert metrics.finite.shape == (2, 2, run.system.objective.steps + 1)
        assert np.isfinite(metrics.loss).all()
        assert metrics.finite.all()


def test_no_trained_leaf_is_dead_and_no_other_moves(run):
    first, last = run.states[0].method, run.states[-1]
    handed = run.system.outer.handing_over(last.outer, first)  # the outer state that the inner loop reads moves as well
    (phi, rest), (later_phi, later_rest) = split_trainable(handed), split_trainable(last.method)
    moved = jax.tree_util.tree_leaves_with_path(jax.tree.map(lambda a, b: bool(jnp.any(a != b)), phi, later_phi))
    assert moved
    still = [jax.tree_util.keystr(path) for path, changed in moved if not changed]
    # LoRA's A has no gradient while B is zero, so that its rate hardly moves in the first iterations.
    late = r"\.adapt\.(clear\.|blurred\.)?rule\.rate\.factors.*\.a\.values"
    assert [path for path in still if not re.fullmatch(late, path)] == []
    assert identical(rest, later_rest)


def test_the_same_seed_gives_the_same_result_and_another_seed_another(run):
    *_, (again, _) = go(build_again(run), run.family, key=1)
    assert identical(again, run.states[-1])
    *_, (other, _) = go(run.system, run.family, key=2)
    assert not identical(split_trainable(other.method)[0], split_trainable(again.method)[0])


def test_what_is_tested_adapts_and_gives_the_same_again(run):
    settings, method = run.settings, run.states[-1].method
    tasks = run.family.sample(2, split="meta-test", key=jax.random.key(3))

    def scores():
        tested = settings.tested(method, run.family, tasks, steps=2, key=jax.random.key(4))
        return evaluate(tested, run.family, tasks, steps=2, key=jax.random.key(5)).scores

    first = scores()
    assert first[run.family.metric].shape == (2, 3)
    assert all(np.isfinite(values).all() for values in first.values())
    assert identical(scores(), first)


def build_again(run):
    """The same system, with arrays of its own."""
    return jax.tree.map(lambda leaf: leaf.copy() if eqx.is_array(leaf) else leaf, run.system)


def test_a_restored_state_goes_on_to_the_bit(run, tmp_path):
    checkpoint.save(tmp_path, 2, run.states[1], extra={})
    state, _ = checkpoint.restore(tmp_path, 2, start(run.system))
    assert identical(state, run.states[1])
    before = len(TRACES)
    ((last, metrics),) = go(run.system, run.family, key=1, state=state)
    assert len(TRACES) == before
    assert identical(last, run.states[-1])
    assert identical(metrics, run.metrics[-1])
