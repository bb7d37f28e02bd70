"""Write the texts of pictures of a recording: of a body that runs, and of a hand that grasps."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from hypermaml.apply.recording import Recording
from hypermaml.report.plots.camera import below
from hypermaml.sim.grasp import LIFTED, Grasp, success
from hypermaml.sim.shape import KINDS, GraspObject
from hypermaml.sim.track import Track


class Words(NamedTuple):
    """The texts of one recording, and how the camera follows it.

    Attributes:
        aim: the task, in the title.
        axis: the step metric, with its unit.
        factor: from the step metric's unit to the one that is drawn.
        level: of the step metric, in the drawn unit, that lies behind the curves.
        goal: the name of the level.
        heading: of a stage, a summary of its trajectories; ends in ", " where it is not empty.
        moment: of a stage and a time, how far the first trajectory has come.
        at: the point of the floor that the camera follows, `(stage, time, 3)`, in m.
        scale: of the picture, 1 for a robot of about a metre.
        wide: half of a video's width, in heights of what it shows.
    """

    aim: str
    axis: str
    factor: float
    level: float
    goal: str
    heading: Callable[[int], str]
    moment: Callable[[int, int], str]
    at: Float[np.ndarray, "stage time 3"]
    scale: float
    wide: float


def words_of(recording: Recording) -> Words:
    """Return the texts for a recording's environment.

    Raises:
        TypeError: there is no picture of the environment.
    """
    if isinstance(recording.environment, Track):
        return _running(recording, recording.environment)
    if isinstance(recording.environment, Grasp):
        return _grasping(recording, recording.task)
    raise TypeError(f"a {type(recording.environment).__name__} cannot be drawn")


def signed(text: str) -> str:
    """Replace each hyphen by a minus sign."""
    return text.replace("-", "\N{MINUS SIGN}")


def _running(recording: Recording, track: Track) -> Words:
    at, keep, task = below(recording.ends), track.goal == "velocity", float(recording.task)

    def heading(stage: int) -> str:
        speed = recording.step_metric[stage][np.isfinite(recording.step_metric[stage])]
        return f"{speed.mean():.2f} m/s on average, " if speed.size else ""

    def moment(stage: int, time: int) -> str:
        way = (at[stage, time] - at[stage, 0])[0]
        return signed(f"{round(way, 2) + 0.0:+.2f} m")

    return Words(
        aim=f"{task:.2f} m/s" if keep else ("forward" if task > 0 else "backward"),
        axis="speed, m/s",
        factor=1.0,
        level=task if keep else 0.0,
        goal="speed to keep" if keep else "standing still",
        heading=heading,
        moment=moment,
        at=at,
        scale=1.0,
        wide=1.9,
    )


def _grasping(recording: Recording, grasp_object: GraspObject) -> Words:
    rises = recording.step_metric.astype(float)
    length, width, height = 200 * np.asarray(grasp_object.size)
    yaw = np.degrees(float(grasp_object.yaw))
    form = f"{KINDS[int(grasp_object.kind)]} of {length:.1f} × {width:.1f} × {height:.1f} cm, yaw {yaw:.0f}°"

    def heading(stage: int) -> str:
        held = success(recording.step_metric[stage])
        return f"{held.sum()} of {len(held)} lift and hold it, "

    return Words(
        aim=signed(form),
        axis="lifted by, cm",
        factor=100.0,
        level=100 * LIFTED,
        goal=f"{100 * LIFTED:.0f} cm, to be held",
        heading=heading,
        moment=lambda stage, time: signed(f"{round(100 * rises[stage, 0, max(time - 1, 0)], 1) + 0.0:.1f} cm"),
        at=np.zeros((*recording.ends.shape[:2], 3)),
        scale=0.2,
        wide=1.0,
    )
