"""Sine curves of unknown amplitude and phase, the regression of MAML's paper."""

import math
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float, PRNGKeyArray

from hypermaml._core.task_info import TaskInfo
from hypermaml.families.description import describe
from hypermaml.families.descriptor import Descriptor
from hypermaml.families.regression import AbstractRegression

AMPLITUDE = (0.1, 5.0)
PHASE = (0.0, math.pi)
OUTSIDE_AMPLITUDE = (5.0, 7.0)
Bounds = tuple[ArrayLike, ArrayLike]


class Curve(eqx.Module):
    """One task: y = amplitude · sin(x - phase).

    Attributes:
        amplitude: of the curve.
        phase: in radians.
    """

    amplitude: Float[Array, "..."]
    phase: Float[Array, "..."]

    def __call__(self, x: Float[Array, " example"]) -> Float[Array, " example"]:
        return self.amplitude * jnp.sin(x - self.phase)


class AbstractSine(AbstractRegression):
    """Sine curves, described by amplitude and phase; partial, the amplitude alone; noisy, both with normal noise.

    Attributes:
        description: how tasks are described.
        noise: standard deviation of the descriptor's noise, on amplitude and (in radians) on phase.
    """

    output_noise: ClassVar[float] = 0.0

    description: eqx.AbstractVar[Descriptor]
    noise: eqx.AbstractVar[tuple[float, float]]

    @property
    def splits(self) -> tuple[str, ...]:
        return (*super().splits, "extrapolation")

    def task_info(self, task: Curve, *, key: PRNGKeyArray) -> TaskInfo:
        parameters = jnp.stack([task.amplitude, task.phase])
        descriptor = describe(parameters, self.description, kept=(0,), noise=jnp.asarray(self.noise), key=key)
        return TaskInfo(descriptor, parameters)


class Sine(AbstractSine):
    """Amplitude uniform in [0.1, 5], phase in [0, π], inputs in [-5, 5], no noise, squared error.

    Held out for extrapolation: amplitudes in [5, 7).

    With phases in [0, π] the curves of one amplitude have a mean curve of their own. With phases in [0, 2π] that mean
    is zero for each amplitude: the amplitude alone then says nothing of the outputs that are to be expected.

    Attributes:
        phases: lowest and highest phase, in radians.
        description: how tasks are described.
        shots: support examples K.
        queries: query examples.
        noise: standard deviation of the descriptor's noise, on amplitude and (in radians) on phase.
        hidden: widths of the network's hidden layers.

    Reference:
        Finn et al. 2017, arXiv 1703.03400, section 5.1.
    """

    phases: tuple[float, float] = eqx.field(static=True, default=PHASE)
    description: Descriptor = eqx.field(static=True, default="full")
    shots: int = eqx.field(static=True, default=10)
    queries: int = eqx.field(static=True, default=10)
    noise: tuple[float, float] = eqx.field(static=True, default=(0.5, 0.3))
    hidden: tuple[int, ...] = eqx.field(static=True, default=(40, 40))

    def sample(self, n: int, *, split: str, key: PRNGKeyArray) -> Curve:
        amplitude = OUTSIDE_AMPLITUDE if split == "extrapolation" else AMPLITUDE
        return uniform_curves(n, amplitude, self.phases, self.split_key(split, key))


def uniform_curves(n: int, amplitude: Bounds, phase: Bounds, key: PRNGKeyArray) -> Curve:
    """`n` curves, stacked; the bounds are of all or of each, shape `(n,)`."""
    amplitude_key, phase_key = jax.random.split(key)
    return Curve(
        jax.random.uniform(amplitude_key, (n,), minval=amplitude[0], maxval=amplitude[1]),
        jax.random.uniform(phase_key, (n,), minval=phase[0], maxval=phase[1]),
    )
