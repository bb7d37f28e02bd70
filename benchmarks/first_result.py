"""Where the time of a first comparison goes: tracing, XLA's compiler, reading the compile cache, and all else.

`python benchmarks/first_result.py [--quick] [ARGUMENTS OF hypermaml]` runs a command line, by default `compare
navigation`, three times in processes of their own: without the compile cache, with an empty one, and with the one that
the run before has filled. `--quick` takes 10 meta-iterations. It writes to a temporary folder alone, and its last line
is one JSON object. Seconds are of the wall clock; `cpu` is the processor's time of the process and its children.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

EVENTS = {
    "/jax/core/compile/jaxpr_trace_duration": "tracing",
    "/jax/core/compile/jaxpr_to_mlir_module_duration": "lowering",
    "/jax/core/compile/backend_compile_duration": "compiling",
    "/jax/compilation_cache/cache_retrieval_time_sec": "reading the cache",
}
RUNS = {"no cache": False, "empty cache": True, "filled cache": True}


def union(intervals: list[tuple[float, float]]) -> float:
    """Return the length of what the intervals cover: traces nest."""
    total, reached = 0.0, float("-inf")
    for start, end in sorted(intervals):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def child(out: Path, args: list[str]) -> int:
    """Run the command line, and write what its parts took."""
    spans: dict[str, list[tuple[float, float]]] = {name: [] for name in EVENTS.values()}

    slow: defaultdict[str, float] = defaultdict(float)
    times: Counter[str] = Counter()

    def heard(event: str, duration_secs: float, **facts: str | int) -> None:
        if event in EVENTS:
            now, name = time.monotonic(), str(facts.get("fun_name"))
            spans[EVENTS[event]].append((now - duration_secs, now))
            if EVENTS[event] == "compiling":
                slow[name] += duration_secs
                times[name] += 1

    began = time.monotonic()
    import jax.monitoring

    jax.monitoring.register_event_duration_secs_listener(heard)
    from hypermaml.cli.program import command

    status = command(args)
    whole = time.monotonic() - began
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    read = union(spans["reading the cache"])
    parts = {name: union(each) for name, each in spans.items()}
    parts["compiling"] -= read  # a program that is read counts as compiled, too
    busy = union([span for each in spans.values() for span in each])
    cpu = sum(each.ru_utime + each.ru_stime for each in usage)
    programs = len(spans["compiling"]), len(spans["reading the cache"])
    figures = {"seconds": whole, "cpu": cpu, **parts, "all else": whole - busy}
    rounded = {name: round(value, 2) for name, value in figures.items()}
    counts = {"programs": programs[0], "programs read": programs[1]}
    slowest = {
        f"{name} ({times[name]})": round(seconds, 2)
        for name, seconds in sorted(slow.items(), key=lambda each: -each[1])[:8]
    }
    out.write_text(json.dumps(rounded | counts | {"seconds to compile or read": slowest}))
    return status


def main() -> None:
    """Run the command line without, with an empty and with a filled cache."""
    if sys.argv[1:2] == ["--child"]:
        sys.exit(child(Path(sys.argv[2]), sys.argv[3:]))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10 meta-iterations")
    options, args = parser.parse_known_args()
    args = args or ["compare", "navigation"]
    quick = ["--iterations", "10", "--chunk", "5"] if options.quick else []
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for index, (name, caches) in enumerate(RUNS.items()):
            variables = {key: value for key, value in os.environ.items() if not key.startswith("JAX_")}
            variables["HYPERMAML_CACHE"] = f"{folder}/cache"
            if not caches:
                variables["JAX_ENABLE_COMPILATION_CACHE"] = "false"
            out = Path(folder, f"{index}.json")
            call = [*args, *quick, "--out", f"{folder}/run-{index}"]
            command = [sys.executable, __file__, "--child", str(out), *call]
            subprocess.run(command, env=variables, check=True, stdout=subprocess.DEVNULL)
            figures[name] = json.loads(out.read_text())
            print(f"{name}: {figures[name]}", flush=True)
        scores = {Path(folder, f"run-{index}", "results.csv").read_bytes() for index in range(len(RUNS))}
    print(json.dumps({"command": " ".join(["hypermaml", *args, *quick]), "same scores": len(scores) == 1} | figures))


if __name__ == "__main__":
    main()
