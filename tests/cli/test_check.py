"""Checks on the command line: a line for each, a verdict, an exit status."""

import pytest

SOURCE = '''
import jax
import jax.numpy as jnp

import hypermaml as hm


class Lines(hm.SampledFamily):
    def sample_task(self, key):
        return jax.random.normal(key, (2,))

    def sample_examples(self, task, n, key):
        x = jax.random.normal(key, (n, 1))
        return x, x * task[0] + task[1]


class Sum(Lines):
    def inner_loss(self, learner, batch):
        return jnp.sum((self.outputs(learner, batch.x) - batch.y)[:, 0] ** 2 * batch.mask)


class Half(hm.HyperMAML):
    """Half of HyperMAML."""


family = Lines(shots=3, queries=3, test_examples=4, hidden=(4,))
sums = Sum(shots=3, queries=3, test_examples=4, hidden=(4,))
number = 3
'''


@pytest.fixture
def tasks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_lines.py").write_text(SOURCE)
    return tmp_path


def test_a_family_without_fault_is_a_line_for_each_check_and_a_verdict(hypermaml, tasks):
    outcome = hypermaml("check", "my_lines.py:family")
    assert (outcome.status, outcome.errors) == (0, "")
    *lines, verdict = outcome.output.splitlines()
    assert verdict == "Lines with MAML: no fault found."
    assert all(line.startswith("✓ ") for line in lines)
    assert "✓ keys: equal keys give equal tasks and data, and other keys give others" in lines


def test_a_fault_is_a_line_with_its_place_and_the_status_1(hypermaml, tasks):
    outcome = hypermaml("check", "my_lines.py:sums")
    assert outcome.status == 1
    (line,) = (line for line in outcome.output.splitlines() if line.startswith("✗ "))
    assert line.startswith("✗ mean loss: the inner loss of a batch with each example twice has 2 times the gradient")
    assert line.endswith("[Sum.inner_loss (my_lines.py, line 18)]")
    assert outcome.sentence == "Sum with MAML: 1 fault."


def test_a_method_of_ones_own_that_reads_descriptions_which_are_not_there(hypermaml, tasks):
    outcome = hypermaml("check", "my_lines.py:family", "--method", "my_lines.py:Half")
    assert outcome.status == 1
    assert "✗ description: Half reads descriptions, but tasks have none, so that all" in outcome.output


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("--method", "mamml"), "there is no method 'mamml'; did you mean maml?"),
        (
            ("--method", "my_lines.py:none"),
            "has no 'none'; write my_lines.py:NAME with the name of a method",
        ),
        (("--method", "my_lines.py:number"), "class int, but it must be the configuration of a method"),
        (("--seed", "-1"), "seed is -1, but it must be at least 0"),
        (("--descriptor", "partial"), "there is no descriptor 'partial'"),
    ],
)
def test_wrong_arguments_are_one_sentence(hypermaml, tasks, args, sentence):
    outcome = hypermaml("check", "my_lines.py:family", *args)
    assert outcome.status == 2
    assert sentence in outcome.sentence
