"""Published methods, each one a short file: its configuration, the assembly of its parts, its citation."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hypermaml._misc.catalog import Catalog
from hypermaml._misc.lazy import lazy

# The class of each method, in the order of reports; the module of a method has its name.
_CLASSES = {
    "random": "Random",
    "pretrained": "Pretrained",
    "oracle": "Oracle",
    "maml": "MAML",
    "fomaml": "FOMAML",
    "reptile": "Reptile",
    "imaml": "IMAML",
    "anil": "ANIL",
    "cavia": "CAVIA",
    "meta_sgd": "MetaSGD",
    "maml_plus_plus": "MAMLPlusPlus",
    "maml_en_llm": "MAMLEnLLM",
    "leo": "LEO",
    "meta_networks": "MetaNetworks",
    "amortized": "Amortized",
    "rl2": "RL2",
    "multi_maml": "MultiMAML",
    "mmaml": "MMAML",
    "weighted_maml": "WeightedMAML",
    "tasml": "TASML",
    "hypermaml": "HyperMAML",
    "hypermaml_algorithm_2": "HyperMAMLAlgorithm2",
    "hypermaml_set": "HyperMAMLSet",
    "hypermaml_anil": "HyperMAMLANIL",
    "hypermaml_meta_sgd": "HyperMAMLMetaSGD",
    "hypermaml_maml_plus_plus": "HyperMAMLPlusPlus",
    "hypermaml_first_order": "HyperMAMLFirstOrder",
    "hypernet": "Hypernet",
    "ha_hypernetwork": "HaHypernetwork",
    "hypermaml_constant": "HyperMAMLConstant",
    "conditioned": "Conditioned",
    "conditioned_pretrained": "ConditionedPretrained",
}
_HOMES = {kind: f"methods.{name}" for name, kind in _CLASSES.items()} | {"MethodConfig": "methods.config"}

if TYPE_CHECKING:
    from hypermaml.methods.amortized import Amortized as Amortized
    from hypermaml.methods.anil import ANIL as ANIL
    from hypermaml.methods.cavia import CAVIA as CAVIA
    from hypermaml.methods.conditioned import Conditioned as Conditioned
    from hypermaml.methods.conditioned_pretrained import ConditionedPretrained as ConditionedPretrained
    from hypermaml.methods.config import MethodConfig as MethodConfig
    from hypermaml.methods.fomaml import FOMAML as FOMAML
    from hypermaml.methods.ha_hypernetwork import HaHypernetwork as HaHypernetwork
    from hypermaml.methods.hypermaml import HyperMAML as HyperMAML
    from hypermaml.methods.hypermaml_algorithm_2 import HyperMAMLAlgorithm2 as HyperMAMLAlgorithm2
    from hypermaml.methods.hypermaml_anil import HyperMAMLANIL as HyperMAMLANIL
    from hypermaml.methods.hypermaml_constant import HyperMAMLConstant as HyperMAMLConstant
    from hypermaml.methods.hypermaml_first_order import HyperMAMLFirstOrder as HyperMAMLFirstOrder
    from hypermaml.methods.hypermaml_maml_plus_plus import HyperMAMLPlusPlus as HyperMAMLPlusPlus
    from hypermaml.methods.hypermaml_meta_sgd import HyperMAMLMetaSGD as HyperMAMLMetaSGD
    from hypermaml.methods.hypermaml_set import HyperMAMLSet as HyperMAMLSet
    from hypermaml.methods.hypernet import Hypernet as Hypernet
    from hypermaml.methods.imaml import IMAML as IMAML
    from hypermaml.methods.leo import LEO as LEO
    from hypermaml.methods.maml import MAML as MAML
    from hypermaml.methods.maml_en_llm import MAMLEnLLM as MAMLEnLLM
    from hypermaml.methods.maml_plus_plus import MAMLPlusPlus as MAMLPlusPlus
    from hypermaml.methods.meta_networks import MetaNetworks as MetaNetworks
    from hypermaml.methods.meta_sgd import MetaSGD as MetaSGD
    from hypermaml.methods.mmaml import MMAML as MMAML
    from hypermaml.methods.multi_maml import MultiMAML as MultiMAML
    from hypermaml.methods.oracle import Oracle as Oracle
    from hypermaml.methods.pretrained import Pretrained as Pretrained
    from hypermaml.methods.random import Random as Random
    from hypermaml.methods.reptile import Reptile as Reptile
    from hypermaml.methods.rl2 import RL2 as RL2
    from hypermaml.methods.tasml import TASML as TASML
    from hypermaml.methods.weighted_maml import WeightedMAML as WeightedMAML

METHODS: Mapping[str, type["MethodConfig"]] = Catalog(
    "method",
    {name: f"hypermaml.methods.{name}:{kind}" for name, kind in _CLASSES.items()},
    group="hypermaml.methods",
    base="hypermaml.methods.config:MethodConfig",
)
"""The class of each method by its name on the command line, those of installed packages among them."""

__getattr__, __dir__ = lazy(__name__, _HOMES)
