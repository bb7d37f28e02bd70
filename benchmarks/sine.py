"""A meta-iteration of second-order MAML on sine regression, beside PyTorch's `torch.func` and `higher`.

25 tasks, 10 support and 10 query examples, one inner step, Adam: drawing the tasks, adapting, the meta-gradient and the
update are all timed. Ours is the package's own training loop. Times are medians over blocks that take turns;
compilation is not counted. All share one core, as runs do that are trained side by side: at this size the threads of
either framework wait for each other, the longer the busier the machine is. Goals: at most 1/12 of `torch.func` vmapped
(eager) and 1/100 of `higher`.

`pip install '.[oracle]' && python benchmarks/sine.py [--quick]`; the last line is one JSON object, in microseconds.
"""

import argparse
import json
import os
from collections.abc import Callable

if hasattr(os, "sched_setaffinity"):  # where it is missing, only PyTorch is held to one thread
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # before JAX counts its threads

import jax

try:
    import torch
    from peers import torch_maml
    from torch._dynamo.exc import TorchDynamoException
except ModuleNotFoundError as missing:
    raise SystemExit(f"{missing.name} is not installed: pip install '.[oracle]'") from None
from timing import interleaved, repeated

from hypermaml._core.train import train
from hypermaml.families.sine import Sine
from hypermaml.methods.maml import MAML

CHUNK = 500
LENGTHS = {"ours": CHUNK, "torch_func": 40, "torch_func_compiled": 40, "higher": 4}


def ours() -> Callable[[], object]:
    """A chunk of the package's meta-training."""
    family, key = Sine(), jax.random.key(0)
    system = MAML(inner_lr=torch_maml.INNER_LR, outer_lr=torch_maml.OUTER_LR).build(family, key=key)
    states = train(system, family, iterations=10**9, meta_batch=torch_maml.TASKS, chunk=CHUNK, key=key)
    return lambda: next(states)[0].method


def peers() -> dict[str, Callable[[], None]]:
    """The peers' iterations; the compiled one only where compilation works."""
    torch.set_num_threads(1)
    found = {"torch_func": torch_maml.torch_func(), "higher": torch_maml.higher_loop()}
    compiled = torch_maml.torch_func(compiled=True)
    try:
        compiled()
    except TorchDynamoException as error:
        print(f"torch.compile does not work here: {type(error).__name__}")
        return found
    return found | {"torch_func_compiled": compiled}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="5 blocks of each instead of 25")
    rounds = 5 if parser.parse_args().quick else 25
    blocks = {name: repeated(iteration, LENGTHS[name]) for name, iteration in peers().items()}
    seconds = interleaved({"ours": ours(), **blocks}, rounds=rounds)
    microseconds = {name: 1e6 * seconds[name] / LENGTHS[name] for name in seconds}
    ratios = {f"{name}_ratio": time / microseconds["ours"] for name, time in microseconds.items() if name != "ours"}
    print(json.dumps({f"{name}_us": time for name, time in microseconds.items()} | ratios))


if __name__ == "__main__":
    main()
