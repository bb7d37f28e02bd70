"""A LoRA for a task of one's own on a model that transformers wrote: peft loads it there, and it answers alike."""

import json

import pytest
from users_models import KINDS, NEW, check_alike, write_data, write_model

pytestmark = [pytest.mark.oracle, pytest.mark.product, pytest.mark.filterwarnings("ignore")]


@pytest.mark.parametrize("sharded", [False, True], ids=["whole", "sharded"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_run_on_the_model_of_a_user(hypermaml, sizes, tmp_path, kind, sharded):
    data = write_data(tmp_path / "tasks.zip")
    write_model(tmp_path / "model", kind, sharded=sharded)
    outcome = hypermaml(
        *("train", "language", "hypermaml", "--data", data, "--model", tmp_path / "model", "--answer-tokens", "8"),
        *("--shots", "2", "--queries", "2", "--test-examples", "3", "--rank", "2", "--generator.width", "8"),
        *(*sizes, "--outer-lr", "0.05", "--out", tmp_path / "run"),
    )
    assert outcome.status == 0, outcome.errors
    support = [{"input": asked, "output": answer} for asked, answer in NEW["examples"].items()]
    lines = [{"name": f"t{n}", "description": NEW["description"], "support": support[:n]} for n in (1, 2)]
    (tmp_path / "tasks.jsonl").write_text("\n".join(map(json.dumps, lines)))
    call = ("adapt", tmp_path / "run", "--tasks", tmp_path / "tasks.jsonl", "--out", tmp_path / "loras")
    answers = []
    for asked in NEW["asked"]:
        outcome = hypermaml(*call, "--ask", asked, "--overwrite")
        assert outcome.status == 0, outcome.errors
        answers.append(outcome.output.splitlines()[2].partition("answer: ")[2])
    check_alike(tmp_path / "model", tmp_path / "loras" / "t2", answers)
