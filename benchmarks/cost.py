"""How time and memory of a meta-iteration grow with the number of tasks and of inner steps, on sine and on navigation.

A whole meta-iteration of MAML and HyperMAML with Adam: sampling, adaptation, meta-gradient, update. Memory is what the
compiled program of one holds at once: arguments, results and its temporary buffers, as the compiler plans them.

`python benchmarks/cost.py [--quick]` writes `benchmarks/results/cost.json` and `cost.png` (`--quick`, a smaller grid,
writes neither); the last line is one JSON object with a record for each cell.
"""

import argparse
import itertools
import json
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
from matplotlib import rc_context
from timing import interleaved

from hypermaml._core.collect import collect
from hypermaml._core.train import train
from hypermaml.experiments.experiment import Experiment
from hypermaml.experiments.navigation import NavigationExperiment
from hypermaml.experiments.sine import SineExperiment
from hypermaml.methods import METHODS
from hypermaml.methods.config import MethodConfig
from hypermaml.report.looks import PACKAGE
from hypermaml.report.plots.style import SETTINGS, grid

TASKS, STEPS, NAMES = (20, 40, 80, 160), (1, 3, 5), ("maml", "hypermaml")
CHUNKS = {"sine": 100, "navigation": 1}  # iterations timed in one call, which costs what an iteration on sine does
RESULTS = Path(__file__).parent / "results"


def measure(experiment: Experiment, settings: MethodConfig, tasks: int, rounds: int) -> dict[str, float]:
    """Seconds and MiB of a meta-iteration."""
    family, key = experiment.family("full"), jax.random.key(0)
    system = settings.build(family, key=key)

    def iteration(method: Any, state: Any, key: jax.Array) -> Any:
        drawn = family.sample(tasks, split="meta-train", key=key)
        data = collect(method, system.objective, family, drawn, key=key)
        return system.outer.update(state, method, system.objective, family, data)

    compiled: Any = eqx.filter_jit(iteration).lower(system.method, system.outer.init(system.method), key).compile()
    plan = compiled.compiled.memory_analysis()
    held = plan.temp_size_in_bytes + plan.argument_size_in_bytes + plan.output_size_in_bytes
    chunk = CHUNKS[experiment.name]
    states = train(system, family, iterations=10**9, meta_batch=tasks, chunk=chunk, key=key)
    seconds = interleaved({"chunk": lambda: next(states)[1]}, rounds=rounds)
    return {"seconds": seconds["chunk"] / chunk, "mebibytes": held / 2**20}


def draw(records: list[dict[str, Any]]) -> None:
    """A row for time and one for memory, a column for each family; lines from few to many inner steps."""
    names = {"seconds": "seconds per meta-iteration", "mebibytes": "memory (MiB)"}
    families = sorted({record["family"] for record in records})
    with rc_context(SETTINGS):
        figure, panels = grid(2, len(families), width=4.5, height=3.0, share=False)
        for (row, (quantity, words)), (column, family) in itertools.product(
            enumerate(names.items()), enumerate(families)
        ):
            axes = panels[row][column]
            cells = [record for record in records if record["family"] == family]
            for method, steps in itertools.product(NAMES, sorted({cell["inner_steps"] for cell in cells})):
                line = [cell for cell in cells if (cell["method"], cell["inner_steps"]) == (method, steps)]
                style = {1: "-", 3: "--", 5: ":"}[steps]
                axes.plot(
                    [cell["tasks"] for cell in line],
                    [cell[quantity] for cell in line],
                    style,
                    color=PACKAGE[method].color,
                    marker=PACKAGE[method].marker,
                    label=f"{PACKAGE[method].label}, {steps} inner step{'s' * (steps > 1)}",
                )
            axes.set(xscale="log", yscale="log", xlabel="tasks", ylabel=words, title=family)
            axes.set_xticks(TASKS, [str(tasks) for tasks in TASKS])
            axes.minorticks_off()
        handles, labels = panels[0][0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2)
        figure.savefig(RESULTS / "cost.png", dpi=150, metadata={"Software": None})


def main() -> None:
    """Measure the grid."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two cells of MAML on each family, 2 rounds")
    quick = parser.parse_args().quick
    cells = itertools.product(
        (SineExperiment(), NavigationExperiment()),
        NAMES[:1] if quick else NAMES,
        TASKS[:1] if quick else TASKS,
        STEPS[:2] if quick else STEPS,
    )
    records = []
    for experiment, method, tasks, steps in cells:
        settings = METHODS[method](inner_lr=0.001, inner_clip=5.0, inner_steps=steps)
        costs = measure(experiment, settings, tasks, rounds=2 if quick else 3)
        cell = {"family": experiment.name, "method": method, "tasks": tasks, "inner_steps": steps}
        records.append({**cell, **costs})
        print(json.dumps(records[-1]), flush=True)
    if not quick:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "cost.json").write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")
        draw(records)
    print(json.dumps({"cost": records}))


if __name__ == "__main__":
    main()
