"""First-order MAML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import hypermaml as hm
from hypermaml.methods.config import MAML_CITATION

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray


@dataclass(frozen=True)
class FOMAML(hm.MethodConfig):
    """MAML whose outer gradient takes the inner gradient as a constant.

    Reference:
        Finn et al. 2017 (arXiv 1703.03400), section 5.2.
    """

    label: ClassVar[str] = "FOMAML"
    summary: ClassVar[str] = "MAML without second derivatives"
    citation: ClassVar[str] = MAML_CITATION
    color: ClassVar[str] = "#62bfef"
    marker: ClassVar[str] = "v"

    def adapter(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.adapt.AbstractAdapter:
        return hm.adapt.Unroll(self.rule(), hm.adapt.FirstOrder(), self.selection(family))
