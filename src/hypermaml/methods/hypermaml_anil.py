"""HyperMAML before ANIL's inner loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hypermaml.methods.anil import ANIL
from hypermaml.methods.generated import GeneratedMethod


@dataclass(frozen=True)
class HyperMAMLANIL(GeneratedMethod):
    """Each task starts from generated weights, of which the inner loop adapts the last layer alone, as in ANIL."""

    label: ClassVar[str] = "HyperMAML (ANIL)"
    summary: ClassVar[str] = "HyperMAML whose inner steps change the last layer alone"
    color: ClassVar[str] = "#f1a067"
    marker: ClassVar[str] = "v"
    open_marker: ClassVar[bool] = True
    width: ClassVar[float] = 1.4
    needs_network: ClassVar[bool] = True
    chooses_what_adapts: ClassVar[bool] = False

    selection = ANIL.selection
