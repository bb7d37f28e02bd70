"""Ha's static hypernetwork, with the description of the task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.settings import EmbedderSettings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.system import System

HA_BIBTEX = """@inproceedings{ha2017hypernetworks,
  title = {HyperNetworks},
  author = {Ha, David and Dai, Andrew M. and Le, Quoc V.},
  booktitle = {International Conference on Learning Representations},
  year = {2017},
  eprint = {1609.09106},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class HaHypernetwork(EmbedderSettings):
    """A small linear generator, shared by all layers, outputs the final weights from layer embeddings and description.

    It is trained for its loss before any inner step, and evaluated over inner steps 0..N as all methods are.
    `hypermaml --generator layers` puts the same generator before MAML's inner loop.

    Reference:
        Ha et al. 2017 (arXiv 1609.09106), section 3.1.
    """

    reads_network: ClassVar[bool] = True
    bibtex: ClassVar[str] = HA_BIBTEX

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        from hypermaml.methods.assembly.embedders import embedder_for
        from hypermaml.methods.assembly.generators import layer_generator_for
        from hypermaml.methods.assembly.system import assemble

        embed, size = embedder_for(self, family, key)
        return assemble(self, embed, layer_generator_for(family, size, key), adapts_in_training=False)
