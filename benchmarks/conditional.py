"""Conditional meta-learning on synthetic tasks, beside the published figures (Denevi et al. 2020, arXiv 2008.10857).

Four settings of linear tasks, ten support examples each, absolute error (see `conditional_tasks.py`). First the paper's
two methods, written anew (`biased_regularization.py`), on the same data: they must give the published figures. Then
ridge regressions, and MAML, HyperMAML and others with a linear learner and ten inner steps. Each has eight trials of
rates on the meta-validation tasks of a seed of its own, for each setting. Ten seeds, each with data of its own.

`python benchmarks/conditional.py [--quick]` goes on where it was cut, in `runs/conditional`, and writes
`benchmarks/results/conditional`; `--quick` writes nothing. The last line is one JSON object: for each setting and
method the mean error and the half width of its 95% interval over seeds.
"""

import argparse
import json
import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from biased_regularization import fixed, learned
from conditional_tasks import PARTS, SETTINGS, SHOTS, SPLITS, LinearTasks, draw_tasks
from fixed_support import FixedSupport
from jaxtyping import Array
from linear_references import pooled, ridge
from stored import Stored
from trials import best_rates, run_trials

import hypermaml as hm
from hypermaml._misc.intervals import half_width
from hypermaml.run.environment import environment

RESULTS = Path(__file__).parent / "results/conditional"
TUNING_SEED = 1_000_000
STEPS = 10  # as many as the published inner algorithm has
METHODS: dict[str, hm.MethodConfig] = {
    "maml": hm.MAML(inner_steps=STEPS),
    "hypermaml": hm.HyperMAML.algorithm_2(inner_steps=STEPS),
    "hypermaml_constant": hm.HyperMAMLConstant(inner_steps=STEPS),
    "hypernet": hm.Hypernet(inner_steps=STEPS),
    "conditioned": hm.Conditioned(inner_steps=STEPS),
}
NETWORK = "conditioned, network"
RATES = {"linear": ((0.03, 0.1), (0.03, 0.1, 0.3, 1.0)), "network": ((0.003, 0.01), (0.001, 0.003, 0.01, 0.03))}
CONTROL = "hypermaml, another task's description"


@dataclass(frozen=True)
class Budget:
    """How much is trained."""

    iterations: int = 1000
    seeds: int = 10
    settings: tuple[str, ...] = SETTINGS
    methods: tuple[str, ...] = (*METHODS, NETWORK)


def absolute(output: Array, target: Array) -> Array:
    """Return the absolute error of one prediction."""
    return jnp.abs(output - target).sum()


class LinearFamily(FixedSupport):
    """Linear tasks, rated by the absolute error."""

    @property
    def metrics(self) -> dict[str, hm.Metric]:
        return {"loss": hm.Metric(label="absolute error")}


def family_of(tasks: LinearTasks, hidden: tuple[int, ...] = ()) -> LinearFamily:
    """Return the family; without hidden layers its learner is linear."""
    splits = {name: range(part.start, part.stop) for name, part in PARTS.items()}
    make: Any = LinearFamily  # type checkers do not see that a subclass has the __init__ of its base
    return make(
        tasks.x, tasks.y[..., None], descriptions=tasks.side, shots=SHOTS, splits=splits, hidden=hidden, loss=absolute
    )


def train(name: str, tasks: LinearTasks, rates: list[float], budget: Budget, seed: int) -> hm.Trained:
    """Meta-train a method on the tasks."""
    config = replace(METHODS[name.partition(",")[0]], outer_lr=rates[0], inner_lr=rates[1])
    family = family_of(tasks, (40, 40) if name == NETWORK else ())
    return hm.train(config, family, iterations=budget.iterations, seed=seed, steps=STEPS)


def errors(trained: hm.Trained, split: str, family: hm.AbstractFamily | None = None) -> list[float]:
    """Return the mean error over the tasks of a split after each inner step."""
    return hm.evaluate(trained, family, split=split, steps=STEPS)["loss"].mean(axis=0).tolist()


def trial(name: str, setting: str, budget: Budget, rates: list[float]) -> float | None:
    """Return the error after the last step in validation, or nothing where training diverges."""
    tasks = draw_tasks(setting, seed=TUNING_SEED)
    try:
        return errors(train(name, tasks, rates, budget, TUNING_SEED), "meta-validation")[-1]
    except hm.NonFinite:
        return None


def with_other_descriptions(family: hm.ArrayFamily, seed: int) -> hm.ArrayFamily:
    """Return the family with the description of another test task for each test task."""
    start, order = PARTS["meta-test"].start, np.random.default_rng(seed).permutation(SPLITS["meta-test"])
    mixed = family.descriptions.at[start + order].set(family.descriptions[start + np.roll(order, 1)])
    return eqx.tree_at(lambda f: f.descriptions, family, mixed)


def references(tasks: LinearTasks) -> dict[str, float]:
    """Return the test errors of the published methods, of ridge regressions and of the noise alone."""
    zero = np.zeros_like(tasks.center)
    test = PARTS["meta-test"]
    return {
        "published method, unconditional": float(learned(tasks, conditional=False).mean()),
        "published method, conditional": float(learned(tasks, conditional=True).mean()),
        "published method, conditional, 20 examples": float(learned(tasks, conditional=True, examples=20).mean()),
        "published inner algorithm from zero": float(fixed(tasks, zero).mean()),
        "published inner algorithm from the center": float(fixed(tasks, tasks.center).mean()),
        "ridge": float(ridge(tasks, zero).mean()),
        "ridge around the pooled one": float(ridge(tasks, pooled(tasks, described=False)).mean()),
        "ridge around the described one": float(ridge(tasks, pooled(tasks, described=True)).mean()),
        "ridge around the center": float(ridge(tasks, tasks.center).mean()),
        "noise alone": float(np.abs(tasks.y - tasks.clean)[test, SHOTS:].mean()),
    }


def measure(folder: Path, budget: Budget) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run what is not there yet; return the trials and the errors of each seed, by setting and method."""
    store, trials, found = Stored(folder / "results.json"), {}, {}
    for setting in budget.settings:
        rates: dict[str, list[float]] = {}
        for name in budget.methods:
            grid = RATES["network" if name == NETWORK else "linear"]
            tried = run_trials(store, f"{setting}|{name}", grid, partial(trial, name, setting, budget))
            rates[name] = best_rates(tried)
            trials[f"{setting}, {name}"] = {"trials": tried, "best": rates[name]}
        found[setting] = {}
        for seed in range(budget.seeds):
            for name, values in run_seed(store, setting, seed, rates, budget).items():
                found[setting].setdefault(name, []).append(values)
    return trials, found


def run_seed(
    store: Stored, setting: str, seed: int, rates: dict[str, list[float]], budget: Budget
) -> dict[str, list[float]]:
    """Return the errors on the test tasks of a seed, of methods after each inner step."""
    tasks = draw_tasks(setting, seed=seed)
    own = store.get(f"{setting}|references|{seed}", lambda: references(tasks))
    found = {name: [value] for name, value in own.items()}

    def tested(name: str) -> dict[str, list[float]]:
        trained, family = train(name, tasks, rates[name], budget, seed), family_of(tasks)
        scores = {name: errors(trained, "meta-test")}
        if name == "hypermaml":
            scores[CONTROL] = errors(trained, "meta-test", with_other_descriptions(family, seed))
        return scores

    for name in budget.methods:
        found |= store.get(f"{setting}|{name}|{seed}", partial(tested, name))
    return found


def summarize(found: dict[str, Any]) -> dict[str, Any]:
    """Return mean and half width over seeds: of each method after the last step, and of HyperMAML's differences."""
    summary = {}
    for setting, methods in found.items():
        last = {name: np.asarray(values)[:, -1] for name, values in methods.items()}
        ours = last["hypermaml"]
        summary[setting] = {name: [values.mean(), float(half_width(values))] for name, values in last.items()}
        summary[setting] |= {
            f"hypermaml - {name}": [(ours - values).mean(), float(half_width(ours - values))]
            for name, values in last.items()
            if name != "hypermaml"
        }
    return summary


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one setting, two seeds, three iterations")
    if parser.parse_args().quick:
        with tempfile.TemporaryDirectory() as scratch:
            tiny = Budget(iterations=3, seeds=2, settings=("two-clusters-0",), methods=("maml", "hypermaml"))
            _, found = measure(Path(scratch), tiny)
    else:
        made_by = environment()
        trials, found = measure(Path("runs/conditional"), Budget())
        RESULTS.mkdir(exist_ok=True)
        for name, value in {"environment": made_by, "tuning": trials, "results": found}.items():
            (RESULTS / f"{name}.json").write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(summarize(found)))


if __name__ == "__main__":
    main()
