"""Task families: what meta-training learns from."""

from typing import TYPE_CHECKING

from hypermaml._misc.lazy import lazy

_HOMES = {
    "Ant": "sim.body",
    "ArrayFamily": "families.arrays",
    "ClusteredSine": "families.clustered_sine",
    "DeviceLocomotion": "families.locomotion",
    "Glyphs": "families.glyphs",
    "Grasp": "sim.grasp",
    "Grasping": "families.grasp",
    "GymnasiumFamily": "families.gymnasium",
    "HalfCheetah": "sim.body",
    "Language": "families.language.family",
    "Locomotion": "families.locomotion",
    "Multimodal": "families.multimodal",
    "Navigation": "families.navigation",
    "Plane": "families.navigation",
    "Power": "families.power.control",
    "PowerForecast": "families.power.forecast",
    "SampledFamily": "families.sampled",
    "Sine": "families.sine",
    "Sites": "families.power.sites",
    "TableFamily": "families.table",
    "Track": "sim.track",
}

if TYPE_CHECKING:
    from hypermaml.families.arrays import ArrayFamily as ArrayFamily
    from hypermaml.families.clustered_sine import ClusteredSine as ClusteredSine
    from hypermaml.families.glyphs import Glyphs as Glyphs
    from hypermaml.families.grasp import Grasping as Grasping
    from hypermaml.families.gymnasium import GymnasiumFamily as GymnasiumFamily
    from hypermaml.families.language.family import Language as Language
    from hypermaml.families.locomotion import DeviceLocomotion as DeviceLocomotion
    from hypermaml.families.locomotion import Locomotion as Locomotion
    from hypermaml.families.multimodal import Multimodal as Multimodal
    from hypermaml.families.navigation import Navigation as Navigation
    from hypermaml.families.navigation import Plane as Plane
    from hypermaml.families.power.control import Power as Power
    from hypermaml.families.power.forecast import PowerForecast as PowerForecast
    from hypermaml.families.power.sites import Sites as Sites
    from hypermaml.families.sampled import SampledFamily as SampledFamily
    from hypermaml.families.sine import Sine as Sine
    from hypermaml.families.table import TableFamily as TableFamily
    from hypermaml.sim.body import Ant as Ant
    from hypermaml.sim.body import HalfCheetah as HalfCheetah
    from hypermaml.sim.grasp import Grasp as Grasp
    from hypermaml.sim.track import Track as Track

__getattr__, __dir__ = lazy(__name__, _HOMES)
