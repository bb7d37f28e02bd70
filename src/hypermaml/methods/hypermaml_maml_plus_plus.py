"""HyperMAML before the inner loop of MAML++."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from hypermaml.methods.generated import GeneratedMethod
from hypermaml.methods.maml_plus_plus import MAMLPlusPlus


@dataclass(frozen=True)
class HyperMAMLPlusPlus(GeneratedMethod):
    """Each task starts from generated weights, and adapts with the remedies of MAML++."""

    label: ClassVar[str] = "HyperMAML (MAML++)"
    summary: ClassVar[str] = "HyperMAML with the remedies of MAML++"
    color: ClassVar[str] = "#f1a067"
    marker: ClassVar[str] = "P"
    open_marker: ClassVar[bool] = True
    width: ClassVar[float] = 1.4

    inner_steps: int = 5
    """Inner steps in meta-training, >= 1."""
    multi_step_share: float = field(default=0.15, metadata={"zero": True})
    """Share of training in which the weights of the steps before the last fall, >= 0; 0 for the last step alone."""
    learned_rates: bool = True
    """Whether each leaf learns a rate for each inner step."""
    stepwise_normalization: bool = True
    """Whether normalized features have a gain and a shift for each inner step."""
    first_order_share: float = field(default=0.3, metadata={"zero": True})
    """Share of training that is first-order, >= 0."""
    cosine: bool = True
    """Whether the outer rate falls along a cosine."""

    adapter = MAMLPlusPlus.adapter  # pyright: ignore[reportAssignmentType]
    objective = MAMLPlusPlus.objective  # pyright: ignore[reportAssignmentType]
    schedule = MAMLPlusPlus.schedule  # pyright: ignore[reportAssignmentType]
