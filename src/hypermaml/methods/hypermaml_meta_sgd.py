"""HyperMAML before Meta-SGD's inner loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hypermaml.methods.generated import GeneratedMethod
from hypermaml.methods.meta_sgd import MetaSGD


@dataclass(frozen=True)
class HyperMAMLMetaSGD(GeneratedMethod):
    """Each task starts from generated weights, each of which adapts at a learned rate, as in Meta-SGD."""

    label: ClassVar[str] = "HyperMAML (Meta-SGD)"
    summary: ClassVar[str] = "HyperMAML with a learned inner rate for each weight"
    color: ClassVar[str] = "#f1a067"
    marker: ClassVar[str] = "s"
    open_marker: ClassVar[bool] = True
    width: ClassVar[float] = 1.4

    adapter = MetaSGD.adapter  # pyright: ignore[reportAssignmentType]
