"""Computational complexity: the cost of a meta-iteration and of MAML's, by generator and size of the network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Float

from hypermaml._misc.tables import csv_text
from hypermaml.risks.cost import interleaved, iteration_of
from hypermaml.risks.plan import REFERENCE, Risks, with_generator
from hypermaml.run import checksums
from hypermaml.run.folder import RESULTS, RunFolder, RunFolderError

COST = "cost.json"
SECONDS = 0.05  # of the calls of one method in one round
# Times do not depend on the rates.
RATES = {"inner_lr": 1e-4, "outer_lr": 1e-5}


class Cost(NamedTuple):
    """The cost of a meta-iteration.

    Attributes:
        trained: trained parameters.
        operations: of the matrix products.
        bytes: of memory at once.
        seconds: in each round; the methods of one size alternate.
    """

    trained: int
    operations: int
    bytes: int
    seconds: Float[np.ndarray, " round"]


def name_of(risks: Risks, width: int) -> str:
    """Name the folder of the measurement of one size."""
    return f"{risks.descriptor}/cost+width={width}/0"


def names(risks: Risks) -> tuple[str, ...]:
    """Name MAML, then the method with each generator."""
    return (REFERENCE, *(f"{risks.method}+generator={kind}" for kind in risks.generators))


def measure(risks: Risks, width: int, folder: Path) -> None:
    """Measure all methods at one size, and write `results.csv` last, which ends the measurement."""
    family, key = risks.family(width), jax.random.key(0)
    found = {}
    for name in names(risks):
        method, _, kind = name.partition("+generator=")
        changes: dict[str, Any] = RATES | with_generator(kind)
        system = risks.trial(method, 0, width=width, changes=changes).settings.build(family, key=key)
        found[name] = iteration_of(system, family, tasks=risks.budget.meta_batch)
    runs = {name: iteration.run for name, iteration in found.items()}
    seconds = interleaved(runs, rounds=risks.budget.rounds, seconds=SECONDS)
    numbers = {
        name: {
            "trained": iteration.trained,
            "operations": iteration.operations,
            "bytes": iteration.bytes,
            "seconds": seconds[name].tolist(),
        }
        for name, iteration in found.items()
    }
    checksums.write(folder, COST, json.dumps(numbers, indent=1) + "\n")
    rows = [(name, count, f"{value:.6g}") for name in numbers for count, value in enumerate(seconds[name])]
    checksums.write(folder, RESULTS, csv_text(("method", "round", "seconds"), rows))


def costs(risks: Risks, run: RunFolder) -> dict[int, dict[str, Cost]]:
    """Read the measured costs, by size and name.

    Raises:
        RunFolderError: a file is damaged.
    """
    found: dict[int, dict[str, Cost]] = {}
    for width in risks.sizes:
        name = name_of(risks, width)
        saved = run.read_json(COST, training_run=name)
        try:
            read = {name: Cost(**entry) for name, entry in saved.items()}
            found[width] = {name: read[name]._replace(seconds=np.array(read[name].seconds)) for name in names(risks)}
        except (AttributeError, KeyError, TypeError) as error:
            raise RunFolderError(
                f"{run.path / 'training-runs' / name / COST} is damaged ({error}); delete its folder, and --resume "
                "measures it again"
            ) from None
    return found
