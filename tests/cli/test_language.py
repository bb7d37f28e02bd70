"""Language tasks from a folder of tasks and a model's folder to a report, and an adapter for a task of one's own."""

import json
import re
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
import pytest
from safetensors.numpy import load_file

import hypermaml as hm
from hypermaml.cli.work.tasks_file import read_tasks
from hypermaml.data.language.archive import write_tasks
from hypermaml.data.language.task import Instance, LanguageTask
from hypermaml.families.language.small import small_decoder
from hypermaml.lm.pretrain import Pretraining
from hypermaml.lm.trained_tokenizer import train_tokenizer

SIZES = Pretraining(width=32, layers=1, context=64, length=16, rows=2, steps=2)
SPLITS = ("meta-train", "meta-train", "meta-validation", "meta-test", "extrapolation")
SMALL = (
    "--shots",
    "2",
    "--queries",
    "2",
    "--test-examples",
    "3",
    "--rank",
    "1",
    "--layers",
    "1",
    "--generator.width",
    "4",
)


class Made(NamedTuple):
    """A folder of tasks, a model and a run on them."""

    tasks: Path
    model: Path
    run: Path


def task(number: int) -> LanguageTask:
    instances = tuple(Instance(f"{number}{each}", (str(each),)) for each in range(6))
    kind = "new" if SPLITS[number] == "extrapolation" else "copy"
    return LanguageTask(f"t{number}", kind, (f"Do {number}.", f"Take {number}."), instances, split=SPLITS[number])


@pytest.fixture(scope="module")
def made(tmp_path_factory, hypermaml, sizes) -> Made:
    folder = tmp_path_factory.mktemp("language")
    tasks = [task(number) for number in range(5)]
    write_tasks(folder / "tasks.zip", tasks)
    model = small_decoder(tasks[:2], SIZES, cache=folder).tokenizer.source.parent
    outcome = hypermaml(
        *("train", "language", "hypernet", "--data", folder / "tasks.zip", "--model", model, *SMALL),
        *(*sizes, "--steps", "1", "--out", folder / "run"),
    )
    assert outcome.status == 0, outcome.errors
    return Made(folder / "tasks.zip", model, folder / "run")


def test_a_run_tells_accuracy_loss_and_what_the_prompt_alone_gives(made):
    lines = (made.run / "results.csv").read_text().splitlines()
    assert {line.split(",")[3] for line in lines[1:]} == {"meta-test", "extrapolation"}
    assert {line.split(",")[-2] for line in lines[1:]} == {"accuracy", "loss"}
    page = (made.run / "page.html").read_text()
    assert "2 examples in the prompt" in page
    assert (made.run / "plots" / "questions_full.png").exists()


def test_a_small_decoder_is_trained_once(made):
    before = {path: path.stat().st_mtime_ns for path in made.model.iterdir()}
    again = small_decoder([task(0), task(1)], SIZES, cache=made.model.parent)
    assert again.tokenizer.source.parent == made.model
    assert {path: path.stat().st_mtime_ns for path in made.model.iterdir()} == before


@pytest.fixture(scope="module")
def untrained(made):
    return hm.load(made.run).family


@pytest.fixture
def few(tmp_path) -> Path:
    path = tmp_path / "few.jsonl"
    path.write_text('{"input": "a", "output": "1"}\n\n{"input": "b", "output": ["2", "3"]}\n')
    return path


def test_a_lora_for_a_task_of_ones_own(made, hypermaml, few, tmp_path):
    out = tmp_path / "lora"
    call = ("adapt", made.run, "--description", "Do it.", "--out", out)
    outcome = hypermaml(*call, "--support", few, "--ask", "c")
    assert outcome.status == 0, outcome.errors
    where, loss, answer = outcome.output.splitlines()[:3]
    assert where == f"Model: {out}"
    assert loss.startswith("Loss on 2 examples: ")
    assert answer.startswith("Answer:")
    config = json.loads((out / "adapter_config.json").read_text())
    assert (config["peft_type"], config["r"]) == ("LORA", 1)
    assert config["base_model_name_or_path"] == str(made.model)
    adapted = (out / "adapter_model.safetensors").read_bytes()
    assert hypermaml(*call).sentence.startswith(f"--out: {out} exists already")
    assert hypermaml(*call, "--overwrite").output.splitlines() == [where]
    assert (out / "adapter_model.safetensors").read_bytes() != adapted


def test_many_tasks_at_once(made, hypermaml, few, tmp_path):
    tasks, out = tmp_path / "tasks.jsonl", tmp_path / "loras"
    listed = [{"input": "a", "output": "1"}, {"input": "b", "output": ["2", "3"]}]
    lines = [
        {"name": "of a file", "description": "Do it.", "support": few.name},
        {"name": "listed", "description": "Do another one.", "support": listed},
        {"name": "no-examples", "description": "Do it."},
    ]
    tasks.write_text("\n\n".join(map(json.dumps, lines)))
    outcome = hypermaml("adapt", made.run, "--tasks", tasks, "--ask", "c", "--out", out)
    assert outcome.status == 0, outcome.errors
    first, *said = outcome.output.splitlines()
    assert first == f"Models: {out}"
    assert [line.partition(":")[0] for line in said] == ["of a file", "listed", "no-examples"]
    assert said[0].startswith("of a file: loss on 2 examples: ")
    assert said[2].startswith("no-examples: generated from the description, answer: ")
    trained = hm.load(made.run)
    alone = trained.adapt(["a", "b"], ["1", ["2", "3"]], description="Do another one.")
    alone.export(tmp_path / "alone")
    for name, other in {"listed": True, "of a file": False}.items():
        weights = [load_file(folder / "adapter_model.safetensors") for folder in (out / name, tmp_path / "alone")]
        assert all(np.allclose(weights[0][part], weights[1][part], atol=1e-6) for part in weights[0]) == other
    assert hypermaml("adapt", made.run, "--tasks", tasks, "--out", out).sentence.startswith(f"--out: {out} exists")
    tasks.write_text(json.dumps(lines[0]) + "\n" + json.dumps(lines[2] | {"description": "a" * 99}))
    outcome = hypermaml("adapt", made.run, "--tasks", tasks, "--out", tmp_path / "new")
    assert outcome.sentence.startswith(f"{tasks}, line 2: the definition has ")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("", "{file} holds no task: each line is one, such as "),
        ("[1]", "{file}, line 1 does not hold an object {{…}}, but it must be a task, such as "),
        ("{}", "{file}, line 1: 'name' is null, but it must be the name of a file: "),
        ('{"name": "../a"}', "{file}, line 1: 'name' is \"../a\", but it must be the name of a file: "),
        ('{"name": "a."}', "{file}, line 1: 'name' is \"a.\", but it must be the name of a file: "),
        ('{"name": "a"}\n\n{"name": "A"}', "{file}, line 3: 'name' repeats that of {file}, line 1, but each task "),
        ('{"name": "a", "suport": []}', "{file}, line 1: 'suport' is not a field of a task: its fields are name, "),
        ('{"name": "a", "description": 3}', "{file}, line 1: 'description' is 3, but it must be a text that is not"),
        ('{"name": "a", "support": []}', "{file}, line 1: the list of examples is empty: an example is "),
        ('{"name": "a", "support": [3]}', "{file}, line 1: example 1 is 3, but it must be such as "),
        ('{"name": "a", "support": {}}', "{file}, line 1: 'support' is {{}}, but it must be a list of examples or "),
        ('{"name": "a", "support": [{"input": "b"}]}', "{file}, line 1: example 1: 'output' is missing; a line is "),
        ('{"name": "a", "support": "no.jsonl"}', "{file}, line 1: there is no file of examples {file.parent}/no.jsonl"),
    ],
)
def test_a_line_that_is_no_task_is_named(untrained, tmp_path, line, sentence):
    file = tmp_path / "tasks.jsonl"
    file.write_text(line)
    with pytest.raises(ValueError, match="^" + re.escape(sentence.format(file=file))):
        read_tasks(file, untrained)


def test_a_saved_model_names_its_language_model(made, hypermaml, few, tmp_path):
    trained = hm.load(made.run)
    trained.save(tmp_path / "trained.hypermaml")
    again = hm.load(tmp_path / "trained.hypermaml")
    inputs, outputs = ["a", "b"], ["1", ["2", "3"]]
    models = [each.adapt(inputs, outputs, description="Do it.", steps=1) for each in (trained, again)]
    for one, other in zip(*(jax.tree.leaves(model.learner) for model in models), strict=True):
        np.testing.assert_array_equal(one, other)
    assert (tmp_path / "trained.hypermaml").stat().st_size < 2 * sum(
        leaf.nbytes for leaf in jax.tree.leaves(trained.method)
    ) + 100_000
    out = tmp_path / "model.hypermaml"
    outcome = hypermaml("adapt", made.run, "--description", "Do it.", "--support", few, "--steps", "1", "--out", out)
    assert outcome.status == 0, outcome.errors
    asked = tmp_path / "asked.jsonl"
    asked.write_text('{"input": "c"}\n')
    outcome = hypermaml("predict", out, asked)
    assert json.loads(outcome.output) == {"input": "c", "prediction": models[0].predict("c")}
    for more in ((), ("--overwrite",)):
        assert hypermaml("export", out, tmp_path / "lora", *more).output == f"Model: {tmp_path / 'lora'}\n"
    outcome = hypermaml("export", out, tmp_path / "m.onnx")
    assert outcome.sentence.startswith("models of Language have no inputs that are arrays of numbers")
    with pytest.raises(ValueError, match="a saved method has no tasks"):
        hm.evaluate(again)


def test_a_language_model_that_has_changed_is_told(made, tmp_path):
    model = hm.load(made.run).adapt(description="Do it.")
    model.save(tmp_path / "m")
    weights = made.model / "config.json"
    before = weights.read_bytes()
    try:
        weights.write_bytes(before + b" ")
        with pytest.raises(ValueError, match="whose files have changed since: put them back"):
            hm.load(tmp_path / "m")
    finally:
        weights.write_bytes(before)


@pytest.mark.parametrize(
    ("examples", "sentence"),
    [
        (None, "there is no file of examples {file}: each line of one is "),
        ("\n", "{file} holds no example: each line is one, such as "),
        ('{"input": "a", "output": "1"}\n{"input"', "{file}, line 2 is not JSON ("),
        ("[1]", "{file}, line 1 does not hold an object {{…}}, but"),
        ('{"input": "a"}', "{file}, line 1: 'output' is missing; a line is "),
        ('{"input": "a", "output": []}', "{file}, line 1: 'output' is [], but it must be a text that is not empty"),
        ('{"input": "a", "output": ["b", ""]}', "{file}, line 1: 'output' is \"\", but it must be a text that is not"),
        (
            '{"input": "a", "output": "b"}\n' * 2,
            "{file}, line 2: 'input' repeats that of {file}, line 1: list all its ",
        ),
        ("\n" + json.dumps({"input": "a" * 99, "output": "b"}), "example 1: 'input' gives a prompt of "),
        (json.dumps({"input": "a", "output": "b" * 99}), "example 1: 'output' has "),
    ],
)
def test_examples_that_are_none_are_named(made, hypermaml, tmp_path, examples, sentence):
    file = tmp_path / "few.jsonl"
    if examples is not None:
        file.write_text(examples)
    outcome = hypermaml("adapt", made.run, "--description", "Do it.", "--support", file, "--out", tmp_path / "lora")
    assert outcome.status == 1
    assert outcome.sentence.startswith(sentence.format(file=file))
    assert not (tmp_path / "lora").exists()


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ([], "Hypernet reads the description of a task: give description"),
        (["--description", "a", "--method", "hypermaml"], "{run} holds no method hypermaml: its methods are hypernet"),
        (["--description", "a" * 99], "the definition has "),
        (["--description", "a", "--ask", "a" * 99], "input 1, with room for an answer, has "),
    ],
)
def test_what_cannot_be_adapted_is_refused(made, hypermaml, tmp_path, args, sentence):
    outcome = hypermaml("adapt", made.run, *args, "--out", tmp_path / "x")
    assert outcome.status == 1
    assert outcome.sentence.startswith(sentence.format(run=made.run))
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda t: t.adapt("a", "b", description="Do."), "inputs must be a list of texts, one an example"),
        (lambda t: t.adapt(["a"], ["b", "c"], description="Do."), "there are 1 inputs and 2 outputs"),
        (lambda t: t.adapt(["a", "a"], ["b", "c"], description="Do."), "example 2: 'input' repeats that of example 1"),
        (lambda t: t.adapt(["a", 3], ["b", "c"], description="Do."), "example 2: 'input' is 3, but it must be a text"),
        (lambda t: t.adapt(description=[1.0]), "the description of a language task is its definition"),
        (lambda t: t.adapt(description="Do.").predict(["a", ""]), "input 2 is '', but it must be a text"),
    ],
)
def test_texts_that_do_not_fit_are_one_sentence(made, call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call(hm.load(made.run))


def test_a_map_of_the_tasks_and_of_what_is_generated_for_them(made, hypermaml, tmp_path):
    out = tmp_path / "map"
    call = ("embed", "language", "--run", made.run, "--method", "hypernet", "--split", "all", "--tasks", "3")
    outcome = hypermaml(*call, "--out", out)
    assert outcome.status == 0, outcome.errors
    rows = [line.split(",")[:3] for line in (out / "tasks.csv").read_text().splitlines()[1:]]
    assert sorted((name, kind) for name, kind, _ in rows) == [*((f"t{n}", "copy") for n in range(4)), ("t4", "new")]
    assert {near for _, _, near in rows} <= {f"t{n}" for n in range(5)}
    for name in ("map", "map_starts", "distances"):
        assert (out / f"{name}.png").exists()
    assert "rank correlation" in outcome.output
    outcome = hypermaml("embed", "language", "--by", "task2vec")
    assert outcome.sentence == "Task2Vec fits the last layer of a network, and language has none: write --by method"


def broken(folder: Path, made: Made, how: str) -> tuple[Path, Path]:
    """Copies of model and tasks, one of them spoiled."""
    model, tasks = folder / "model", folder / "tasks"
    model.mkdir()
    tasks.mkdir()
    for path in made.model.iterdir():
        (model / path.name).write_bytes(path.read_bytes())
    (tasks / "a.json").write_text('{"Definition": "Do.", "Instances": []}')
    weights = model / "model.safetensors"
    if how == "truncated":
        weights.write_bytes(weights.read_bytes()[:-9])
    if how == "tokenizer":
        train_tokenizer([f"word{number}" for number in "abcdefghijklmnopqrstuvwxyz"] * 9, 900).save(
            str(model / "tokenizer.json")
        )
    return model, tasks if how == "task" else made.tasks


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("truncated", "{model}/model.safetensors "),
        ("tokenizer", "{model}/tokenizer.json has "),
        ("task", "{tasks}/a.json: 'Instances' is [], but it must be a list of at least one instance"),
    ],
)
def test_damaged_files_are_named(made, hypermaml, sizes, tmp_path, how, sentence):
    model, tasks = broken(tmp_path, made, how)
    call = ("train", "language", "maml", "--model", model, "--data", tasks, *SMALL[:-2], *sizes)
    outcome = hypermaml(*call, "--out", tmp_path / "run")
    assert outcome.status == 1
    assert outcome.errors.splitlines()[-1].startswith("hypermaml: " + sentence.format(model=model, tasks=tasks))


def test_methods_that_need_a_network_and_descriptions_by_numbers_are_refused(hypermaml):
    outcome = hypermaml("compare", "language", "--methods", "cavia")
    assert outcome.status == 2
    assert outcome.sentence.startswith(
        "cavia needs a learner that is a network, but those of language are adapters of "
    )
    outcome = hypermaml("compare", "language", "--descriptor", "noisy")
    assert outcome.status == 2
    assert outcome.sentence.endswith("the descriptors are full, shuffled, random and none")
