"""Weak scaling over processes of one core each: twice the tasks in twice the processes, in the same time?

`python benchmarks/hosts.py` trains MAML on sine, navigation and HalfCheetah with one process on one core, and with two
processes, joined by `jax.distributed` over the loopback, on two cores and with twice the tasks. It alternates between
both, and prints the median seconds of an iteration and the efficiency: the seconds of one process by those of two. To
tell the exchange from the sharing of memory and caches, it also runs two processes that know nothing of each other. It
writes `benchmarks/results/hosts.json`; `--quick` (sine alone, a few iterations) writes nothing, and `--cases` measures
some of the cases again and leaves the records of the others.

The case `exchange` is a sum of 2,000 numbers over two processes and nothing else, with a core each and with both cores
for both. Beside it stands a message over TCP and back, which is what the network itself takes.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

RESULTS = Path(__file__).parent / "results/hosts.json"
CASES = {  # family, tasks of a process, iterations
    "sine": ("sine", 25, 200),
    "navigation": ("navigation", 10, 5),
    "halfcheetah": ("halfcheetah-velocity", 10, 5),
    "navigation-100": ("navigation", 100, 2),
}
EXCHANGE, NUMBERS = "exchange", 2_000
ROUNDS = 3


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def seconds(family: str, processes: int, tasks: int, iterations: int, *, joined: bool, pinned: bool = True) -> float:
    """Return the seconds of an iteration, of the slowest of several processes with one core each, if pinned."""
    port = free_port() if joined else 0
    cores = sorted(os.sched_getaffinity(0))
    started = []
    for number in range(processes):
        sizes = (number if joined else 0, processes if joined else 1, port, family, tasks, iterations)
        command = [sys.executable, __file__, "--process", *map(str, sizes)]
        core = {cores[number % len(cores)]} if pinned else set(cores)
        started.append(
            subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                text=True,
                preexec_fn=lambda core=core: os.sched_setaffinity(0, core),
            )
        )
    found = [json.loads(process.communicate()[0].splitlines()[-1]) for process in started]
    return max(found)


def process(number: int, processes: int, port: int, name: str, tasks: int, iterations: int) -> float:
    """Return the seconds of an iteration in this process, compiled before."""
    import jax

    if processes > 1:
        jax.config.update("jax_cpu_enable_async_dispatch", False)
        jax.distributed.initialize(f"127.0.0.1:{port}", processes, number)
    if name == EXCHANGE:
        return exchange(processes, iterations)
    from hypermaml._core.execution import computed
    from hypermaml._core.train import train
    from hypermaml.experiments.families import find_family
    from hypermaml.outer.configuration import Adam

    experiment = find_family(name).at("quick")
    if name == "halfcheetah-velocity":
        experiment = replace(experiment, outer=Adam())
    with computed(devices="all"):
        system = experiment.settings()["maml"].build(experiment.family("full"), key=jax.random.key(0))
        chunks = train(
            system,
            experiment.family("full"),
            iterations=4 * iterations,
            meta_batch=tasks * processes,
            chunk=iterations,
            key=jax.random.key(1),
        )
        spent = []
        for _ in range(4):
            began = time.perf_counter()
            jax.block_until_ready(next(chunks)[1].loss)
            spent.append((time.perf_counter() - began) / iterations)
    return min(spent[2:])  # the first two compile


def exchange(processes: int, times: int) -> float:
    """Return the seconds of a sum over the processes, one after another in one compiled program."""
    import jax
    import numpy as np
    from jax.sharding import Mesh, NamedSharding, PartitionSpec

    mesh = Mesh(np.array(jax.devices()), ("process",))
    parted, shape = PartitionSpec("process"), (processes, NUMBERS)

    @jax.jit
    @partial(jax.shard_map, mesh=mesh, in_specs=parted, out_specs=parted, check_vma=False)
    def means(numbers: jax.Array) -> jax.Array:
        return jax.lax.fori_loop(0, times, lambda _, mean: jax.lax.psum(mean, "process") / processes, numbers)

    ones = np.ones(shape, np.float32)
    numbers = jax.make_array_from_callback(shape, NamedSharding(mesh, parted), lambda part: ones[part])
    spent = []
    for _ in range(4):
        began = time.perf_counter()
        jax.block_until_ready(means(numbers))
        spent.append((time.perf_counter() - began) / times)
    return min(spent[1:])


def message(times: int = 1_000) -> float:
    """Return the seconds of a message of 100 bytes over TCP to another process and back."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        if not (child := os.fork()):
            answered, _ = server.accept()
            answered.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while got := answered.recv(100):
                answered.sendall(got)
            os._exit(0)
        with socket.create_connection(server.getsockname()) as asking:
            asking.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            began = time.perf_counter()
            for _ in range(times):
                asking.sendall(b"x" * 100)
                asking.recv(100)
            spent = time.perf_counter() - began
        os.waitpid(child, 0)
    return spent / times


def measured_exchange(rounds: int) -> dict[str, list[float]]:
    """Return the seconds of an exchange in each round, and of a message."""
    found: dict[str, list[float]] = {"a core each": [], "both cores for both": [], "message": []}
    for _ in range(rounds):
        for name, pinned in {"a core each": True, "both cores for both": False}.items():
            found[name].append(seconds(EXCHANGE, 2, 0, 100, joined=True, pinned=pinned))
        found["message"].append(message())
    return {name: [float(f"{value:.3g}") for value in values] for name, values in found.items()}


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--cases", nargs="+", choices=[*CASES, EXCHANGE], default=[*CASES, EXCHANGE])
    parser.add_argument("--process", nargs=6, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.process:
        number, processes, port, family, tasks, iterations = asked.process
        print(process(int(number), int(processes), int(port), family, int(tasks), int(iterations)))
        return
    records = {}
    for case in ["sine"] if asked.quick else asked.cases:
        if case == EXCHANGE:
            records[case] = {"numbers": NUMBERS, "seconds": measured_exchange(ROUNDS)}
            print(json.dumps({case: records[case]}), flush=True)
            continue
        family, tasks, iterations = CASES[case]
        how = {"one": (1, False), "apart": (2, False), "joined": (2, True)}
        found: dict[str, list[float]] = {name: [] for name in how}
        for _ in range(1 if asked.quick else ROUNDS):
            for name, (processes, joined) in how.items():
                found[name].append(seconds(family, processes, tasks, iterations, joined=joined))
        middle = {name: median(values) for name, values in found.items()}
        records[case] = {
            "family": family,
            "tasks": tasks,
            "seconds": {name: [float(f"{value:.4g}") for value in values] for name, values in found.items()},
            "efficiency": round(middle["one"] / middle["joined"], 3),
            "efficiency_apart": round(middle["one"] / middle["apart"], 3),
        }
        print(json.dumps({case: records[case]}), flush=True)
    if not asked.quick:
        from hypermaml.run.environment import environment

        for record in records.values():
            record["environment"] = environment()
        before = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        RESULTS.write_text(json.dumps(before | records, indent=1) + "\n")
    print(json.dumps(records))


if __name__ == "__main__":
    main()
