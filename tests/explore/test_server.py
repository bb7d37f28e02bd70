"""The page and its requests, and the sentence on each wrong one."""

import json
import math
import re

import pytest
from starlette.testclient import TestClient

from hypermaml.explore.plane import PlaneScene
from hypermaml.explore.server import LARGEST, PAGE, application
from hypermaml.explore.sine import SineScene

TASK = {"amplitude": 3.0, "phase": 1.0}
RIGHT = {"description": TASK, "truth": TASK, "points": [[0.0, 0.5]], "task": 0, "draw": 0}


@pytest.fixture(scope="module")
def client(sines):
    return TestClient(application(SineScene({"hypermaml": sines["hypermaml"]}, 2)), base_url="http://127.0.0.1")


@pytest.fixture(scope="module")
def walker(goals):
    return TestClient(application(PlaneScene(goals, 2)), base_url="http://127.0.0.1")


def test_the_page_loads_nothing_from_other_hosts(client):
    page = client.get("/")
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
    for path in PAGE.iterdir():
        text = path.read_text()
        assert set(re.findall(r"https?://[^\s\"']+", text)) <= {"http://www.w3.org/2000/svg"}, path
        assert client.get(f"/{path.name}").text == text
    named = re.findall(r'(?:src|href|from) ?=? ?"(?:\./)?([\w.]+)"', "".join(p.read_text() for p in PAGE.iterdir()))
    assert {path.name for path in PAGE.iterdir()} - {"index.html"} == set(named)


def test_a_task_is_set_up_and_answered(client):
    setup = client.get("/setup").json()
    assert setup["kind"] == "curve"
    assert [each["label"] for each in setup["methods"]] == ["HyperMAML"]
    task = client.get("/task/1").json()
    answer = client.post("/adapt", json={**RIGHT, **task})
    assert answer.status_code == 200
    found = answer.json()
    assert len(found["methods"]["hypermaml"]["outputs"]) == setup["steps"] + 1
    assert [len(each) for each in found["methods"]["hypermaml"]["outputs"]] == [len(setup["grid"])] * 3
    assert len(found["points"]) == len(task["points"]) == 4


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"points": [[0.0, math.nan]]}, "the request holds NaN, which is not a finite number"),
        ({"points": [[0.0, 1e12]]}, "point 1 is 1000000000000.0, but it must be a number between -1e9 and 1e9"),
        ({"points": [[0.0, 1.0], [0.0]]}, r"point 2 is [0.0], but it must be 2 numbers"),
        ({"points": [["0", 1.0]]}, "point 1 is '0', but it must be a number"),
        ({"points": [[True, 1.0]]}, "point 1 is True, but it must be a number"),
        ({"points": [[0.0, 1.0]] * 25}, "there are 25 points, but at most 24 fit: remove some"),
        ({"points": {}}, "the points are {}, but they must be a list"),
        ({"points": None}, "the points are None, but they must be a list"),
        ({"description": {"amplitude": 9.0, "phase": 1.0}}, "amplitude is 9, but it must be from "),
        (
            {"description": {"amplitude": 1.0}},
            "the description is {'amplitude': 1.0}, but it must give amplitude, phase",
        ),
        ({"truth": {**TASK, "other": 1}}, "the true task is {'amplitude': 3.0, 'phase': 1.0, 'other': 1}, but it must"),
        ({"truth": [3.0, 1.0]}, "the true task is [3.0, 1.0], but it must give amplitude, phase by name"),
    ],
)
def test_wrong_input_is_one_sentence(client, change, sentence):
    answer = client.post("/adapt", content=json.dumps({**RIGHT, **change}))
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(sentence)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "the request is empty, but it must be JSON"),
        (b"[1]", "the request"),
        (b"{" * 10_000, "the request"),
        (b"\xff", "the request is not text in UTF-8"),
        (b" " * (LARGEST + 1), f"the request has more than {LARGEST:,} bytes: send fewer points"),
    ],
)
def test_what_is_not_a_request_is_one_sentence(client, body, sentence):
    answer = client.post("/adapt", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(sentence)
    assert "\n" not in answer.json()["error"]


def test_a_task_that_is_not_there(client):
    answer = client.get("/task/99")
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        "the task is 99, but it must be a whole number from 0 to 19",
    )
    assert client.get("/nowhere.js").status_code == 404


def test_other_hosts_reach_nothing(client):
    assert client.get("/setup", headers={"host": "example.org"}).status_code == 400


def test_a_walk_is_answered(walker):
    task = walker.get("/task/0").json()
    assert walker.post("/adapt", json={**task, "draw": 0}).status_code == 200
    answer = walker.post("/adapt", json={**task, "draw": -1})
    assert answer.json()["error"] == "the number of the rollouts is -1, but it must be a whole number from 0 to 999"
