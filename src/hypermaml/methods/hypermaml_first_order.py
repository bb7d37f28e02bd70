"""HyperMAML with the first-order outer gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import hypermaml as hm
from hypermaml.methods.generated import GeneratedMethod

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray


@dataclass(frozen=True)
class HyperMAMLFirstOrder(GeneratedMethod):
    """HyperMAML whose outer gradient ∇_θ L(θ') · ∇_φ g takes the inner gradient as a constant."""

    label: ClassVar[str] = "HyperMAML (first order)"
    summary: ClassVar[str] = "HyperMAML without second derivatives"
    color: ClassVar[str] = "#f1a067"
    marker: ClassVar[str] = "d"
    width: ClassVar[float] = 1.4

    def adapter(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.adapt.AbstractAdapter:
        return hm.adapt.Unroll(self.rule(), hm.adapt.FirstOrder(), self.selection(family))
