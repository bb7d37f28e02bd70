"""What a report of the risks may choose from. The standard library alone is imported here: help does not wait."""

from collections.abc import Mapping
from typing import Any

GENERATORS = ("dense", "low_rank", "chunked", "layers")
# One strength of each: what it does, not what the best strength would do.
REMEDIES: Mapping[str, Mapping[str, Any]] = {
    "dropout": {"descriptor_dropout": 0.3},
    "decay": {"head_decay": 0.1},
    "bound": {"change_bound": 0.3},
    "gate": {"gate": True},
    "ensemble": {"ensemble": 3},
    "centre": {"centre": True},
}
UNTOLD_REMEDY = "centre"  # the remedy for descriptions that tell nothing in meta-training either
