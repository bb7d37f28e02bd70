"""Lotka-Volterra trajectories under CoDA's protocol (Kirchmeyer et al. 2022, arXiv 2202.01889).

An environment is a pair (β, δ) of dx/dt = αx - βxy, dy/dt = δxy - γy with α = γ = 0.5. Nine environments train, with
four trajectories each; four others are adapted to, with one trajectory each; 32 trajectories test each. A trajectory
starts in [1, 2]² and has 20 states, 0.5 apart. As in the paper's program, the k-th trajectory of all environments has
one start. The validation environments are an addition: the paper has none.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from jaxtyping import Float
from scipy.integrate import solve_ivp

ALPHA = GAMMA = 0.5
TIMES = np.arange(0.0, 10.0, 0.5)
TRAINED, TESTED = 4, 32
ENVIRONMENTS: dict[str, tuple[tuple[float, float], ...]] = {
    "meta-train": tuple(product((0.5, 0.75, 1.0), (0.5, 0.75, 1.0))),
    "meta-validation": ((0.6, 0.9), (0.9, 0.6), (0.6, 1.1), (1.1, 0.6), (1.1, 1.1)),
    "meta-test": tuple(product((0.625, 1.125), (0.625, 1.125))),
}
KNOWN = ("both", "one", "noisy")
NOISE = 0.1


@dataclass(frozen=True)
class Trajectories:
    """Trajectories of each environment.

    Attributes:
        starts: of each trajectory, shape `(environment, trajectory, 2)`.
        states: from the start on, shape `(environment, trajectory, 20, 2)`.
        parameters: β and δ of each environment.
        members: the environments of each split; `meta-test-seen` has those of `meta-train` again.
        counts: the trajectories of each environment that are not padding.
    """

    starts: list[Float[np.ndarray, "trajectory 2"]]
    states: list[Float[np.ndarray, "trajectory 20 2"]]
    parameters: Float[np.ndarray, "environment 2"]
    members: dict[str, list[int]]


def solve(
    start: Float[np.ndarray, " 2"], beta: float, delta: float, *, tolerance: float = 1e-3
) -> Float[np.ndarray, "20 2"]:
    """Return the states of a trajectory.

    Args:
        start: its first state.
        beta: β.
        delta: δ.
        tolerance: of the solver, relative; the default is that of the paper's program. Its error is part of the data.
    """

    def slope(_: float, state: Float[np.ndarray, " 2"]) -> list[float]:
        prey, predator = state
        return [ALPHA * prey - beta * prey * predator, delta * prey * predator - GAMMA * predator]

    return solve_ivp(slope, (0.0, 10.0), start, method="RK45", t_eval=TIMES, rtol=tolerance, atol=tolerance / 1e3).y.T


def draw_trajectories(*, seed: int) -> Trajectories:
    """Draw all trajectories: the trained ones first, or the one to adapt to, then those of the test.

    Args:
        seed: decides the starts; at least 0.
    """
    starts = np.random.default_rng(seed).uniform(size=(TRAINED + TESTED, 2)) + 1.0
    trained, tested = starts[:TRAINED], np.concatenate([starts[:1], starts[TRAINED:]])
    plan = [
        (pair, trained if split == "meta-train" else tested) for split, pairs in ENVIRONMENTS.items() for pair in pairs
    ]
    plan += [(pair, tested) for pair in ENVIRONMENTS["meta-train"]]
    members, first = {}, 0
    for split, size in [*((name, len(pairs)) for name, pairs in ENVIRONMENTS.items()), ("meta-test-seen", 9)]:
        members[split] = list(range(first, first + size))
        first += size
    states = [np.stack([solve(start, *pair) for start in own]) for pair, own in plan]
    return Trajectories([own for _, own in plan], states, np.array([pair for pair, _ in plan]), members)


def describe(
    parameters: Float[np.ndarray, "environment 2"], known: str, *, seed: int
) -> Float[np.ndarray, "environment number"]:
    """Return what is known of each environment.

    Args:
        parameters: β and δ.
        known: `both`, `one` (β) or `noisy` (both with noise of deviation 0.1).
        seed: decides the noise.

    Raises:
        ValueError: there is no such description.
    """
    if known not in KNOWN:
        raise ValueError(f"known is {known!r}, but it must be one of {', '.join(KNOWN)}")
    if known == "one":
        return parameters[:, :1]
    if known == "noisy":
        return parameters + NOISE * np.random.default_rng(seed).normal(size=parameters.shape)
    return parameters


def equation_errors(drawn: Trajectories, split: str) -> list[float]:
    """Return the squared error of the true equation on the test trajectories of each environment of a split.

    It is the error of the data's solver.
    """
    return [
        float(np.square(drawn.states[index][1:] - [solve(start, *pair, tolerance=1e-9) for start in starts[1:]]).mean())
        for index in drawn.members[split]
        for pair, starts in [(drawn.parameters[index], drawn.starts[index])]
    ]
