"""Matrix-product peak of this machine in float32, the yardstick of the other benchmarks.

`python benchmarks/peak.py [--quick]` prints one JSON object: `peak_gflops` and the rate at each size.
"""

import argparse
import json
import statistics
import time

import jax

SIZES = (512, 1024, 2048, 3072)


def product_gflops(size: int, *, seconds: float = 1.0) -> float:
    """Sustained rate of `[size, size] @ [size, size]` on the default device.

    Args:
        size: rows and columns of both matrices.
        seconds: how long to measure.

    Returns:
        GFLOP/s at the median time, counting `2 * size**3` operations a product.
    """
    a = jax.random.normal(jax.random.key(0), (size, size))
    product = jax.jit(lambda x: x @ x)
    product(a).block_until_ready()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        product(a).block_until_ready()
        times.append(time.perf_counter() - start)
    return 2 * size**3 / statistics.median(times) / 1e9


def peak_gflops(*, seconds: float = 1.0) -> dict[int, float]:
    """GFLOP/s at each of `SIZES`; the machine's peak is the largest value."""
    return {size: product_gflops(size, seconds=seconds) for size in SIZES}


def main() -> None:
    """Print the peak as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a quarter of a second per size")
    rates = peak_gflops(seconds=0.25 if parser.parse_args().quick else 1.0)
    print(json.dumps({"peak_gflops": max(rates.values()), "by_size": rates}))


if __name__ == "__main__":
    main()
