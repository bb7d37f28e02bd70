"""Few-shot classification of characters: budgets, presets, tuned values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, Self

import hypermaml as hm
from hypermaml.experiments.experiment import Budget, Descriptor, Experiment
from hypermaml.experiments.files import Reads
from hypermaml.methods.config import MethodConfig

if TYPE_CHECKING:
    from hypermaml.families.glyphs import Glyphs

INNER_CLIP = 10.0
# Outer and inner rate, as `hypermaml tune glyphs --preset small --ways 5 --shots 1` chose them
# (benchmarks/results/glyphs-tuning.json), those of `hypermaml` with an encoder of the support set. The oracle has
# nothing to read here and is pretraining. A method that is not here takes the rates of its next of kin; other presets
# and numbers of ways and shots take them untried.
TUNED = {
    "random": (0.003, 1.0),
    "pretrained": (0.003, 1.0),
    "oracle": (0.003, 1.0),
    "maml": (0.01, 1.0),
    "fomaml": (0.01, 0.3),
    "reptile": (0.01, 1.0),
    "anil": (0.01, 1.0),
    "cavia": (0.003, 1.0),
    "imaml": (0.01, 0.6),
    "meta_sgd": (0.003, 0.6),
    "maml_plus_plus": (0.01, 1.0),
    "leo": (0.01, 1.0),
    "mmaml": (0.01, 0.3),
    "meta_networks": (0.005, 1.0),
    "hypermaml": (0.003, 1.0),
    "hypermaml_constant": (0.003, 0.6),
}
# Its rate is a length in the weights, and no trial has chosen it.
UNTRIED = {"maml_en_llm": (0.01, 0.01)}
OWN = {
    "cavia": {"inner_steps": 2, "context_size": 100},
    "imaml": {"inner_steps": 5},
    "leo": {"inner_steps": 5, "latent_steps": 3},
    "maml_plus_plus": {"inner_steps": 3},
    "hypermaml_maml_plus_plus": {"inner_steps": 3},
    "reptile": {"inner_steps": 5},
}


def _drawn() -> Path:
    from hypermaml.data.cache import cache_file

    return cache_file()


@dataclass(frozen=True)
class GlyphsExperiment(Experiment):
    """Characters of scripts that no training has seen, N ways and K shots."""

    name: ClassVar[str] = "glyphs"
    compared: ClassVar = ("random", "pretrained", "maml", "maml_plus_plus", "mmaml", "hypermaml_set")
    described: ClassVar = ("none",)
    tuned_with: ClassVar[Descriptor] = "none"
    outer_rates: ClassVar = (3e-3, 1e-2)
    inner_rates: ClassVar = (0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0, 1.5)
    own_inner_rates: ClassVar = {
        **Experiment.own_inner_rates,
        **dict.fromkeys(("cavia", "leo"), (0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 3.0, 5.0)),
    }
    presets: ClassVar = {
        "quick": Budget(iterations=200, meta_batch=8, chunk=50, validation_tasks=20, test_tasks=60, steps=5),
        "small": Budget(iterations=500, meta_batch=8, chunk=100, validation_tasks=40, test_tasks=600, steps=3),
        "paper": Budget(iterations=20_000, meta_batch=32, chunk=500, validation_tasks=200, test_tasks=600, steps=5),
    }
    options: ClassVar = {"quick": {"characters": "small", "filters": 16}, "small": {"filters": 16}}
    seeds: ClassVar = {"quick": 1, "small": 3, "paper": 3}
    reads: ClassVar = {
        "characters": Reads({"glyphs": _drawn, "small": None}, (".png", ".jpg", ".jpeg", ".bmp"), depth=3)
    }

    ways: int = 5
    """Classes N of a task, >= 2."""
    shots: int = 1
    """Support images K of each class, >= 1."""
    queries: int = 5
    """Query images of each class in meta-training, >= 1; 15 are scored."""
    characters: str = "glyphs"
    """glyphs (of `hypermaml data glyphs`), small (in the package), or a folder alphabet/character/image.png."""
    filters: int = 64
    """Features of each of the four convolutions, >= 1."""
    normalization: Literal["batch", "none"] = "batch"
    """Of features: over the examples that are seen together, in tests too (transductive), or none."""

    one_script: bool = False
    """Whether the characters of a task are all of one script."""

    def family(self, descriptor: Descriptor) -> Glyphs:
        from hypermaml.data.cache import load_glyphs, load_small
        from hypermaml.data.folder import load_folder

        source = self.characters
        load = {"glyphs": load_glyphs, "small": load_small}.get(source, lambda: load_folder(Path(source).expanduser()))
        return hm.families.Glyphs(
            load().split(),
            ways=self.ways,
            support=self.shots,
            query=self.queries,
            filters=self.filters,
            normalization=self.normalization,
            one_script=self.one_script,
        )

    def settings(self, descriptors: Sequence[Descriptor] = ("full",)) -> dict[str, MethodConfig]:
        return self.at_rates(TUNED | UNTRIED, own=OWN, inner_clip=INNER_CLIP, inner_steps=1)

    def without_batch_statistics(self) -> Self:
        return replace(self, normalization="none")

    def variant(self) -> str:
        """Return the options that differ from their defaults, and the normalization, which every result names."""
        named = f"normalization={self.normalization}"
        return ";".join(sorted({named, *filter(None, super().variant().split(";"))}))
