"""Generators and remedies of a report of the risks. The standard library alone is imported here."""

from collections.abc import Mapping
from typing import Any

GENERATORS = ("dense", "low-rank", "chunked", "layers")
# One strength of each remedy: the report measures this strength, not the best one.
REMEDIES: Mapping[str, Mapping[str, Any]] = {
    "dropout": {"embedding_dropout": 0.3},
    "decay": {"outer.head_decay": 0.1},
    "bound": {"generator.bound": 0.3},
    "gate": {"generator.gate": True},
    "ensemble": {"generator.ensemble": 3},
    "centre": {"generator.centre": True},
}
UNINFORMATIVE_REMEDY = "centre"  # the remedy for descriptions that carry no information in meta-training either
