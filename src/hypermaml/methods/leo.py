"""LEO: latent embedding optimization."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import hypermaml as hm
from hypermaml.methods.config import SPREAD

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

CITATION = """@inproceedings{rusu2019leo,
  title = {Meta-Learning with Latent Embedding Optimization},
  author = {Rusu, Andrei A. and Rao, Dushyant and Sygnowski, Jakub and Vinyals, Oriol and Pascanu, Razvan and
            Osindero, Simon and Hadsell, Raia},
  booktitle = {International Conference on Learning Representations},
  year = {2019},
  eprint = {1807.05960},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class LEO(hm.MethodConfig):
    """The support is encoded into a latent code for each class; the inner loop adapts the code, then the last layer.

    ```
    repeat: draw tasks T_i
        z ~ N(μ, σ), of the relation network on the support;  w = decode(z)
        z ← z - α ∘ ∇_z L_i(w(z); support), `latent_steps` times;  then w ← w - η ∘ ∇_w L_i(w; support)
        all, α and η among them, ← Adam(∇ Σ_i L_i(w; query) + β KL + γ ‖stop(z') - z‖² + …)
    ```

    Reference:
        Rusu et al. 2019 (arXiv 1807.05960), algorithm 1.
    """

    label: ClassVar[str] = "LEO"
    summary: ClassVar[str] = "the support set is encoded; inner steps change the code first, then the last layer"
    citation: ClassVar[str] = CITATION
    color: ClassVar[str] = "#5ec79d"
    marker: ClassVar[str] = "H"
    open_marker: ClassVar[bool] = True
    needs_fixed_support: ClassVar[bool] = True
    needs_network: ClassVar[bool] = True
    chooses_what_adapts: ClassVar[bool] = False

    inner_steps: int = 10
    """Inner steps in meta-training, >= 1."""
    latent_steps: int = 5
    """Inner steps that adapt the codes, >= 1; later ones adapt the last layer."""
    head_lr: float = 0.001
    """Rate at which the last layer starts to adapt, > 0; the codes start at `inner_lr`."""
    latent_size: int = 16
    """Entries of a code, >= 1."""
    encoder_width: int = 64
    """Features of an example, >= 1."""
    divergence_weight: float = 0.001
    """β, of the codes' KL from the standard normal distribution, > 0."""
    encoder_weight: float = 0.001
    """γ, of the way that adaptation moves the codes, > 0."""
    decay_weight: float = 1e-6
    """Of the mean squared weight, > 0."""
    orthogonality_weight: float = 0.001
    """Of the mean squared correlation between the decoder's rows, > 0."""

    def searched(self) -> dict[str, tuple[float, float]]:
        return super().searched() | {"head_lr": (self.head_lr / SPREAD, self.head_lr * SPREAD)}

    def embed(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> tuple[hm.embed.AbstractEmbedder, int]:
        examples, head = hm.embed.supervised(family), hm.init.learner_for(family, key=key).head
        item_key, relation_key, _ = hm.embed.set_keys(key, 3)
        classes, columns = head.weight.shape
        embedder = hm.embed.RelationEncoder(
            examples.items,
            examples.labels,
            examples.item_encoder(self.encoder_width, key=item_key),
            classes=classes,
            width=self.encoder_width,
            latent=self.latent_size,
            row=columns + 1,
            key=relation_key,
        )
        return embedder, self.latent_size

    def initializer(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.init.AbstractInitializer:
        *_, own = hm.embed.set_keys(key, 3)
        return hm.init.Decoded(hm.init.learner_for(family, key=key), self.latent_size, key=own)

    def selection(self, family: hm.AbstractFamily) -> Callable[[Any], Any]:
        return hm.adapt.code_then_head

    def adapter(self, family: hm.AbstractFamily, *, key: PRNGKeyArray) -> hm.adapt.AbstractAdapter:
        decode, network = self.initializer(family, key=key), hm.init.learner_for(family, key=key)
        rates = {"inner_lr": self.inner_lr, "head_lr": self.head_lr}
        rate = hm.adapt.code_then_head_rates(decode, network, **rates, size=self.latent_size, steps=self.latent_steps)
        return hm.adapt.Unroll(self.rule(rate), where=self.selection(family))

    def penalty(self) -> Callable[[Any, Any], Any]:
        weights = self.divergence_weight, self.encoder_weight, self.decay_weight, self.orthogonality_weight
        return hm.init.LatentPenalty(*weights)
