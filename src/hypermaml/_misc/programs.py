"""Compiled programs, and the memory that they hold."""

import ctypes
import gc
import sys
from pathlib import Path

MANY = 4_000
_MAPS = Path("/proc/self/maps")


def count_maps() -> int:
    """Return the number of memory maps of this process that are of no file; 0 where the system does not tell.

    Those of files are libraries, of which a process can have two thousand.
    Each compiled program adds some. Linux ends a process with more than 65,530 of them (`vm.max_map_count`).
    """
    return sum(b"/" not in line for line in _MAPS.read_bytes().splitlines()) if _MAPS.exists() else 0


def free_programs(*, above: int = MANY) -> bool:
    """Free the compiled programs of this process where its memory maps are many.

    JAX keeps each program that it compiled. A process that trains many methods would therefore grow until the compiler
    crashes. A program that is called again is compiled again.

    Args:
        above: the number of memory maps, at least 0, that is left alone.

    Returns:
        Whether anything was freed.
    """
    if count_maps() <= above:
        return False
    import jax

    jax.clear_caches()
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc; without it the heap stays as large as it was
        if trim is not None:
            trim(0)
    return True
