"""Readings of simulations."""

from typing import Any, NamedTuple


class Physics(NamedTuple):
    """Many simulations at one moment, in SI units and MuJoCo's order; NumPy or JAX arrays of float.

    Attributes:
        position: generalized positions, `(..., nq)`.
        velocity: generalized velocities, `(..., nv)`.
        center: the centre of mass of the whole body, `(..., 3)`, in m.
        center_velocity: its velocity, `(..., 3)`, in m/s.
        orientation: the torso's rotation matrix by rows, `(..., 9)`.
        contact: on each body, the world among them, the torque and the force of contacts, `(..., nbody, 6)`, in N·m and
            N, with the controls of the step before; zero where the body does not observe contacts.
    """

    position: Any
    velocity: Any
    center: Any
    center_velocity: Any
    orientation: Any
    contact: Any


class Grip(NamedTuple):
    """Many hands at one moment, in SI units; NumPy or JAX arrays of float.

    Attributes:
        position: wrist x, y, z (the height of the jaws' lower end) and yaw, both jaws (0 is open), then the object's
            middle and its quaternion, `(..., 13)`.
        velocity: alike, with the object's angular velocity in its own frame, `(..., 12)`.
        contact: the force on the left and on the right jaw in N at the start of the last substep, `(..., 2)`.
    """

    position: Any
    velocity: Any
    contact: Any
