"""An update of the explorer: the whole request over the network of this computer, beside the compiled work in it.

MAML and HyperMAML together, untrained, three inner steps: sine curves with ten points, navigation with 20 rollouts of
100 steps, and a table of one input that a number and a category describe. Each request moves the task. The compiled
work is that of one request: both methods' adaptation and predictions. Request and compiled work take turns in one run;
times are medians, and compilation is not counted. The processor time of a request is a mean, with that of the client;
unlike the others it does not grow with what else the machine does.

`python benchmarks/explore.py [--quick]`; the last line is one JSON object, times in milliseconds.
"""

import argparse
import http.client
import itertools
import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax
import numpy as np
from timing import interleaved

import hypermaml as hm
from hypermaml.apply.trained import Trained
from hypermaml.explore import plane, sine, table
from hypermaml.explore.open import scene_of
from hypermaml.explore.scene import AbstractScene
from hypermaml.explore.server import application, listen, serve

STEPS = 3
ROUNDS = 101


def methods(family: hm.AbstractFamily) -> dict[str, Trained]:
    """Return MAML and HyperMAML, untrained."""
    configs = {"maml": hm.MAML(), "hypermaml": hm.HyperMAML()}
    built = {name: config.build(family, key=jax.random.key(0)).method for name, config in configs.items()}
    return {name: Trained(configs[name], family, method, {}, 0, 0, np.zeros(0)) for name, method in built.items()}


def rows(folder: Path) -> hm.TableFamily:
    """Return a table of 60 tasks of 20 rows, which a number and a category describe."""
    rng = np.random.default_rng(0)
    lines, described = ["task,x,y"], ["task,rate,kind"]
    for task in range(60):
        rate = rng.uniform(0.2, 2.0)
        described.append(f"t{task},{rate},{'ab'[task % 2]}")
        lines += [f"t{task},{x},{np.exp(-rate * x)}" for x in rng.uniform(0.0, 3.0, 20)]
    for name, text in {"rows.csv": lines, "descriptions.csv": described}.items():
        (folder / name).write_text("\n".join(text) + "\n")
    return hm.TableFamily(folder / "rows.csv", task="task", target="y", descriptions=folder / "descriptions.csv")


@contextmanager
def served(scene: AbstractScene) -> Iterator[http.client.HTTPConnection]:
    """Serve the page in a thread, which ends with the program."""
    listening = listen(0)
    threading.Thread(target=serve, args=(application(scene), listening), daemon=True).start()
    connection = http.client.HTTPConnection(*listening.getsockname(), timeout=60)
    try:
        yield connection
    finally:
        connection.close()


def asked(connection: http.client.HTTPConnection, task: dict[str, Any]) -> Callable[[], None]:
    """Return a function that sends the task with its numbers moved a little, each time otherwise."""
    share = itertools.cycle(np.linspace(0.9, 1.0, 13).tolist())

    def moved(values: dict[str, Any], by: float) -> dict[str, Any]:
        return {name: value * by if isinstance(value, float) else value for name, value in values.items()}

    def request() -> None:
        by = next(share)
        body = {**task, "draw": 0, **{name: moved(task[name], by) for name in ("description", "truth")}}
        connection.request("POST", "/adapt", json.dumps(body))
        answer = connection.getresponse()
        contents = answer.read()
        assert answer.status == 200, contents

    return request


def measure(family: hm.AbstractFamily, home: Any, name: str, rounds: int) -> dict[str, float]:
    """Return the median time of a request and of the compiled calls within it, and a request's processor time, in ms.

    Args:
        family: of the scene.
        home: the module whose compiled function the scene calls.
        name: of this function.
        rounds: how often each is measured.
    """
    calls, compiled = list[tuple[Any, Any]](), getattr(home, name)

    def recorded(*args: Any, **options: Any) -> Any:
        calls.append((args, options))
        return compiled(*args, **options)

    setattr(home, name, recorded)
    try:
        scene = scene_of(Path("untrained"), methods(family), STEPS)
        scene.compile()
    finally:
        setattr(home, name, compiled)
    last = calls[-len(scene.methods) :]
    with served(scene) as connection:
        work = {
            "request": asked(connection, scene.task(0)),
            "compiled": lambda: jax.block_until_ready([compiled(*args, **options) for args, options in last]),
        }
        seconds = interleaved(work, rounds=rounds)
        before = time.process_time()
        for _ in range(rounds):
            work["request"]()
        seconds["processor"] = (time.process_time() - before) / rounds
    return {f"{part}_ms": round(1e3 * value, 2) for part, value in seconds.items()}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="5 rounds instead of 101")
    rounds = 5 if parser.parse_args().quick else ROUNDS
    with tempfile.TemporaryDirectory() as scratch:
        cases = {
            "sine": (hm.families.Sine(), sine, "predictions"),
            "navigation": (hm.families.Navigation(), plane, "walks"),
            "table": (rows(Path(scratch)), table, "predictions"),
        }
        found = {case: measure(family, home, name, rounds) for case, (family, home, name) in cases.items()}
        print(json.dumps(found))


if __name__ == "__main__":
    main()
