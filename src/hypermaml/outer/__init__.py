"""Outer updates: how the outer loss changes what is meta-trained."""

from typing import TYPE_CHECKING

from hypermaml._misc.lazy import lazy

_HOMES = {
    "AbstractOuter": "_core.outer",
    "Adam": "outer.configuration",
    "Descent": "outer.descent",
    "OUTER_UPDATES": "outer.configuration",
    "OuterConfig": "outer.configuration",
    "PPO": "outer.configuration",
    "ProximalPolicy": "outer.ppo",
    "TRPO": "outer.configuration",
    "TrustRegion": "outer.trpo",
    "difference": "outer.reptile",
    "OverTrajectories": "outer.credit",
    "shared_moments": "outer.shared",
    "steady": "_core.system",
    "transform_of": "outer.adam",
}

if TYPE_CHECKING:
    from hypermaml._core.outer import AbstractOuter as AbstractOuter
    from hypermaml._core.system import steady as steady
    from hypermaml.outer.adam import transform_of as transform_of
    from hypermaml.outer.configuration import OUTER_UPDATES as OUTER_UPDATES
    from hypermaml.outer.configuration import PPO as PPO
    from hypermaml.outer.configuration import TRPO as TRPO
    from hypermaml.outer.configuration import Adam as Adam
    from hypermaml.outer.configuration import OuterConfig as OuterConfig
    from hypermaml.outer.credit import OverTrajectories as OverTrajectories
    from hypermaml.outer.descent import Descent as Descent
    from hypermaml.outer.ppo import ProximalPolicy as ProximalPolicy
    from hypermaml.outer.reptile import difference as difference
    from hypermaml.outer.shared import shared_moments as shared_moments
    from hypermaml.outer.trpo import TrustRegion as TrustRegion

__getattr__, __dir__ = lazy(__name__, _HOMES)
