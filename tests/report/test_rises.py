"""The picture of objects that were lifted, and the texts of a recording that lifts one."""

import numpy as np
import pytest

from hypermaml.apply.recording import Recording
from hypermaml.report.looks import PACKAGE
from hypermaml.report.plots.robot import hull, outlines
from hypermaml.report.plots.strip import picture, plot_strip
from hypermaml.report.plots.traces import plot_traces
from hypermaml.report.plots.words import words_of
from hypermaml.sim.grasp import Grasp
from hypermaml.sim.shape import KINDS, GraspObject

RISES = np.zeros((2, 4, 15))
RISES[1, :3, 2:] = 0.06  # three of four lift and hold it
BOX = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)


def recording():
    ends = np.broadcast_to(0.02 * BOX + [0, 0, 0.02], (2, 15, 2, 8, 3)).copy()
    ends[:, :, 0] += [0, 0, 0.1]
    grasp_object = GraspObject(
        np.array(KINDS.index("angle")), np.array([0.04, 0.02, 0.03]), 0.1, 1.0, -0.5, np.zeros(2)
    )
    scores = {"return": np.array([3.0, 40.5]), "success": np.array([0.0, 0.75])}
    loose = np.array([False, True])
    return Recording(Grasp(15), grasp_object, 1, scores, "return", RISES, ends, np.zeros(2), loose)


def test_words_name_the_object_and_how_many_lift_it():
    words = words_of(recording())
    assert words.aim == "angle of 8.0 × 4.0 × 6.0 cm, yaw −29°"
    assert [words.heading(stage) for stage in (0, 1)] == ["0 of 4 lift and hold it, ", "3 of 4 lift and hold it, "]
    assert (words.level, words.factor) == (5, 100)
    assert (words.moment(0, 5), words.moment(1, 5)) == ("0.0 cm", "6.0 cm")


def test_a_strip_says_them_and_the_data_determine_its_bytes():
    place = {"method": "maml", "family": "grasp", "place": "Task 0 of meta-test"}
    figure = plot_strip(recording(), **place)
    titles = [panel.get_title(loc="left") for panel in figure.axes]
    assert titles[:2] == [
        "Before adaptation: 0 of 4 lift and hold it, return 3.0",
        "After 1 inner step: 3 of 4 lift and hold it, return 40.5",
    ]
    assert picture(figure, ".png") == picture(plot_strip(recording(), **place), ".png")


def test_each_panel_counts_what_was_grasped():
    arrays = {"kind": np.array([0, 4]), "size": np.array([[0.04, 0.02, 0.03]] * 2)}
    plot = plot_traces(arrays | {"rises/maml": np.stack([RISES, RISES[::-1]])}, PACKAGE, descriptor="full")
    assert plot.name == "rises_full"
    told = [text.get_text() for panel in plot.figure.axes for text in panel.texts]
    assert told == ["0 → 3 of 4", "3 → 0 of 4"]
    labels = [panel.get_ylabel().splitlines()[0] for panel in plot.figure.axes]
    assert labels == ["box, 8.0 × 4.0 × 6.0 cm", "angle, 8.0 × 4.0 × 6.0 cm"]


def test_the_hull_of_points_has_their_outermost_in_order():
    points = np.array([[0, 0], [2, 0], [2, 1], [0, 1], [1, 0.5], [1, 0]], float)
    corners = hull(points)
    np.testing.assert_array_equal(corners, [[0, 0], [2, 0], [2, 1], [0, 1]])
    np.testing.assert_array_equal(hull(np.ones((5, 2))), [[1, 1]])


def test_an_outline_is_the_hull_widened_by_the_radius():
    square = BOX[None, :4, 1:]
    sharp, round_ = outlines(np.concatenate([square, square]), np.array([0.0, 0.25]))
    np.testing.assert_allclose(np.ptp(sharp, axis=0), [2, 2])
    np.testing.assert_allclose(np.ptp(round_, axis=0), [2.5, 2.5], rtol=0.02)


def test_an_environment_of_another_kind_is_named():
    other = recording()
    object.__setattr__(other, "environment", object())
    with pytest.raises(TypeError, match="a object cannot be drawn"):
        words_of(other)
