"""Ha's static hypernetwork, with the description of the task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import hypermaml as hm
from hypermaml.methods.embedding import EmbeddingMethod

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

CITATION = """@inproceedings{ha2017hypernetworks,
  title = {HyperNetworks},
  author = {Ha, David and Dai, Andrew M. and Le, Quoc V.},
  booktitle = {International Conference on Learning Representations},
  year = {2017},
  eprint = {1609.09106},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class HaHypernetwork(EmbeddingMethod):
    """A small linear generator, shared by all layers, outputs the final weights from layer embeddings and description.

    It is trained for its loss before any inner step, and evaluated over inner steps 0..N as all methods are.
    `hypermaml --generator layers` puts the same generator before MAML's inner loop.

    Reference:
        Ha et al. 2017 (arXiv 1609.09106), section 3.1.
    """

    label: ClassVar[str] = "Ha's hypernetwork"
    summary: ClassVar[str] = "one small generator shared by all pieces of the weights, trained on step 0 alone"
    citation: ClassVar[str] = CITATION
    color: ClassVar[str] = "#b3359f"
    marker: ClassVar[str] = "v"
    open_marker: ClassVar[bool] = True
    needs_network: ClassVar[bool] = True

    def initializer(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.init.AbstractInitializer:
        _, size = self.embed(family, key=key)
        return hm.init.generator_for(hm.Layers(), family, size, key=key)

    def objective(self) -> hm.Objective:
        return hm.before_adaptation(budget=self.inner_steps)
