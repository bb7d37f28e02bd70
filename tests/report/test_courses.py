"""The picture of trajectories of any environment."""

import numpy as np

from hypermaml.report.looks import PACKAGE
from hypermaml.report.plots.traces import plot_traces

COURSES = np.random.default_rng(0).normal(size=(3, 2, 5, 7, 2))  # task, step, trajectory, time, number


def test_each_task_has_a_row_for_reward_and_for_observation():
    arrays = {"parameters": np.array([[1.0, 0.5], [2.0, 0.7], [0.5, 0.5]]), "parameter_names": np.array(["m", "l"])}
    arrays |= {"courses/maml": COURSES, "courses/hypermaml": COURSES + 1}
    plot = plot_traces(arrays, PACKAGE, descriptor="full")
    assert plot.name == "courses_full"
    panels = plot.figure.axes
    assert len(panels) == 2 * 2 * 2
    assert [panel.get_ylabel() for panel in panels[::2]] == [
        "m = 1.00, l = 0.50\nreward",
        "m = 1.00, l = 0.50\nobservation 0",
        "m = 2.00, l = 0.70\nreward",
        "m = 2.00, l = 0.70\nobservation 0",
    ]
    assert [len(panel.lines) for panel in panels] == [8] * 8  # four trajectories before, four after
    np.testing.assert_array_equal(panels[2].lines[4].get_ydata(), COURSES[0, 1, 0, :, 1])
    assert panels[2].get_shared_y_axes().joined(panels[2], panels[3])


def test_many_methods_take_several_rows():
    names = ["maml", "hypermaml", "random", "oracle", "pretrained", "conditioned", "hypernet"]
    arrays = {"parameters": np.array([[1.0]]), "parameter_names": np.array(["m"])}
    arrays |= {f"courses/{name}": COURSES[:1] for name in names}
    plot = plot_traces(arrays, PACKAGE, descriptor="full")
    assert len([panel for panel in plot.figure.axes if panel.lines]) == 2 * len(names)
