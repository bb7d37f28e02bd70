"""When does a description help? Sine curves whose description tells between nothing and everything.

A description is both parameters of the curve, mixed with noise: d = r·z + √(1 − r²)·ε, where z are the parameters in
standard deviations and ε is normal. The dial r goes from 0, nothing, to 1, everything; a further case gives the exact
amplitude alone. Phases are in [0, π] or in [0, 2π]. The share is how much of the variance of curves between tasks a
description explains: 1 − E‖f − E[f | d]‖² / E‖f − E[f]‖², by Monte Carlo over 4,000 curves.

`python benchmarks/description_share.py [--seeds 10] [--quick]` trains MAML, HyperMAML and conditioned in
`runs/description-share`, where it goes on if it was cut: 10,000 iterations, at the rates of `hypermaml tune sine` for
the amplitude alone. It writes `benchmarks/results/description-share` and `docs/images/description-share.png` (`--quick`
writes nothing). The last line is one JSON object: for each case the share, and how far HyperMAML is below MAML and
below conditioned after one step.
"""

import argparse
import json
import math
import tempfile
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from description_plot import draw
from jaxtyping import Array, Float, PRNGKeyArray
from stored import Stored

import hypermaml as hm
from hypermaml._core.task_info import TaskInfo
from hypermaml._misc.intervals import half_width
from hypermaml.experiments.sine import FULL_PHASES, TUNED
from hypermaml.families.sine import Curve
from hypermaml.run.environment import environment

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks/results/description-share"
PHASES = {"half": math.pi, "full": 2 * math.pi}
RATES = {"half": TUNED, "full": FULL_PHASES}
DIALS = (0.0, 0.3, 0.6, 0.8, 0.9, 0.97, 1.0)
AMPLITUDE = "amplitude"
STEPS, STEP = 3, 1
METHODS: dict[str, type[hm.MethodConfig]] = {
    "maml": hm.MAML,
    "hypermaml": hm.HyperMAMLAlgorithm2,
    "conditioned": hm.Conditioned,
}
CURVES, DESCRIBED, GRID = 4_000, 500, 50


class Dial(hm.families.Sine):
    """Sine curves with both parameters, mixed with noise, as the description.

    Attributes:
        told: the dial r of each parameter, in [0, 1].
    """

    told: tuple[float, float] = eqx.field(static=True, default=(1.0, 1.0))

    def task_info(self, task: Curve, *, key: PRNGKeyArray) -> TaskInfo:
        standard = self.standard(task)
        told = jnp.asarray(self.told)
        noise = jax.random.normal(key, standard.shape)
        return TaskInfo(told * standard + jnp.sqrt(1 - told**2) * noise, standard)

    def standard(self, task: Curve) -> Float[Array, " parameter"]:
        """Return the parameters in standard deviations around their mean."""
        bounds = jnp.asarray([hm.families.sine.AMPLITUDE, self.phases])
        mean, deviation = bounds.mean(axis=1), (bounds[:, 1] - bounds[:, 0]) / math.sqrt(12)
        return (jnp.stack([task.amplitude, task.phase]) - mean) / deviation


def told_of(dial: float | str) -> tuple[float, float]:
    """Return the dial of the amplitude and that of the phase."""
    return (1.0, 0.0) if isinstance(dial, str) else (dial, dial)


def explained(family: Dial) -> float:
    """Return the share of the variance of curves between tasks that the description explains."""
    key, noise_key = jax.random.split(jax.random.key(1))
    curves = family.sample(CURVES, split="meta-train", key=key)
    standard = np.asarray(jax.vmap(family.standard)(curves), float)
    x = np.linspace(-5, 5, GRID)
    values = np.asarray(curves.amplitude)[:, None] * np.sin(x - np.asarray(curves.phase)[:, None])
    told = np.asarray(family.told)
    noise = np.sqrt(1 - told**2)
    if (told == 1).all():
        return 1.0
    width = np.where(told == 1, 0.02, noise)  # what is told exactly selects curves that are nearly the same in it
    described = told * standard[:DESCRIBED] + noise * np.asarray(jax.random.normal(noise_key, (DESCRIBED, 2)))
    distance = ((described[:, None] - told * standard) / width) ** 2
    weights = np.exp(-0.5 * distance.sum(axis=2))
    weights[np.arange(DESCRIBED), np.arange(DESCRIBED)] = 0  # a curve does not predict itself
    expected = weights @ values / weights.sum(axis=1, keepdims=True)
    left = np.mean((values[:DESCRIBED] - expected) ** 2)
    return float(1 - left / np.mean((values[:DESCRIBED] - values.mean(axis=0)) ** 2))


@dataclass(frozen=True)
class Budget:
    """How much is trained."""

    iterations: int = 10_000
    tasks: int = 100
    seeds: int = 10
    dials: tuple[float | str, ...] = (*DIALS, AMPLITUDE)


def errors(name: str, family: Dial, rates: tuple[float, float], budget: Budget, seed: int) -> list[float]:
    """Return the mean error on held-out curves after each inner step."""
    config = replace(METHODS[name](), outer_lr=rates[0], inner_lr=rates[1])
    trained = hm.train(config, family, iterations=budget.iterations, meta_batch=25, seed=seed, steps=STEPS)
    scores = hm.evaluate(trained, split="meta-test", tasks=budget.tasks, steps=STEPS)["mse"]
    return np.asarray(scores, float).mean(axis=0).tolist()


def measure(folder: Path, budget: Budget) -> dict[str, Any]:
    """Train what is not there yet; return each case with its share and its errors, by method and seed."""
    store, cases = Stored(folder / "errors.json"), {}
    make: Any = Dial  # type checkers do not see that a subclass has the __init__ of its base
    for seed in range(budget.seeds):
        for phases, highest in PHASES.items():
            for dial in budget.dials:
                family = make(phases=(0.0, highest), told=told_of(dial))
                case = cases.setdefault(f"{phases}, {dial}", {"phases": phases, "dial": dial})
                case.setdefault("share", explained(family) if "share" not in case else None)
                for name in METHODS:
                    read = name != "maml"
                    key = f"{name}|{phases}|{dial if read else 'nothing'}|{seed}"
                    found = store.get(key, partial(errors, name, family, RATES[phases][name], budget, seed))
                    case.setdefault("errors", {}).setdefault(name, []).append(found)
    return cases


def gain(case: dict[str, Any], other: str) -> tuple[float, float]:
    """Return how far HyperMAML is below another method after one step, as a share of the other, and its half width."""
    here, there = (np.asarray(case["errors"][name])[:, STEP] for name in ("hypermaml", other))
    lower = (there - here) / there.mean()
    return float(lower.mean()), float(half_width(lower)) if len(lower) > 1 else float("nan")


def main() -> None:
    """Measure, record and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=Budget.seeds)
    parser.add_argument(
        "--quick", action="store_true", help="three iterations, two cases, two seeds; nothing is written"
    )
    given, made_by = parser.parse_args(), environment()
    if given.quick:
        with tempfile.TemporaryDirectory() as scratch:
            cases = measure(Path(scratch), Budget(iterations=3, tasks=3, seeds=2, dials=(0.6, AMPLITUDE)))
    else:
        budget = Budget(seeds=given.seeds)
        cases = measure(Path("runs/description-share"), budget)
        RESULTS.mkdir(parents=True, exist_ok=True)
        kept = {"environment": made_by, "budget": asdict(budget), "cases": cases}
        (RESULTS / "results.json").write_text(json.dumps(kept, indent=1) + "\n")
        draw(cases, ROOT / "docs/images/description-share.png", gain)
    line = {
        name: {"share": case["share"]} | {f"below {o}": gain(case, o) for o in ("maml", "conditioned")}
        for name, case in cases.items()
    }
    print(json.dumps({"description_share": line}))


if __name__ == "__main__":
    main()
