"""The memory that a table needs, and that the machine has."""

from __future__ import annotations

from pathlib import Path

from hypermaml.data.table.column import TableError


def available() -> int | None:
    """Return the bytes of memory that are free; `None` where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    found = [line for line in lines if line.startswith("MemAvailable:")]
    return int(found[0].split()[1]) * 1024 if found else None


def check_memory(name: str, needed: int, what: str) -> None:
    """Check that there is enough memory, before any is taken.

    Args:
        name: of the table.
        needed: bytes.
        what: needs them, such as the number of rows.

    Raises:
        TableError: there is less.
    """
    free = available()
    if free is not None and needed > free:
        raise TableError(
            f"{name}: {what} need about {size(needed)} of memory, but {size(free)} are free; name fewer columns in "
            "inputs, or give fewer rows"
        )


def size(count: int) -> str:
    """Return a number of bytes as text."""
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.1f} MB"
