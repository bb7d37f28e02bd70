"""Meta-learned neural ODEs on Lotka-Volterra dynamics, by CoDA's protocol (Kirchmeyer et al. 2022, arXiv 2202.01889).

Nine environments train, four others are adapted to from one trajectory each; `lotka_volterra.py` says more. An inner
step lowers the error of the next state, given the true one, at all states of the trajectory; so does training. A test
follows whole trajectories from their starts. HyperMAML reads both parameters (β, δ), one, or both with noise.

`python benchmarks/dynamics.py [--quick]` goes on where it was cut, in `runs/dynamics`, and writes
`benchmarks/results/dynamics`; `--quick` writes nothing. Each method has eight trials of rates on validation
environments. The last line is one JSON object: for each method and split the squared error of whole trajectories.
"""

import argparse
import json
import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from fixed_support import FixedSupport
from jaxtyping import Array, Float, PRNGKeyArray
from lotka_volterra import ENVIRONMENTS, TRAINED, describe, draw_trajectories, equation_errors
from neural_ode import NeuralODE, follow
from stored import Stored
from trials import best_rates, run_trials

import hypermaml as hm
from hypermaml._misc.intervals import half_width
from hypermaml.families.examples import Examples
from hypermaml.run.environment import environment

RESULTS = Path(__file__).parent / "results/dynamics"
TUNING_SEED = 1_000_000
TRAIN_STEPS, STEPS = 3, 10
SPLITS = ("meta-test", "meta-test-seen")
CASES: dict[str, tuple[hm.MethodConfig, str]] = {
    "maml": (hm.MAML(inner_steps=TRAIN_STEPS), "both"),
    "cavia": (hm.CAVIA(inner_steps=TRAIN_STEPS, context_size=2), "both"),
    "hypermaml": (hm.HyperMAML.algorithm_2(inner_steps=TRAIN_STEPS), "both"),
    "hypermaml, one": (hm.HyperMAML.algorithm_2(inner_steps=TRAIN_STEPS), "one"),
    "hypermaml, noisy": (hm.HyperMAML.algorithm_2(inner_steps=TRAIN_STEPS), "noisy"),
    "hypernet": (hm.Hypernet(inner_steps=TRAIN_STEPS), "both"),
    "conditioned": (hm.Conditioned(inner_steps=TRAIN_STEPS), "both"),
    "pretrained": (hm.Pretrained(inner_steps=TRAIN_STEPS), "both"),
}
OUTER_RATES, INNER_RATES = (3e-3, 1e-2), (0.1, 0.3, 1.0, 3.0)
OTHER = "hypermaml, another environment's description"
ALONE = "one trajectory alone"
EQUATION = "the true equation"


@dataclass(frozen=True)
class Budget:
    """How much is trained."""

    iterations: int = 2000
    trial_iterations: int = 300
    alone_iterations: int = 2000
    seeds: int = 3
    cases: tuple[str, ...] = tuple(CASES)


class Dynamics(FixedSupport):
    """Environments whose examples are trajectories: the input is the start, the output all states."""

    def learner(self, *, context: int = 0, key: PRNGKeyArray) -> NeuralODE:
        return NeuralODE(self.input_shape[0], context, key=key)

    @property
    def prediction_shape(self) -> tuple[int, ...]:
        return self.output_shape

    def outputs(self, learner: Any, x: Float[Array, "example state"]) -> Float[Array, "example time state"]:
        """Return the trajectory from each start."""
        return jax.vmap(lambda start: follow(learner, start, self.output_shape[0]))(x)

    def inner_loss(self, learner: Any, batch: Examples) -> Float[Array, ""]:
        """Return the squared error of the next state, the mean over all states of the trajectories."""
        before, after = (part.reshape(-1, *self.input_shape) for part in (batch.y[:, :-1], batch.y[:, 1:]))
        return jnp.mean(jnp.square(jax.vmap(learner)(before) - after))


def family_of(known: str, seed: int) -> Dynamics:
    """Return the family of a seed's trajectories and descriptions."""
    drawn = draw_trajectories(seed=seed)
    descriptions = describe(drawn.parameters, known, seed=seed)
    make: Any = Dynamics  # type checkers do not see that a subclass has the __init__ of its base
    return make(
        drawn.starts, drawn.states, descriptions=descriptions, shots=1, queries=TRAINED - 1, splits=drawn.members
    )


def train(name: str, rates: list[float], iterations: int, seed: int) -> hm.Trained:
    """Meta-train a method on the nine environments."""
    config, known = CASES[name]
    config = replace(config, outer_lr=rates[0], inner_lr=rates[1])
    environments = len(ENVIRONMENTS["meta-train"])
    return hm.train(
        config, family_of(known, seed), iterations=iterations, meta_batch=environments, seed=seed, steps=STEPS
    )


def errors(trained: hm.Trained, split: str, family: hm.AbstractFamily | None = None) -> list[list[float]]:
    """Return the squared error of each environment of a split after each inner step."""
    return hm.evaluate(trained, family, split=split, steps=STEPS)["mse"].tolist()


def trial(name: str, budget: Budget, rates: list[float]) -> float | None:
    """Return the mean validation error over inner steps 1..N, or nothing where training diverges."""
    try:
        found = errors(train(name, rates, budget.trial_iterations, TUNING_SEED), "meta-validation")
    except hm.NonFinite:
        return None
    score = float(np.mean(np.asarray(found)[:, 1:]))
    return score if np.isfinite(score) else None


def alone(seed: int, iterations: int) -> dict[str, list[list[float]]]:
    """Return the errors of a network that is trained on the one trajectory of its environment, by Adam."""
    family, optimizer = family_of("both", seed), optax.adam(optax.cosine_decay_schedule(3e-3, iterations))

    def error(task: Array) -> Array:
        support, query = family.test_set(task, support_key=jax.random.key(0), query_key=jax.random.key(0))
        learner: Any = family.learner(key=jax.random.key(seed))

        def update(state: Any, _: None) -> tuple[Any, None]:
            changes, moments = optimizer.update(jax.grad(family.inner_loss)(state[0], support), state[1])
            return (optax.apply_updates(state[0], changes), moments), None

        (learner, _), _ = jax.lax.scan(update, (learner, optimizer.init(learner)), None, length=iterations)
        return family.score(learner, task, query)["mse"]

    members = dict(zip(family.names, family.members, strict=True))
    return {split: [[float(mse)] for mse in jax.jit(jax.vmap(error))(members[split])] for split in SPLITS}


def with_other_descriptions(family: hm.ArrayFamily) -> hm.ArrayFamily:
    """Return the family with the description of another environment of its split for each environment."""
    mixed = family.descriptions
    for own in family.members:
        mixed = mixed.at[own].set(family.descriptions[jnp.roll(own, 1)])
    return eqx.tree_at(lambda f: f.descriptions, family, mixed)


def tested(name: str, rates: list[float], iterations: int, seed: int) -> dict[str, dict[str, list[list[float]]]]:
    """Train, and return the errors by the name of what is tested and by split."""
    trained, family = train(name, rates, iterations, seed), family_of(CASES[name][1], seed)
    found = {name: {split: errors(trained, split) for split in SPLITS}}
    if name == "hypermaml":
        mixed = with_other_descriptions(family)
        found[OTHER] = {split: errors(trained, split, mixed) for split in SPLITS}
    return found


def measure(folder: Path, budget: Budget) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run what is not there yet; return the trials, and the errors of each seed by case and split."""
    store, trials, found = Stored(folder / "results.json"), {}, {}
    for name in budget.cases:
        base = name.partition(",")[0]
        if base not in trials:
            tried = run_trials(store, base, (OUTER_RATES, INNER_RATES), partial(trial, base, budget))
            trials[base] = {"trials": tried, "best": best_rates(tried)}
    for seed in range(budget.seeds):
        own = store.get(f"{ALONE}|{seed}", partial(alone, seed, budget.alone_iterations))
        found.setdefault(ALONE, []).append(own)
        drawn = draw_trajectories(seed=seed)
        floor = {split: [[error] for error in equation_errors(drawn, split)] for split in SPLITS}
        found.setdefault(EQUATION, []).append(floor)
        for name in budget.cases:
            rates = trials[name.partition(",")[0]]["best"]
            values = store.get(f"{name}|{seed}", partial(tested, name, rates, budget.iterations, seed))
            for case, of_case in values.items():
                found.setdefault(case, []).append(of_case)
    return trials, found


def summarize(found: dict[str, Any]) -> dict[str, Any]:
    """Return for each case and split the mean error after no, `TRAIN_STEPS` and `STEPS` steps, with its interval."""
    summary: dict[str, Any] = {}
    for case, seeds in found.items():
        for split in SPLITS:
            values = np.asarray([seed[split] for seed in seeds]).mean(axis=1)
            steps = [0] if values.shape[1] == 1 else [0, TRAIN_STEPS, STEPS]
            half = half_width(values)
            summary[f"{case}, {split}"] = {step: [values[:, step].mean(), float(half[step])] for step in steps}
    return summary


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two methods, two seeds, three iterations")
    if parser.parse_args().quick:
        with tempfile.TemporaryDirectory() as scratch:
            tiny = Budget(3, 3, 3, seeds=2, cases=("maml", "hypermaml"))
            _, found = measure(Path(scratch), tiny)
    else:
        made_by = environment()
        trials, found = measure(Path("runs/dynamics"), Budget())
        RESULTS.mkdir(exist_ok=True)
        for name, value in {"environment": made_by, "tuning": trials, "results": found}.items():
            (RESULTS / f"{name}.json").write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(summarize(found)))


if __name__ == "__main__":
    main()
