"""How tasks may be described. The standard library alone is imported here: the command line's help does not wait."""

from typing import Literal

Descriptor = Literal["full", "partial", "noisy", "shuffled", "random", "none"]
NUMBERS: tuple[Descriptor, ...] = ("full", "partial", "noisy", "none")  # of tasks that are described by numbers
TEXTS: tuple[Descriptor, ...] = ("full", "shuffled", "random", "none")  # of tasks that are described in words
