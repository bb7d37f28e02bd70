"""The memory that a table needs, beside what the machine has."""

from __future__ import annotations

from hypermaml._misc.memory import available, size
from hypermaml.data.table.column import TableError


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
