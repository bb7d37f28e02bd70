"""What pictures of a journey say, and how they look at it: of a body that runs, and of a hand that grasps."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from hypermaml.apply.recording import Journey
from hypermaml.report.plots.camera import below
from hypermaml.sim.grasp import LIFTED, Grasp, success
from hypermaml.sim.shape import KINDS, Thing
from hypermaml.sim.track import Track


class Words(NamedTuple):
    """Of one journey.

    Attributes:
        aim: what the task is, in the title.
        axis: the gauge, with its unit.
        factor: from the gauge's unit to the one that is drawn.
        level: of the gauge, in the drawn unit, that lies behind the curves.
        goal: what the level is called.
        heading: of a stage, what its trajectories tell; ends in ", " where it is not empty.
        moment: of a stage and a time, where the first trajectory has come by then.
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


def words_of(journey: Journey) -> Words:
    """Those of its environment.

    Raises:
        TypeError: nothing is known of how to draw the environment.
    """
    if isinstance(journey.environment, Track):
        return _running(journey, journey.environment)
    if isinstance(journey.environment, Grasp):
        return _grasping(journey, journey.task)
    raise TypeError(f"a {type(journey.environment).__name__} cannot be drawn")


def signed(text: str) -> str:
    """With a minus sign for each hyphen."""
    return text.replace("-", "\N{MINUS SIGN}")


def _running(journey: Journey, track: Track) -> Words:
    at, keep, task = below(journey.ends), track.goal == "velocity", float(journey.task)

    def heading(stage: int) -> str:
        speed = journey.gauge[stage][np.isfinite(journey.gauge[stage])]
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


def _grasping(journey: Journey, thing: Thing) -> Words:
    rises = journey.gauge.astype(float)
    length, width, height = 200 * np.asarray(thing.size)
    turn = np.degrees(float(thing.turn))
    form = f"{KINDS[int(thing.kind)]} of {length:.1f} × {width:.1f} × {height:.1f} cm, turned by {turn:.0f}°"

    def heading(stage: int) -> str:
        held = success(journey.gauge[stage])
        return f"{held.sum()} of {len(held)} lift and hold it, "

    return Words(
        aim=signed(form),
        axis="lifted by, cm",
        factor=100.0,
        level=100 * LIFTED,
        goal=f"{100 * LIFTED:.0f} cm, to be held",
        heading=heading,
        moment=lambda stage, time: signed(f"{round(100 * rises[stage, 0, max(time - 1, 0)], 1) + 0.0:.1f} cm"),
        at=np.zeros((*journey.ends.shape[:2], 3)),
        scale=0.2,
        wide=1.0,
    )
