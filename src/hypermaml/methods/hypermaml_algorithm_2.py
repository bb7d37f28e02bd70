"""HyperMAML as it was first written down: MAML's inner loop and objective after a generated initialization."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hypermaml.methods.generated import GeneratedMethod


@dataclass(frozen=True)
class HyperMAMLAlgorithm2(GeneratedMethod):
    """The loss after the last inner step alone counts, at a given inner rate.

    ```
    repeat: draw tasks T_i
        θ_i  = g_φ(embd(T_i))
        θ_i' = θ_i - inner_lr ∇_θ L_i(θ_i; support)
        φ ← Adam(φ, ∇_φ Σ_i L_i(θ_i'; query))
    ```

    `HyperMAML` differs from it in what counts, in its rates, and where meta-training tasks are few.
    """

    label: ClassVar[str] = "HyperMAML (Algorithm 2)"
    summary: ClassVar[str] = "HyperMAML with a given inner rate, trained for its loss after the last inner step alone"
    color: ClassVar[str] = "#f1a067"
    marker: ClassVar[str] = "D"
