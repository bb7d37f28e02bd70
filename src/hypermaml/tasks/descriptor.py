"""How tasks may be described. The standard library alone is imported here: the command line's help does not wait."""

from typing import Literal

Descriptor = Literal["full", "partial", "noisy", "none"]
