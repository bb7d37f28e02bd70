"""LEO: latent embedding optimization."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hypermaml.methods.settings import Settings

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray

    from hypermaml._core.family import AbstractFamily
    from hypermaml._core.system import System

BIBTEX = """@inproceedings{rusu2019leo,
  title = {Meta-Learning with Latent Embedding Optimization},
  author = {Rusu, Andrei A. and Rao, Dushyant and Sygnowski, Jakub and Vinyals, Oriol and Pascanu, Razvan and
            Osindero, Simon and Hadsell, Raia},
  booktitle = {International Conference on Learning Representations},
  year = {2019},
  eprint = {1807.05960},
  archivePrefix = {arXiv}
}"""


@dataclass(frozen=True)
class LEO(Settings):
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

    fixed_support: ClassVar[bool] = True
    reads_network: ClassVar[bool] = True
    bibtex: ClassVar[str] = BIBTEX

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

    def build(self, family: AbstractFamily, *, key: PRNGKeyArray) -> System:
        import equinox as eqx
        import jax
        import jax.numpy as jnp

        from hypermaml._core.trees import split_selected
        from hypermaml.adapt.rule import During
        from hypermaml.embed.relation import RelationEncoder
        from hypermaml.init.latent import Decoded, LatentPenalty
        from hypermaml.methods.assembly.embedders import set_keys, supervised
        from hypermaml.methods.assembly.learners import learner_for
        from hypermaml.methods.assembly.system import assemble
        from hypermaml.nn.wrappers import Code

        examples, network = supervised(family), learner_for(family, key)
        item_key, relation_key, decoder_key = set_keys(key, 3)
        classes, columns = network.head.weight.shape
        embed = RelationEncoder(
            examples.items,
            examples.labels,
            examples.item_encoder(self.encoder_width, key=item_key),
            classes=classes,
            width=self.encoder_width,
            latent=self.latent_size,
            row=columns + 1,
            key=relation_key,
        )
        init = Decoded(network, self.latent_size, key=decoder_key)
        blank = jnp.zeros((classes, self.latent_size))
        adapted, _ = split_selected(
            init(Code(blank, blank, blank, jnp.zeros((classes, columns + 1)))), latent_then_head
        )
        rates = (
            During(jnp.full(self.latent_size, self.inner_lr), 0, self.latent_steps),
            jax.tree.map(lambda _: During(jnp.asarray(self.head_lr), self.latent_steps, None), network.head),
        )
        system = assemble(self, embed, init, rate=eqx.tree_at(latent_then_head, adapted, rates), where=latent_then_head)
        penalty = LatentPenalty(
            self.divergence_weight, self.encoder_weight, self.decay_weight, self.orthogonality_weight
        )
        return eqx.tree_at(lambda s: s.method.penalty, system, penalty, is_leaf=lambda node: node is None)


def latent_then_head(learner):
    """Selects the codes and the network's last layer."""
    return learner.code.value, learner.network.head
