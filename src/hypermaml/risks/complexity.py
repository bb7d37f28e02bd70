"""Computational complexity: what a meta-iteration costs beside MAML's, by generator and size of the target network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Float

from hypermaml._misc.atomic import write_atomic
from hypermaml.risks.cost import in_turns, iteration_of
from hypermaml.risks.plan import REFERENCE, Risks
from hypermaml.run.folder import RunFolder, RunFolderError, read_json

TURN = 0.05  # s
# Times do not depend on the rates.
RATES = {"inner_lr": 1e-4, "outer_lr": 1e-5}


class Cost(NamedTuple):
    """Of a meta-iteration.

    Attributes:
        trained: numbers in φ.
        operations: of its matrix products.
        bytes: held at once.
        seconds: in each round, in turns with the others of the same size.
    """

    trained: int
    operations: int
    bytes: int
    seconds: Float[np.ndarray, " round"]


def unit_of(risks: Risks, width: int) -> str:
    """The name of the unit that measures one size."""
    return f"{risks.descriptor}/cost+width={width}/0"


def names(risks: Risks) -> tuple[str, ...]:
    """MAML, then the method with each generator."""
    return (REFERENCE, *(f"{risks.method}+generator={kind}" for kind in risks.generators))


def measure(risks: Risks, width: int, folder: Path) -> None:
    """Measures all at one size, and writes `results.csv`, which ends the unit."""
    family, key = risks.family(width), jax.random.key(0)
    found = {}
    for name in names(risks):
        method, _, kind = name.partition("+generator=")
        changes: dict[str, Any] = RATES | ({"generator": kind} if kind else {})
        system = risks.trial(method, 0, width=width, changes=changes).settings.build(family, key=key)
        found[name] = iteration_of(system, family, tasks=risks.budget.meta_batch)
    runs = {name: iteration.run for name, iteration in found.items()}
    seconds = in_turns(runs, rounds=risks.budget.rounds, seconds=TURN)
    told = {
        name: {
            "trained": iteration.trained,
            "operations": iteration.operations,
            "bytes": iteration.bytes,
            "seconds": seconds[name].tolist(),
        }
        for name, iteration in found.items()
    }
    write_atomic(folder / "cost.json", json.dumps(told, indent=1) + "\n")
    rows = [f"{name},{place},{value:.6g}" for name in told for place, value in enumerate(seconds[name])]
    write_atomic(folder / "results.csv", "\n".join(["method,round,seconds", *rows]) + "\n")


def costs(risks: Risks, run: RunFolder) -> dict[int, dict[str, Cost]]:
    """What was measured, by size and name.

    Raises:
        RunFolderError: a file is damaged.
    """
    found: dict[int, dict[str, Cost]] = {}
    for width in risks.budget.sizes:
        path = run.training_run(unit_of(risks, width)) / "cost.json"
        try:
            read = {name: Cost(**entry) for name, entry in read_json(path).items()}
            found[width] = {name: read[name]._replace(seconds=np.array(read[name].seconds)) for name in names(risks)}
        except (AttributeError, KeyError, TypeError, RunFolderError) as error:
            raise RunFolderError(
                f"{path} is damaged ({error}); delete {path.parent / 'results.csv'}, and --resume measures it again."
            ) from None
    return found
