"""The methods that experiments compare, by name, in the order of reports."""

from collections.abc import Mapping

from hypermaml.methods.anil import ANIL
from hypermaml.methods.cavia import CAVIA
from hypermaml.methods.conditioned import Conditioned
from hypermaml.methods.conditioned_pretrained import ConditionedPretrained
from hypermaml.methods.fomaml import FOMAML
from hypermaml.methods.ha_hypernetwork import HaHypernetwork
from hypermaml.methods.hypermaml import HyperMAML
from hypermaml.methods.hypermaml_constant import HyperMAMLConstant
from hypermaml.methods.hypermaml_first_order import HyperMAMLFirstOrder
from hypermaml.methods.hypermaml_paradigms import HyperMAMLANIL, HyperMAMLMetaSGD, HyperMAMLPlusPlus
from hypermaml.methods.hypermaml_set import HyperMAMLSet
from hypermaml.methods.hypernet import Hypernet
from hypermaml.methods.imaml import IMAML
from hypermaml.methods.leo import LEO
from hypermaml.methods.maml import MAML
from hypermaml.methods.maml_en_llm import MAMLEnLLM
from hypermaml.methods.maml_plus_plus import MAMLPlusPlus
from hypermaml.methods.meta_networks import MetaNetworks
from hypermaml.methods.meta_sgd import MetaSGD
from hypermaml.methods.mmaml import MMAML
from hypermaml.methods.multi_maml import MultiMAML
from hypermaml.methods.oracle import Oracle
from hypermaml.methods.pretrained import Pretrained
from hypermaml.methods.random import Random
from hypermaml.methods.reptile import Reptile
from hypermaml.methods.settings import Settings
from hypermaml.methods.tasml import TASML
from hypermaml.methods.weighted_maml import WeightedMAML

METHODS: Mapping[str, type[Settings]] = {
    "random": Random,
    "pretrained": Pretrained,
    "oracle": Oracle,
    "maml": MAML,
    "fomaml": FOMAML,
    "reptile": Reptile,
    "imaml": IMAML,
    "anil": ANIL,
    "cavia": CAVIA,
    "meta_sgd": MetaSGD,
    "maml_plus_plus": MAMLPlusPlus,
    "maml_en_llm": MAMLEnLLM,
    "leo": LEO,
    "meta_networks": MetaNetworks,
    "multi_maml": MultiMAML,
    "mmaml": MMAML,
    "weighted_maml": WeightedMAML,
    "tasml": TASML,
    "hypermaml": HyperMAML,
    "hypermaml_set": HyperMAMLSet,
    "hypermaml_anil": HyperMAMLANIL,
    "hypermaml_meta_sgd": HyperMAMLMetaSGD,
    "hypermaml_maml_plus_plus": HyperMAMLPlusPlus,
    "hypermaml_first_order": HyperMAMLFirstOrder,
    "hypernet": Hypernet,
    "ha_hypernetwork": HaHypernetwork,
    "hypermaml_constant": HyperMAMLConstant,
    "conditioned": Conditioned,
    "conditioned_pretrained": ConditionedPretrained,
}
