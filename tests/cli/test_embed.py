import csv
import json

import pytest

from hypermaml.cli.program import command


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("embed") / "out"
    call = ["embed", "clustered-sine", "--split", "meta-train", "--tasks", "8", "--iterations", "3", "--support", "6"]
    assert command([*call, "--descriptor", "full", "--method", "hypermaml", "--out", str(path)]) == 0
    return path


def rows(path):
    return list(csv.reader(path.read_text().splitlines()))


def test_tables_and_pictures_are_there(folder):
    found = json.loads((folder / "embeddings.json").read_text())
    assert (found["family"], found["embedder"], found["tasks"], found["entries"]) == (
        "clustered-sine",
        "Task2Vec",
        8,
        80,
    )
    assert 0 <= found["neighbors"]["low"] <= found["neighbors"]["share"] <= found["neighbors"]["high"] <= 1
    head, *tasks = rows(folder / "tasks.csv")
    assert head[:5] == ["task", "group", "nearest", "distance", "entry_0"]
    assert len(tasks) == 8
    distances = [[float(value) for value in row[1:]] for row in rows(folder / "distances.csv")[1:]]
    for task, row in enumerate(tasks):
        others = [value for other, value in enumerate(distances[task]) if other != task]
        assert float(row[3]) == min(others) == distances[task][int(row[2])]
    for name in ("map", "distances"):
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert "<svg" in (folder / f"{name}.svg").read_text()


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["navigation", "--by", "task2vec"], "Task2Vec needs examples with labels, and navigation has none"),
        (["sine", "--method", "hipermaml"], "there is no method 'hipermaml'; did you mean hypermaml?"),
        (["navigation", "--select"], "--select chooses experts by Task2Vec: leave out --by method"),
        (["sine", "--tasks", "2"], "tasks is 2, but it must be at least 3"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(args, sentence, capsys):
    assert command(["embed", *args]) == 2
    assert sentence in capsys.readouterr().err


def test_a_run_without_the_method_or_the_description_is_refused(tmp_path, capsys):
    run = tmp_path / "run"
    sizes = ["--iterations", "2", "--meta-batch", "2", "--chunk", "2", "--validation-tasks", "2", "--test-tasks", "2"]
    call = ["train", "navigation", "hypermaml", "--shots", "2", "--steps", "1", "--descriptor", "partial"]
    assert command([*call, *sizes, "--generator", "dense", "--generator.width", "3", "--out", str(run)]) == 0
    capsys.readouterr()
    embed = ["embed", "navigation", "--run", str(run), "--tasks", "5", "--out", str(tmp_path / "out")]
    assert command([*embed, "--method", "hypernet"]) == 1
    assert "holds no hypernet on navigation: name a run that does" in capsys.readouterr().err
    assert command(embed) == 1
    assert "holds no checkpoint of full/hypermaml/0: its descriptors are partial" in capsys.readouterr().err
    assert command([*embed, "--shots", "3"]) == 1
    assert "shots is 3, but it is 2 in " in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert command([*embed, "--descriptor", "partial", "--shots", "2"]) == 0
    found = json.loads((tmp_path / "out" / "embeddings.json").read_text())
    assert (found["embedder"], found["entries"], found["neighbors"]) == ("the embedder of hypermaml", 1, None)
    assert found["iterations"] == 2  # of the run, not of --iterations
    assert "correlation with generated initializations" in found


def test_a_method_that_embeds_nothing_is_refused(tmp_path, capsys):
    embed = ["embed", "navigation", "--method", "maml", "--iterations", "1", "--tasks", "4"]
    assert command([*embed, "--out", str(tmp_path / "out")]) == 1
    assert "maml embeds no task: name one that does, such as hypermaml" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


OWN = '''
import jax
import jax.numpy as jnp

import hypermaml as hm
from hypermaml.nn.mlp import MLP


class Lines(hm.AbstractFamily):
    """Straight lines."""

    shots: int = 5
    queries: int = 5
    metrics = {"mse": hm.Metric()}

    @property
    def splits(self):
        return "meta-train", "meta-validation", "meta-test"

    def sample(self, n, *, split, key):
        return jax.random.normal(self.split_key(split, key), (n, 2))

    def task_info(self, task, *, key):
        return hm.TaskInfo(task, task)

    def batch(self, learner, task, *, size, key):
        x = jax.random.normal(key, (size, 1))
        return x, x * task[0] + task[1]

    def inner_loss(self, learner, batch):
        return jnp.mean((jax.vmap(learner)(batch[0]) - batch[1]) ** 2)

    outer_loss = inner_loss

    def score(self, learner, task, query):
        return {"mse": self.inner_loss(learner, query)}

    def learner(self, *, context=0, key):
        return MLP((1 + context, 8, 1), key=key)


family = Lines()
'''


def test_a_family_of_a_user_is_embedded_and_one_sentence_says_what_it_lacks(tmp_path, capsys):
    (tmp_path / "lines.py").write_text(OWN)
    embed = ["embed", f"{tmp_path / 'lines.py'}:family", "--tasks", "4", "--out", str(tmp_path / "out")]
    assert command([*embed, "--by", "method", "--iterations", "1"]) == 0
    assert "4 tasks of lines, 2 entries each (the embedder of hypermaml)." in capsys.readouterr().out
    assert command([*embed, "--by", "task2vec", "--method", "none"]) == 1
    sentence = (
        "Task2Vec reads support sets with labels, and Lines is not an AbstractSupervisedFamily: write --by method"
    )
    assert sentence in capsys.readouterr().err
    assert command([*embed, "--by", "method", "--split", "far"]) == 1
    assert "split is far, but the splits of the family are meta-train, meta-validation" in capsys.readouterr().err
