"""The answers of the page are those of the library, and moving the task never compiles again."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from pupils import rows
from untrained import untrained

import hypermaml as hm
from hypermaml.explore import adaptation
from hypermaml.explore.open import Unsuitable, scene_of
from hypermaml.explore.plane import PlaneScene
from hypermaml.explore.sine import SineScene
from hypermaml.explore.table import TableScene

STEPS = 2
SINE = {"description": {"amplitude": 3.0, "phase": 1.0}, "truth": {"amplitude": 3.0, "phase": 1.0}}


@pytest.fixture(scope="module")
def sine(sines):
    return SineScene(sines, STEPS)


@pytest.fixture(scope="module")
def plane(goals):
    return PlaneScene(goals, STEPS)


@pytest.fixture(scope="module")
def school(table):
    return TableScene(table, STEPS)


@pytest.fixture
def traces(monkeypatch):
    """Counts how often an adaptation is compiled."""
    count, loop = [], adaptation.inner_loop

    def counted(*args, **options):
        count.append(1)
        return loop(*args, **options)

    monkeypatch.setattr(adaptation, "inner_loop", counted)
    return count


def test_curves_are_those_of_the_library(sine, sines):
    points = [[-2.0, 0.5], [0.3, 0.0], [4.0, -1.0]]
    answer = sine.answer({**SINE, "points": points})
    x = np.asarray(points)[:, :1]
    y = 3 * np.sin(x - 1) + np.asarray(points)[:, 1:]
    np.testing.assert_allclose(answer["points"], np.concatenate([x, y], axis=1), atol=1e-3)
    for name, trained in sines.items():
        outputs = answer["methods"][name]["outputs"]
        start = trained.initialize(description=[3.0, 1.0]).predict(sine.grid)
        end = trained.adapt(x, y, description=[3.0, 1.0], steps=STEPS).predict(sine.grid)
        np.testing.assert_allclose(outputs[0], start, atol=2e-4)
        np.testing.assert_allclose(outputs[-1], end, atol=2e-4)
        error = np.mean((3 * np.sin(sine.grid - 1) - end) ** 2)
        assert answer["methods"][name]["scores"][-1] == pytest.approx(error, rel=1e-3)
    assert np.abs(np.subtract(*(answer["methods"][name]["outputs"][0] for name in sines))).max() > 0.01


def test_moving_and_adding_compiles_nothing(sine, traces):
    sine.answer({**SINE, "points": [[0.0, 0.0]]})
    traces.clear()
    for count in (0, 1, 7, 24):
        points = [[0.1 * number, 0.2] for number in range(count)]
        moved = {name: {"amplitude": 1.0 + count / 9, "phase": 0.1} for name in ("description", "truth")}
        sine.answer({**moved, "points": points})
    assert traces == []


def test_without_points_nothing_adapts(sine, sines):
    answer = sine.answer({**SINE, "points": []})
    for name in sines:
        outputs = answer["methods"][name]["outputs"]
        assert outputs == [outputs[0]] * (STEPS + 1)


def test_only_the_description_moves_the_generated_start(sine):
    before = sine.answer({**SINE, "points": [[0.0, 0.0]]})["methods"]
    after = sine.answer({**SINE, "description": {"amplitude": 1.0, "phase": 1.0}, "points": [[0.0, 0.0]]})["methods"]
    assert before["maml"] == after["maml"]
    assert before["hypermaml"]["outputs"][0] != after["hypermaml"]["outputs"][0]


@pytest.mark.parametrize(
    ("how", "names"), [("partial", ["amplitude"]), ("noisy", ["amplitude", "phase"]), ("none", [])]
)
def test_the_sliders_are_those_of_the_descriptor(how, names):
    scene = SineScene(untrained(hm.families.Sine(hidden=(8,), description=how), "hypermaml"), STEPS)
    setup, task = scene.setup(), scene.task(3)
    assert [each["name"] for each in setup["description"]] == names == list(task["description"])
    assert [each["name"] for each in setup["truth"]] == ["amplitude", "phase"]
    assert setup["linked"] == (how == "partial")
    if how == "noisy":
        assert task["description"]["amplitude"] != task["truth"]["amplitude"]


def test_methods_without_a_description_have_no_sliders_for_it(sines):
    scene = SineScene({"maml": sines["maml"]}, STEPS)
    assert scene.setup()["description"] == []
    assert scene.task(0)["description"] == {}
    assert not scene.linked


def test_a_diverged_step_is_a_gap(sine, sines):
    answer = sine.answer({**SINE, "points": [[0.0, 1e9]] * 3})["methods"]["maml"]
    assert answer["scores"][-1] is None or answer["scores"][-1] > 1e9


def test_walks_start_as_the_generator_says(plane, goals):
    request = {"description": {"goal x": 0.3, "goal y": -0.2}, "truth": {"goal x": 0.3, "goal y": -0.2}, "draw": 4}
    found = plane.answer(request)["methods"]["hypermaml"]
    trained, family = goals["hypermaml"], goals["hypermaml"].family
    start = trained.initialize(description=[0.3, -0.2]).learner
    walk = family.trajectories(start, jnp.asarray([0.3, -0.2]), size=1, key=jax.random.key(0), sampled=False)
    np.testing.assert_allclose(found["outputs"][0], walk.observations[0], atol=1e-4)
    assert found["scores"][0] == pytest.approx(float(walk.returns()[0]), abs=1e-3)
    assert np.shape(found["rollouts"]) == (3, 6, 2)
    other = plane.answer({**request, "draw": 5})["methods"]["hypermaml"]
    assert other["outputs"][0] == found["outputs"][0]
    assert other["outputs"][-1] != found["outputs"][-1]


def test_moving_the_goal_compiles_nothing_and_moves_the_walks(plane, traces):
    goal = {"goal x": 0.3, "goal y": -0.2}
    before = plane.answer({"description": goal, "truth": goal, "draw": 0})
    traces.clear()
    after = plane.answer({"description": goal, "truth": {"goal x": -0.3, "goal y": -0.2}, "draw": 0})
    assert traces == []
    assert before["methods"]["hypermaml"]["outputs"][0] == after["methods"]["hypermaml"]["outputs"][0]
    assert before["methods"]["hypermaml"]["outputs"][-1] != after["methods"]["hypermaml"]["outputs"][-1]


def test_a_table_is_described_by_sliders_categories_and_dates(school, table):
    controls = {each["name"]: each for each in school.setup()["description"]}
    assert controls["kind"]["options"] == ("a", "b")
    assert controls["built"]["date"]
    assert controls["open"]["options"] == ("false", "true")
    task = school.task(0)
    assert len(task["points"]) == 2
    assert len(task["rows"]) == 6
    named = {"z": 9.0, "kind": "b", "built": 6269.0, "open": "true"}  # 2017-03-01
    answer = school.answer({"description": named, "task": 0, "points": task["points"]})
    outputs, points = answer["methods"]["hypermaml"]["outputs"], np.asarray(task["points"])
    own = {"z": 9.0, "kind": "b", "built": "2017-03-01", "open": True}
    model = table["hypermaml"].adapt(points[:, :1], points[:, 1], description=own, steps=STEPS)
    np.testing.assert_allclose(outputs[-1], model.predict(np.asarray(school.lines[0])[:, None]), rtol=1e-3)


def test_a_field_of_two_inputs_has_a_value_for_each_pair():
    family = hm.TableFamily(rows(each=8, w=np.arange(80.0) % 5), task="task", target="y", shots=2, hidden=(8,))
    scene = TableScene(untrained(family, "maml"), STEPS)
    assert scene.setup()["kind"] == "field"
    task = scene.task(0)
    answer = scene.answer({**task})
    outputs = np.asarray(answer["methods"]["maml"]["outputs"])
    x, w = (len(line) for line in scene.setup()["grid"])
    assert outputs.shape == (STEPS + 1, x * w)
    model = scene.methods["maml"].initialize()
    pair = [[scene.lines[0][3], scene.lines[1][7]]]
    assert outputs[0].reshape(x, w)[3, 7] == pytest.approx(float(model.predict(pair)[0]), rel=1e-3)


@pytest.mark.parametrize(
    ("family", "sentence"),
    [
        (hm.families.Multimodal, "is of Multimodal, but the explorer shows sine curves, navigation, and tables"),
        (lambda: hm.ArrayFamily(np.zeros((9, 5, 3)), np.zeros((9, 5)), shots=2), r"has the inputs \(3,\), but"),
        (
            lambda: hm.TableFamily(rows(c=["a", "b"] * 20), task="task", target="y", shots=2),
            "has the inputs x, c, but the explorer draws one or two inputs that are numbers",
        ),
        (
            lambda: hm.ArrayFamily(np.zeros((9, 5, 1)), np.arange(45).reshape(9, 5) % 3, shots=2),
            "must predict one number or one of two classes",
        ),
    ],
)
def test_what_the_page_cannot_show_is_one_sentence(family, sentence, tmp_path):
    with pytest.raises(Unsuitable, match=sentence):
        scene_of(tmp_path, untrained(family(), "maml"), STEPS)
