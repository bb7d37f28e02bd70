"""Compiled programs, and the memory that they hold."""

import ctypes
import gc
import sys
from pathlib import Path

MANY = 6_000  # the libraries of a process alone can have two thousand
_MAPS = Path("/proc/self/maps")


def count_maps() -> int:
    """Return the number of memory maps of this process; 0 where the system does not tell.

    Each compiled program adds some. Linux ends a process with more than 65,530 of them (`vm.max_map_count`).
    """
    return _MAPS.read_bytes().count(b"\n") if _MAPS.exists() else 0


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
