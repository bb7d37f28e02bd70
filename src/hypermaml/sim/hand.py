"""A parallel gripper on a wrist over a table, and one object on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from hypermaml.sim.machine import AbstractMachine
from hypermaml.sim.physics import Grip
from hypermaml.sim.shape import PARTS, Kind, solids

WRIST = 4  # joints before those of the jaws
OBJECT = slice(6, 9)  # its middle among the positions
PAD = 0.015  # m from the lower end of the jaws up to the middle of what holds
OPEN = 0.045  # m from the middle to either jaw when it is open
STEP = 1 / 150  # s of the physics
HIDDEN = 0.001  # m, half of a part that an object does not have, which lies within it

_MJCF = f"""
<mujoco model="hand">
  <compiler angle="radian" autolimits="true"/>
  <option timestep="{STEP}" integrator="implicitfast" cone="elliptic" impratio="10"/>
  <default>
    <geom condim="4" friction="1 0.01 0.001" solref="{2 * STEP} 1"/>
    <default class="jaw">
      <joint type="slide" range="0 {OPEN - 0.002}" damping="2" armature="0.1"/>
      <geom type="box" size="0.01 0.005 0.045" mass="0.05"/>
    </default>
  </default>
  <worldbody>
    <geom name="table" type="plane" size="0.5 0.5 0.1"/>
    <body name="wrist" gravcomp="1">
      <joint name="x" type="slide" axis="1 0 0" range="-0.1 0.1" armature="0.1"/>
      <joint name="y" type="slide" axis="0 1 0" range="-0.1 0.1" armature="0.1"/>
      <joint name="z" type="slide" axis="0 0 1" range="0.002 0.25" armature="0.1"/>
      <joint name="yaw" type="hinge" axis="0 0 1" range="-2 2" armature="0.001"/>
      <geom name="palm" type="box" size="0.015 0.06 0.01" pos="0 0 0.1" mass="0.2"/>
      <body name="left" pos="0 {OPEN + 0.005} 0.045" gravcomp="1">
        <joint name="left" class="jaw" axis="0 -1 0"/>
        <geom name="left" class="jaw"/>
        <site name="left" type="box" size="0.011 0.006 0.046"/>
      </body>
      <body name="right" pos="0 {-OPEN - 0.005} 0.045" gravcomp="1">
        <joint name="right" class="jaw" axis="0 1 0"/>
        <geom name="right" class="jaw"/>
        <site name="right" type="box" size="0.011 0.006 0.046"/>
      </body>
    </body>
    <body name="object">
      <joint name="object" type="free" damping="0.0005"/>
      <body name="mark"/>
    </body>
  </worldbody>
  <equality>
    <joint joint1="left" joint2="right" solref="{2 * STEP} 1"/>
  </equality>
  <actuator>
    <velocity name="x" joint="x" kv="100" ctrlrange="-0.25 0.25"/>
    <velocity name="y" joint="y" kv="100" ctrlrange="-0.25 0.25"/>
    <velocity name="z" joint="z" kv="400" ctrlrange="-0.4 0.4"/>
    <velocity name="yaw" joint="yaw" kv="1" ctrlrange="-8 8"/>
    <velocity name="jaws" joint="left" kv="100" ctrlrange="-0.2 0.2"/>
  </actuator>
  <sensor>
    <touch name="left" site="left"/>
    <touch name="right" site="right"/>
  </sensor>
</mujoco>
"""


@dataclass(frozen=True)
class Hand(AbstractMachine):
    """Its motors set velocities of the wrist and of the jaws.

    At full speed the wrist moves by 0.25 m/s along x and y and 0.4 m/s along z, and yaws by 8 rad/s; the jaws close by
    0.2 m/s each, and push with 20 N at most.

    It observes where its joints are and how they move, where the middle of the object is beside its own and how that
    moves, how far the object has been lifted, and the force on either jaw; not the object's shape, mass, friction or
    yaw.
    """

    action_size: ClassVar[int] = 5
    handled: ClassVar[str] = "object"

    @property
    def substeps(self) -> int:
        return 6

    @property
    def timestep(self) -> float:
        return STEP

    @property
    def velocity_size(self) -> int:
        return 12

    @property
    def observation_size(self) -> int:
        return 18

    def spec(self, mujoco: Any) -> Any:
        return self.holding(mujoco, "box", np.array([0.02, 0.02, 0.02]), 0.1, 1.0)

    def holding(self, mujoco: Any, kind: Kind, size: Any, mass: float, friction: float) -> Any:
        """Return the spec with this object; every object gives models of the same sizes."""
        spec, kinds = mujoco.MjSpec.from_string(_MJCF), mujoco.mjtGeom
        forms = {name: getattr(kinds, f"mjGEOM_{name.upper()}") for name in ("box", "cylinder", "ellipsoid", "capsule")}
        grasp_object, parts = spec.body("object"), solids(kind, size)
        for index in range(PARTS):
            if index < len(parts):
                form, measures, center, lying, share = parts[index]
                geom = grasp_object.add_geom(name=f"object{index}", type=forms[form], pos=center, mass=mass * share)
                geom.size[: len(measures)] = measures
                if lying:
                    geom.quat[:] = (np.sqrt(0.5), 0.0, np.sqrt(0.5), 0.0)
                geom.friction[0], geom.priority, geom.condim = friction, 1, 4
            else:
                geom = grasp_object.add_geom(
                    name=f"object{index}", type=forms["box"], size=[HIDDEN] * 3, pos=parts[0].center
                )
                geom.mass, geom.contype, geom.conaffinity, geom.group = 0.0, 2, 4, 5  # no other geom has these bits
        return spec

    def watch(self, bind: Callable[[str], Any], model: Any, n: int) -> Callable[[], Grip]:
        grip = Grip(bind("qpos"), bind("qvel"), bind("sensordata"))
        return lambda: grip
