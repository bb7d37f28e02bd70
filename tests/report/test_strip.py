"""Strips and videos of made-up robots: scale, order, words, and bytes that the data determine."""

import io

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from PIL import Image

from hypermaml.apply.recording import Recording
from hypermaml.report.looks import PACKAGE
from hypermaml.report.plots import video
from hypermaml.report.plots.camera import below, camera
from hypermaml.report.plots.robot import Solids, draw_robot, stadiums
from hypermaml.report.plots.strip import FRAMES, picture, plot_strip
from hypermaml.report.plots.style import grid
from hypermaml.report.plots.video import film, schedule
from hypermaml.sim.body import HalfCheetah
from hypermaml.sim.track import Track

WORDS = {"method": "maml", "family": "crawler-velocity", "place": "Task 3 of meta-test"}


class Crawler(HalfCheetah):
    """An action lasts .05 s."""

    @property
    def timestep(self) -> float:
        return 0.05


def make(*, goal="velocity", task=1.5, wide=0.0, horizon=20, ends_at=(None, None)) -> Recording:
    """A torso and a leg to each side that glide along, faster after adaptation."""
    shape = np.array([[[-0.4, 0, 0.5], [0.4, 0, 0.5]], [[0, wide, 0.5], [0, wide, 0.1]], [[0.3, -wide, 0.5]] * 2])
    speed = np.broadcast_to(np.array([0.1, 1.0])[:, None, None], (2, 4, horizon)).copy()
    way = 0.05 * np.cumsum(speed[:, 0], axis=-1)
    ends = shape + way[:, :, None, None, None] * [1.0, 0.0, 0.0]
    for stage, end in enumerate(ends_at):
        if end is not None:
            ends[stage, end:] = np.nan
            speed[stage, 0, end:] = np.nan
    track = Track(Crawler(), goal, horizon=horizon)
    scores, solids = {"return": np.array([-20.25, -4.5])}, (ends, np.array([0.05, 0.08, 0.08]), np.zeros(3, bool))
    return Recording(track, np.float32(task), 3, scores, "return", speed, *solids)


def words(figure) -> list[str]:
    found = [text.get_text() for text in figure.texts]
    for panel in figure.axes:
        found += [panel.get_title(loc="left"), *(text.get_text() for text in panel.texts)]
    return [text for text in found if text]


@pytest.mark.parametrize("wide", [0.0, 0.4])
@pytest.mark.parametrize(("suffix", "begins"), [(".png", b"\x89PNG"), (".svg", b"<?xml")])
def test_the_same_recording_gives_the_same_bytes(wide, suffix, begins):
    first, second = (picture(plot_strip(make(wide=wide), **WORDS), suffix) for _ in range(2))
    assert first == second
    assert first.startswith(begins)


def test_it_says_what_it_shows():
    found = words(plot_strip(make(), **WORDS))
    assert "MAML on crawler-velocity: 1.50 m/s" in found
    assert "Task 3 of meta-test. Drawn is the first of 4 sampled trajectories." in found
    assert "Before adaptation: 0.10 m/s on average, return −20.2" in found
    assert "After 3 inner steps: 1.00 m/s on average, return −4.5" in found
    assert "0.95 s, +0.10 m" in found
    assert "0.95 s, +0.95 m" in found


@pytest.mark.parametrize(("task", "word"), [(1.0, "forward"), (-1.0, "backward")])
def test_a_direction_has_a_name_and_no_speed_to_keep(task, word):
    figure = plot_strip(make(goal="direction", task=task), **WORDS)
    assert f"MAML on crawler-velocity: {word}" in words(figure)
    assert figure.axes[-1].get_lines()[0].get_ydata() == [0.0, 0.0]
    assert figure.legends[0].get_texts()[0].get_text() == "standing still"


@pytest.mark.parametrize("wide", [0.0, 0.4])
def test_a_metre_is_as_long_upward_as_forward_and_frames_stand_above_their_moments(wide):
    figure = plot_strip(make(wide=wide, horizon=FRAMES + 14), **WORDS)
    *strips, speed = figure.axes
    for strip in strips:
        (x, y), (forward, upward) = strip.transData.transform([[0, 0], [1, 1]])
        assert forward - x == pytest.approx(upward - y)
        robots = [each for each in strip.collections if isinstance(each, PolyCollection)]
        assert len(robots) == 2 * FRAMES  # with their shadows
    starts = [each for each in strips[0].texts if " s, " in each.get_text()]
    frames = [strips[0].transData.transform(each.xy)[0] for each in starts]
    moments = [speed.transData.transform((moment, 0))[0] for moment in speed.get_xticks()]
    np.testing.assert_allclose(frames, moments, atol=1e-6)


def test_after_the_end_there_is_a_hint_of_the_last_pose():
    figure = plot_strip(make(ends_at=(3, None)), **WORDS)
    assert [text.get_text() for text in figure.axes[0].texts].count("over at 0.15 s") == FRAMES - 1
    robots = [each for each in figure.axes[0].collections if isinstance(each, PolyCollection)]
    darkness = [3.0 - each.get_facecolors()[0, :3].sum() for each in robots[1::2]]
    assert max(darkness[1:]) < 0.5 * darkness[0]


def test_a_recording_without_a_step_is_no_error():
    nothing = make(ends_at=(0, 0))
    nothing.step_metric[:] = np.nan
    figure = plot_strip(nothing, **WORDS)
    assert picture(figure, ".png")
    assert "Before adaptation: return −20.2" in words(figure)


def test_an_outline_is_as_long_and_as_wide_as_its_capsule():
    lying, upright, sphere = stadiums(
        np.array([[[0, 0], [2, 0]], [[1, 0], [1, 3]], [[5, 5], [5, 5]]], float), np.array([0.1, 0.2, 0.3])
    )
    np.testing.assert_allclose(np.ptp(lying, axis=0), [2.2, 0.2], rtol=1e-9)
    np.testing.assert_allclose(np.ptp(upright, axis=0), [0.4, 3.4], rtol=1e-9)
    np.testing.assert_allclose(np.ptp(sphere, axis=0), [0.6, 0.6], rtol=1e-9)


def test_what_is_nearer_is_drawn_later_and_darker():
    ends = make(wide=0.4).ends[0, 0]
    _, ((panel,),) = grid(1, 1, width=3, height=3, share=True)
    view = camera(ends)
    solids = Solids(ends, np.array([0.05, 0.08, 0.08]), np.zeros(3, bool))
    _, robot = draw_robot(panel, view, solids, below(ends), color=PACKAGE["maml"].color)
    outlines = [path.vertices[:-1].mean(0) for path in robot.get_paths()]
    centers = view.see(ends.mean(1) - [0, 0, 0])
    np.testing.assert_allclose([outlines[0], outlines[-1]], centers[[1, 2]], atol=0.05)  # the left leg, the right one
    assert (np.diff(robot.get_facecolors()[:, :3].sum(1)) < 0).all()


def test_a_robot_in_a_plane_is_seen_at_a_right_angle():
    assert camera(make().ends).level
    view = camera(make(wide=0.4).ends)
    assert not view.level
    np.testing.assert_allclose(np.array(view) @ np.array(view).T, np.eye(3), atol=1e-12)


@pytest.mark.parametrize(
    ("horizon", "seconds", "frames", "interval", "pace"),
    [(200, 0.01, 100, 0.04, 2), (50, 0.01, 50, 0.08, 8), (200, 0.02, 100, 0.04, 1), (200, 0.05, 200, 0.05, 1)],
)
def test_a_video_lasts_long_enough_to_see_something(horizon, seconds, frames, interval, pace):
    picks, *rest = schedule(horizon, seconds)
    assert len(picks) == frames
    assert rest == pytest.approx([interval, pace])
    assert len(schedule(10_000, 0.05)[0]) <= video.MOST


def test_a_video_of_every_step_in_slow_motion(monkeypatch):
    told = []
    recording = make(wide=0.4, horizon=8, ends_at=(5, None))
    contents = film(recording, **WORDS, report=lambda *count: told.append(count))
    assert contents == film(recording, **WORDS)
    assert told == [(count, 8) for count in range(1, 9)]
    moving = Image.open(io.BytesIO(contents))
    assert (moving.n_frames, moving.info["duration"], moving.info["loop"]) == (8, 400, 0)
    monkeypatch.setattr(video, "LARGEST", len(contents) - 1)
    smaller = film(recording, **WORDS)
    assert len(smaller) < len(contents)
    assert Image.open(io.BytesIO(smaller)).n_frames == 4
