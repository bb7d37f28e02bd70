"""MAML: one initialization for all tasks, trained for its loss after adaptation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import hypermaml as hm
from hypermaml.methods.config import MAML_CITATION


@dataclass(frozen=True)
class MAML(hm.MethodConfig):
    """Model-agnostic meta-learning, second order.

    ```
    repeat: draw tasks T_i
        θ_i = θ - inner_lr ∇_θ L_i(θ; support)
        θ ← Adam(θ, ∇_θ Σ_i L_i(θ_i; query))
    ```

    Reference:
        Finn et al. 2017 (arXiv 1703.03400), algorithms 1 to 3.
    """

    label: ClassVar[str] = "MAML"
    summary: ClassVar[str] = "one initialization for all tasks, trained through its inner steps"
    citation: ClassVar[str] = MAML_CITATION
    color: ClassVar[str] = "#0069d8"
    marker: ClassVar[str] = "o"
    width: ClassVar[float] = 2.2
