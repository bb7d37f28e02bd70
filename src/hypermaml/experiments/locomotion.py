"""Continuous control: budgets, presets, tuned values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import hypermaml as hm
from hypermaml.experiments.experiment import Budget, Descriptor, Preset
from hypermaml.experiments.reinforcement import ReinforcementExperiment
from hypermaml.methods.config import MethodConfig
from hypermaml.outer.configuration import TRPO, OuterConfig

if TYPE_CHECKING:
    from hypermaml.families.locomotion import AbstractLocomotion

OUTER_LR = 1e-3
# Inner rates, for all four families, as `hypermaml tune halfcheetah-velocity --preset small` chose with 40 iterations
# (benchmarks/results/halfcheetah-velocity-tuning.json); methods that were not tuned take the rate of their next of kin.
TUNED = {
    "random": 1.0,
    "pretrained": 0.05,
    "oracle": 0.02,
    "maml": 0.05,
    "fomaml": 0.05,
    "hypermaml": 0.02,
    "hypermaml_first_order": 0.02,
    "hypernet": 0.02,
    "hypermaml_constant": 0.05,
    "conditioned": 0.05,
    "conditioned_pretrained": 0.05,
}
CHEETAH_SEEDS: Mapping[Preset, int] = {"quick": 1, "small": 3, "paper": 5}
ANT_SEEDS: Mapping[Preset, int] = {"quick": 1, "small": 2, "paper": 5}


@dataclass(frozen=True)
class LocomotionExperiment(ReinforcementExperiment):
    """What the four families of continuous control share.

    Attributes:
        body: of the robot.
    """

    body: ClassVar[Literal["HalfCheetah", "Ant"]]
    tuned_with: ClassVar[Descriptor] = "full"
    drawn: ClassVar[bool] = True
    outer_rates: ClassVar = (3e-4, 1e-3)
    inner_rates: ClassVar = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
    presets: ClassVar = {
        "quick": Budget(iterations=20, meta_batch=5, chunk=10, validation_tasks=5, test_tasks=10),
        "small": Budget(iterations=200, meta_batch=10, chunk=25, validation_tasks=10, test_tasks=20),
        "paper": Budget(iterations=500, meta_batch=40, chunk=25, validation_tasks=20, test_tasks=40),
    }
    options: ClassVar = {"quick": {"horizon": 50, "shots": 5}, "small": {"horizon": 100, "shots": 10}}

    physics: Literal["rllab", "gymnasium"] = "rllab"
    """The MAML paper's physics, observations and rewards, or those of Gymnasium's v5."""
    stepper: Literal["host", "device"] = "host"
    """MuJoCo's C library on the host, or MJX inside of the jit, for accelerators."""
    horizon: int = 200
    """Actions of a trajectory that does not end early, >= 1."""
    shots: int = 20
    """Support trajectories K, and query trajectories, >= 1."""
    outer: OuterConfig = TRPO()
    """The outer update of every method."""

    def settings(self, descriptors: Sequence[Descriptor] = ("full",)) -> dict[str, MethodConfig]:
        return self.at_rates({name: (OUTER_LR, rate) for name, rate in TUNED.items()})

    def variant(self) -> str:
        """Return the options that differ from their defaults, and the physics, which every result names."""
        return ";".join(sorted({f"physics={self.physics}", *filter(None, super().variant().split(";"))}))

    def _family(
        self, goal: Literal["velocity", "direction"], descriptor: Descriptor, **noise: Any
    ) -> AbstractLocomotion:
        bodies = {"HalfCheetah": hm.families.HalfCheetah, "Ant": hm.families.Ant}
        body = bodies[self.body](variant=self.physics)
        kind = hm.families.Locomotion if self.stepper == "host" else hm.families.DeviceLocomotion
        return kind(
            environment=hm.families.Track(body, goal, horizon=self.horizon),
            description=descriptor,
            shots=self.shots,
            queries=self.shots,
            estimator=self.estimator.build(),
            **noise,
        )


@dataclass(frozen=True)
class VelocityExperiment(LocomotionExperiment):
    """A body that must keep an unknown velocity."""

    noise: float = 0.5
    """Standard deviation of a noisy velocity, in m/s, >= 0."""

    def family(self, descriptor: Descriptor) -> AbstractLocomotion:
        return self._family("velocity", descriptor, noise=self.noise)


@dataclass(frozen=True)
class DirectionExperiment(LocomotionExperiment):
    """A body that must run in an unknown direction."""

    flips: float = 0.2
    """Probability that a noisy direction is wrong, in [0, 1]."""

    def family(self, descriptor: Descriptor) -> AbstractLocomotion:
        return self._family("direction", descriptor, flips=self.flips)


class HalfCheetahVelocityExperiment(VelocityExperiment):
    """A half cheetah runs at an unknown velocity from 0 to 2 m/s."""

    name = "halfcheetah-velocity"
    body = "HalfCheetah"
    seeds: ClassVar = CHEETAH_SEEDS


class HalfCheetahDirectionExperiment(DirectionExperiment):
    """A half cheetah runs forward or backward."""

    name = "halfcheetah-direction"
    body = "HalfCheetah"
    seeds: ClassVar = CHEETAH_SEEDS


class AntVelocityExperiment(VelocityExperiment):
    """An ant runs at an unknown velocity from 0 to 3 m/s."""

    name = "ant-velocity"
    body = "Ant"
    seeds: ClassVar = ANT_SEEDS


class AntDirectionExperiment(DirectionExperiment):
    """An ant runs forward or backward."""

    name = "ant-direction"
    body = "Ant"
    seeds: ClassVar = ANT_SEEDS
