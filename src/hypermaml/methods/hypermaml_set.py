"""HyperMAML whose embedding is learned from the support set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import hypermaml as hm
from hypermaml.methods.generated import GeneratedMethod


@dataclass(frozen=True)
class HyperMAMLSet(GeneratedMethod):
    """HyperMAML for tasks without a description: what it embeds is the support set, through a learned encoder."""

    label: ClassVar[str] = "HyperMAML (support set)"
    summary: ClassVar[str] = "HyperMAML that reads the support set through a learned encoder, and no description"
    color: ClassVar[str] = "#d04a00"
    marker: ClassVar[str] = "o"
    open_marker: ClassVar[bool] = True
    width: ClassVar[float] = 1.4

    embedder: hm.EmbedderConfig = hm.SupportSet()
    """The parts of the task information that are embedded; several are joined."""
