"""Curves of several kinds: the regression of multimodal MAML's paper."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from hypermaml._core.task_info import TaskInfo
from hypermaml.families.description import describe
from hypermaml.families.descriptor import Descriptor
from hypermaml.families.regression import AbstractRegression

MODES = ("sine", "linear", "quadratic", "tanh", "abs")
# Least and greatest of each mode's three parameters, and of the first where it is held out. The first is what stretches
# the curve; a sign, where the mode has one, is drawn beside it.
FIRST = jnp.array([(0.1, 5.0), (0.0, 3.0), (0.02, 0.15), (0.0, 3.0), (0.0, 3.0)])
OUTSIDE = jnp.array([(5.0, 7.0), (3.0, 4.5), (0.15, 0.225), (3.0, 4.5), (3.0, 4.5)])
SECOND = jnp.array([(0.0, jnp.pi), (-3.0, 3.0), (-3.0, 3.0), (-3.0, 3.0), (-3.0, 3.0)])
SIGNED = jnp.array([False, True, True, True, True])


class Curve(eqx.Module):
    """One task.

    Attributes:
        mode: index into `MODES`.
        first: amplitude of a sine, slope of a line, curvature of a parabola, factor of tanh(x - c) or |x - c|.
        second: phase of a sine, intercept of a line, c of the others.
        third: b, added to parabola, tanh and absolute value; not read by the others.
    """

    mode: Int[Array, "..."]
    first: Float[Array, "..."]
    second: Float[Array, "..."]
    third: Float[Array, "..."]

    def __call__(self, x: Float[Array, " example"]) -> Float[Array, " example"]:
        a, c, b = self.first, self.second, self.third
        curves = [a * jnp.sin(x - c), a * x + c, a * (x - c) ** 2 + b, a * jnp.tanh(x - c) + b, a * jnp.abs(x - c) + b]
        return jnp.stack(curves)[self.mode]


class Multimodal(AbstractRegression):
    """Sines, lines, parabolas, hyperbolic tangents and absolute values in equal shares; outputs have noise.

    Amplitude in [0.1, 5] and phase in [0, π]; slope, intercept, factor, c and b in [-3, 3]; curvature ±[0.02, 0.15].
    Held out for extrapolation: the first parameter beyond its range, up to 1.5 times (of an amplitude 1.4 times).
    The descriptor is the mode (one entry each, 1 for the task's) and the three parameters; partial, the mode; noisy,
    all with normal noise of deviation `noise`.

    Attributes:
        modes: how many of the five, from the first on: 2 to 5.
        description: how tasks are described.
        shots: support examples K.
        queries: query examples.
        noise: standard deviation of the descriptor's noise on each entry.
        hidden: widths of the network's hidden layers.
        output_noise: standard deviation of the noise on every output, scores included, >= 0.

    Raises:
        ValueError: there are no such modes, or the noise is negative.

    Reference:
        Vuorio et al. 2019, "Multimodal model-agnostic meta-learning via task-aware modulation" (arXiv 1910.13616).
    """

    one_task_at_a_time: ClassVar[bool] = True

    modes: int = eqx.field(static=True, default=3)
    description: Descriptor = eqx.field(static=True, default="none")
    shots: int = eqx.field(static=True, default=5)
    queries: int = eqx.field(static=True, default=5)
    noise: float = eqx.field(static=True, default=0.3)
    hidden: tuple[int, ...] = eqx.field(static=True, default=(100, 100, 100))
    output_noise: float = eqx.field(static=True, default=0.3)

    def __check_init__(self):
        if not 2 <= self.modes <= len(MODES):
            raise ValueError(f"Multimodal: modes is {self.modes}, but it must be from 2 to {len(MODES)}")
        for name in ("noise", "output_noise"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"Multimodal: {name} is {getattr(self, name)}, but it must be at least 0")

    @property
    def splits(self) -> tuple[str, ...]:
        return (*super().splits, "extrapolation")

    def sample(self, n: int, *, split: str, key: PRNGKeyArray) -> Curve:
        key = self.split_key(split, key)
        mode_key, first_key, sign_key, second_key, third_key = jax.random.split(key, 5)
        mode = jax.random.randint(mode_key, (n,), 0, self.modes)

        def within(bounds: Float[Array, "n 2"], key: PRNGKeyArray) -> Float[Array, " n"]:
            return bounds[:, 0] + (bounds[:, 1] - bounds[:, 0]) * jax.random.uniform(key, (n,))

        sign = jnp.where(SIGNED[mode], jax.random.rademacher(sign_key, (n,), dtype=float), 1.0)
        first = sign * within((OUTSIDE if split == "extrapolation" else FIRST)[mode], first_key)
        third = jax.random.uniform(third_key, (n,), minval=-3.0, maxval=3.0)
        return Curve(mode, first, within(SECOND[mode], second_key), third)

    def group(self, task: Curve) -> Int[Array, "..."]:
        """Return the kind of the curve."""
        return task.mode

    def task_info(self, task: Curve, *, key: PRNGKeyArray) -> TaskInfo:
        kind = jax.nn.one_hot(task.mode, self.modes)
        parameters = jnp.concatenate([kind, jnp.stack([task.first, task.second, task.third])])
        noise = jnp.full(parameters.shape, self.noise)
        kept = tuple(range(self.modes))
        return TaskInfo(describe(parameters, self.description, kept=kept, noise=noise, key=key), parameters, task.mode)
