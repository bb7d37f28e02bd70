"""Initializers: where a task's learner starts."""

from typing import TYPE_CHECKING

from hypermaml._misc.lazy import lazy

_HOMES = {
    "AbstractChange": "init.generator",
    "AbstractInitializer": "_core.initializer",
    "Auto": "init.configuration",
    "Averaged": "init.remedies",
    "Blank": "init.shared",
    "Bounded": "init.remedies",
    "Centred": "init.remedies",
    "ChangeConfig": "init.configuration",
    "Chunked": "init.configuration",
    "ChunkedChange": "init.chunked",
    "Conditioned": "init.shared",
    "Constant": "init.shared",
    "Decoded": "init.latent",
    "Dense": "init.configuration",
    "DenseChange": "init.dense",
    "GENERATORS": "init.configuration",
    "Gated": "init.remedies",
    "Generator": "init.generator",
    "GeneratorConfig": "init.configuration",
    "GivenSupport": "init.targeted",
    "KernelRegression": "init.weighting",
    "LatentPenalty": "init.latent",
    "LayerGenerator": "init.layers",
    "Layers": "init.configuration",
    "LoRAGenerator": "init.configuration",
    "LowRank": "init.configuration",
    "LowRankChange": "init.low_rank",
    "MeanMatching": "init.weighting",
    "Modulated": "init.modulated",
    "Scaled": "init.scaled",
    "Selected": "init.shared",
    "Slow": "init.fast",
    "Switched": "init.switched",
    "Targeted": "init.targeted",
    "Unread": "init.unread",
    "generator_for": "init.build",
    "learner_for": "init.learner",
    "switched_generator_for": "init.build",
    "target": "init.targeted",
    "unread_for": "init.unread",
}

if TYPE_CHECKING:
    from hypermaml._core.initializer import AbstractInitializer as AbstractInitializer
    from hypermaml.init.build import generator_for as generator_for
    from hypermaml.init.build import switched_generator_for as switched_generator_for
    from hypermaml.init.chunked import ChunkedChange as ChunkedChange
    from hypermaml.init.configuration import GENERATORS as GENERATORS
    from hypermaml.init.configuration import Auto as Auto
    from hypermaml.init.configuration import ChangeConfig as ChangeConfig
    from hypermaml.init.configuration import Chunked as Chunked
    from hypermaml.init.configuration import Dense as Dense
    from hypermaml.init.configuration import GeneratorConfig as GeneratorConfig
    from hypermaml.init.configuration import Layers as Layers
    from hypermaml.init.configuration import LoRAGenerator as LoRAGenerator
    from hypermaml.init.configuration import LowRank as LowRank
    from hypermaml.init.dense import DenseChange as DenseChange
    from hypermaml.init.fast import Slow as Slow
    from hypermaml.init.generator import AbstractChange as AbstractChange
    from hypermaml.init.generator import Generator as Generator
    from hypermaml.init.latent import Decoded as Decoded
    from hypermaml.init.latent import LatentPenalty as LatentPenalty
    from hypermaml.init.layers import LayerGenerator as LayerGenerator
    from hypermaml.init.learner import learner_for as learner_for
    from hypermaml.init.low_rank import LowRankChange as LowRankChange
    from hypermaml.init.modulated import Modulated as Modulated
    from hypermaml.init.remedies import Averaged as Averaged
    from hypermaml.init.remedies import Bounded as Bounded
    from hypermaml.init.remedies import Centred as Centred
    from hypermaml.init.remedies import Gated as Gated
    from hypermaml.init.scaled import Scaled as Scaled
    from hypermaml.init.shared import Blank as Blank
    from hypermaml.init.shared import Conditioned as Conditioned
    from hypermaml.init.shared import Constant as Constant
    from hypermaml.init.shared import Selected as Selected
    from hypermaml.init.switched import Switched as Switched
    from hypermaml.init.targeted import GivenSupport as GivenSupport
    from hypermaml.init.targeted import Targeted as Targeted
    from hypermaml.init.targeted import target as target
    from hypermaml.init.unread import Unread as Unread
    from hypermaml.init.unread import unread_for as unread_for
    from hypermaml.init.weighting import KernelRegression as KernelRegression
    from hypermaml.init.weighting import MeanMatching as MeanMatching

__getattr__, __dir__ = lazy(__name__, _HOMES)
