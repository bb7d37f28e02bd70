import json
import re
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest

import hypermaml as hm
from hypermaml._core.evaluate import evaluate
from hypermaml.data.language.archive import write_tasks
from hypermaml.data.language.task import Instance, LanguageTask
from hypermaml.experiments.language import LanguageExperiment
from hypermaml.init.generator import Generator
from hypermaml.lm.lora_generator import LoRAChange
from hypermaml.lm.model import LanguageModel
from hypermaml.lm.pretrain import Pretraining
from hypermaml.lm.tokenizer import Tokenizer
from hypermaml.lm.trained_tokenizer import train_tokenizer
from hypermaml.lm.weights import draw_decoder
from hypermaml.lm.write import write_model
from hypermaml.methods import METHODS

ROOT = Path(__file__).parents[2]
SPLITS = ("meta-train", "meta-train", "meta-validation", "meta-test")


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    folder = tmp_path_factory.mktemp("language")
    further = ((), ("one",), ("two", "three"))
    tasks = [
        LanguageTask(
            f"t{n}",
            ("copy", "say")[n % 2],
            (f"Do {n}.", f"Take {n}."),
            tuple(Instance(f"{number}{'abcd'[n]}", (f"{number}", *further[number % 3])) for number in range(9)),
            split=split,
        )
        for n, split in enumerate(SPLITS)
    ]
    write_tasks(folder / "tasks.zip", tasks)
    tokenizer = Tokenizer(train_tokenizer(["Do", "Take"], 300), folder / "tokenizer.json", 0)
    shape = Pretraining(width=32, layers=2, context=64).architecture(tokenizer.size)
    write_model(folder / "model", LanguageModel(draw_decoder(shape), tokenizer, folder))
    return LanguageExperiment(
        data=str(folder / "tasks.zip"),
        model=str(folder / "model"),
        layers=1,
        rank=1,
        shots=2,
        queries=2,
        test_examples=3,
    )


def test_every_method_that_fits_builds(experiment):
    settings, family = experiment.settings(), experiment.family("full")
    assert set(settings) == {name for name, kind in METHODS.items() if not kind.needs_network}
    for name, method in settings.items():
        system = method.build(family, key=jax.random.key(0))
        if name in ("hypermaml", "hypermaml_algorithm_2"):
            start = system.method.init.clear if name == "hypermaml" else system.method.init
            assert isinstance(start, Generator)
            assert isinstance(start.change, LoRAChange)


def test_options_reach_the_family(experiment):
    family = experiment.family("full")
    assert (family.shots, family.queries, family.test_examples, family.corpus.prompts.shape[1]) == (2, 2, 3, 1)
    assert set(family.learner(key=jax.random.key(0)).factors) == {"q_proj", "v_proj"}
    changed = LanguageExperiment(
        **{**vars(experiment), "definition_in_prompt": True, "projections": "attention"}
    ).family("full")
    assert changed.corpus.prompts.shape[1] == 2
    assert len(changed.learner(key=jax.random.key(0)).factors) == 4


def test_batches_have_shapes_and_the_context_is_bounded(experiment, tmp_path):
    tasks = [
        LanguageTask(
            name, "kind", ("Do it.",), tuple(Instance(f"{name * size}{n}", ("y",)) for n in range(9)), split=split
        )
        for name, size, split in (("a", 1, "meta-train"), ("b", 20, "meta-validation"), ("c", 1, "meta-test"))
    ]
    write_tasks(tmp_path / "tasks.zip", tasks)
    experiment = replace(experiment, data=str(tmp_path / "tasks.zip"))
    family = replace(experiment, shapes=2, context=60).family("none")
    assert len(family.reading[0].shapes) == 2
    assert family.texts.context == 60
    assert replace(experiment, shapes=1).family("none").reading == ()
    with pytest.raises(ValueError, match=r"context is 65, but the model .* reads at most 64 tokens"):
        replace(experiment, context=65).family("none")
    with pytest.raises(ValueError, match="output' has 3 tokens, but there is room for 2: shorten it"):
        replace(experiment, answer_tokens=2).family("none")


def test_descriptions_for_controls_and_the_untouched_model(experiment):
    full, shuffled, none = (experiment.family(how).vectors for how in ("full", "shuffled", "none"))
    assert full.shape == (4, 2, 32)
    assert none.shape == (4, 2, 0)
    own = {tuple(row) for row in np.asarray(full[:, 0]).tolist()}
    assert {tuple(row) for row in np.asarray(shuffled[:, 0]).tolist()} == own
    assert not np.any(np.all(np.asarray(full[:, 0] == shuffled[:, 0]), axis=1))


def test_instances_that_are_used_are_drawn_and_none_is_in_two_splits(experiment, tmp_path):
    labels = [("yes" if number < 20 else "no",) for number in range(40)]
    tasks = [
        LanguageTask(name, "kind", ("Do it.",), tuple(Instance(f"{at + n}", labels[n]) for n in range(40)), split=split)
        for name, at, split in (("a", 0, "meta-train"), ("b", 100, "meta-validation"), ("c", 39, "meta-test"))
    ]
    tasks[2] = replace(tasks[2], instances=(Instance("39", ("no",)), *tasks[2].instances[1:]))
    write_tasks(tmp_path / "tasks.zip", tasks)
    with pytest.warns(UserWarning, match=r"^1 instance is left out, .*a.json: 'Instances\[39\].input' as in .*c.json$"):
        family = replace(experiment, data=str(tmp_path / "tasks.zip"), instances=20).family("none")
    used = {task.name: task.instances for task in family.texts.tasks}
    assert {name: len(own) for name, own in used.items()} == {"a": 20, "b": 20, "c": 20}
    assert "39" not in {each.input for each in used["a"]}
    for own in used.values():
        assert {each.outputs for each in own} == {("yes",), ("no",)}


def test_generators_that_do_not_fit_are_refused(experiment):
    from hypermaml.families.sine import Sine

    hypermaml = METHODS["hypermaml"]
    with pytest.raises(ValueError, match="a matrix of the learner starts as zeros, which it could not move"):
        hypermaml(generator=hm.Layers()).build(experiment.family("full"), key=jax.random.key(0))
    with pytest.raises(ValueError, match="generator is LoRAGenerator, but the learner is a MLP and not LoRA"):
        hypermaml(generator=hm.LoRAGenerator()).build(Sine(hidden=(4,)), key=jax.random.key(0))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"layers": 3}, "layers is 3, but it must be from 1 to the decoder's 2"),
        (
            {"test_examples": 500, "instances": 502},
            r"json: 'Instances' has \d+, but 502 are needed: 2 shots, and 500 queries or",
        ),
        ({"instances": 5}, "instances is 5, but a task needs 6: 2 shots, and 4 queries or tested ones"),
    ],
)
def test_sizes_that_cannot_be_are_refused_before_a_decoder_is_trained(tmp_path, monkeypatch, changes, sentence):
    monkeypatch.setenv("HYPERMAML_CACHE", str(tmp_path))
    wrong = LanguageExperiment(**{"model": "tiny", "shots": 2, "queries": 2, "test_examples": 4} | changes)
    with pytest.raises(ValueError, match=sentence):
        wrong.prepare(lambda *progress: pytest.fail("a decoder is trained"))


def test_kept_states_change_no_score(experiment, tmp_path, monkeypatch):
    monkeypatch.setenv("HYPERMAML_CACHE", str(tmp_path))
    kept, told = replace(experiment, cache_states=True), []
    kept.prepare(lambda *progress: told.append(progress))
    assert told[-1] == (72, 72, "texts through the frozen layers, 0 MiB in memory")
    found = {}
    for each in (experiment, kept):
        family, settings = each.family("full"), each.settings()["hypermaml"]
        assert (family.corpus.starts is None) == (each is experiment)
        method = settings.build(family, key=jax.random.key(0)).method
        tasks = family.sample(2, split="meta-test", key=jax.random.key(1))
        found[each] = evaluate(method, family, tasks, steps=2, key=jax.random.key(2)).scores
    jax.tree.map(lambda one, two: np.testing.assert_allclose(one, two, rtol=1e-4), *found.values())
    assert len(list(tmp_path.iterdir())) == 1


def test_rates_are_those_that_the_recorded_trials_chose():
    folder = ROOT / "benchmarks" / "results"
    for model, names in {
        "small": ("", "-others", "-first-order"),
        "smollm2": ("-smollm2", "-smollm2-others", "-smollm2-en-llm"),
    }.items():
        settings = LanguageExperiment(model=model).settings()
        for name in names:
            record = json.loads((folder / f"language-tuning{name}.json").read_text())["methods"]
            assert record
            for method, trials in record.items():
                best = trials["best"]
                assert settings[method].inner_lr == best["inner_lr"]
                assert settings[method].outer_lr == best.get("outer_lr", settings[method].outer_lr)


def test_too_few_instances_are_told(experiment):
    assert replace(experiment, instances=5).family("none").corpus.prompts.shape[2] == 5
    with pytest.raises(ValueError, match=re.escape("instances is 4, but a task needs 5: 2 shots, and 3 queries")):
        replace(experiment, instances=4).family("none")
