"""Embedders: what of a task is known before it is adapted to."""

from typing import TYPE_CHECKING

from hypermaml._misc.lazy import lazy

_HOMES = {
    "AbstractEmbedder": "_core.embedder",
    "Attention": "embed.set_encoder",
    "Augmented": "embed.augmented",
    "CurveEncoder": "embed.curve",
    "DeepSets": "embed.set_encoder",
    "Description": "embed.configuration",
    "Dropped": "embed.combined",
    "EMBEDDERS": "embed.configuration",
    "EmbedderConfig": "embed.configuration",
    "EncodedCurves": "embed.configuration",
    "EncodedPoints": "embed.configuration",
    "FisherEmbedding": "embed.task2vec",
    "Joined": "embed.combined",
    "LogStandardized": "embed.task2vec",
    "Mode": "embed.configuration",
    "ModeTable": "embed.configuration",
    "NoEmbedding": "embed.simple",
    "Projected": "embed.text",
    "ProjectedText": "embed.configuration",
    "RelationEncoder": "embed.relation",
    "RolloutEncoder": "embed.rollout",
    "ShapeEncoder": "embed.shape",
    "Standardized": "embed.standardized",
    "SupportSet": "embed.configuration",
    "Table": "embed.mode",
    "Task2Vec": "embed.configuration",
    "Together": "embed.configuration",
    "Trajectories": "embed.configuration",
    "TrueMode": "embed.mode",
    "Uninformative": "embed.simple",
    "WeightedItems": "embed.items",
    "choose_blur": "embed.augmented",
    "items_of": "embed.items",
    "set_keys": "embed.keys",
    "supervised": "embed.keys",
    "task_size": "embed.description",
    "true_parameters": "embed.description",
}

if TYPE_CHECKING:
    from hypermaml._core.embedder import AbstractEmbedder as AbstractEmbedder
    from hypermaml.embed.augmented import Augmented as Augmented
    from hypermaml.embed.augmented import choose_blur as choose_blur
    from hypermaml.embed.combined import Dropped as Dropped
    from hypermaml.embed.combined import Joined as Joined
    from hypermaml.embed.configuration import EMBEDDERS as EMBEDDERS
    from hypermaml.embed.configuration import Description as Description
    from hypermaml.embed.configuration import EmbedderConfig as EmbedderConfig
    from hypermaml.embed.configuration import EncodedCurves as EncodedCurves
    from hypermaml.embed.configuration import EncodedPoints as EncodedPoints
    from hypermaml.embed.configuration import Mode as Mode
    from hypermaml.embed.configuration import ModeTable as ModeTable
    from hypermaml.embed.configuration import ProjectedText as ProjectedText
    from hypermaml.embed.configuration import SupportSet as SupportSet
    from hypermaml.embed.configuration import Task2Vec as Task2Vec
    from hypermaml.embed.configuration import Together as Together
    from hypermaml.embed.configuration import Trajectories as Trajectories
    from hypermaml.embed.curve import CurveEncoder as CurveEncoder
    from hypermaml.embed.description import task_size as task_size
    from hypermaml.embed.description import true_parameters as true_parameters
    from hypermaml.embed.items import WeightedItems as WeightedItems
    from hypermaml.embed.items import items_of as items_of
    from hypermaml.embed.keys import set_keys as set_keys
    from hypermaml.embed.keys import supervised as supervised
    from hypermaml.embed.mode import Table as Table
    from hypermaml.embed.mode import TrueMode as TrueMode
    from hypermaml.embed.relation import RelationEncoder as RelationEncoder
    from hypermaml.embed.rollout import RolloutEncoder as RolloutEncoder
    from hypermaml.embed.set_encoder import Attention as Attention
    from hypermaml.embed.set_encoder import DeepSets as DeepSets
    from hypermaml.embed.shape import ShapeEncoder as ShapeEncoder
    from hypermaml.embed.simple import NoEmbedding as NoEmbedding
    from hypermaml.embed.simple import Uninformative as Uninformative
    from hypermaml.embed.standardized import Standardized as Standardized
    from hypermaml.embed.task2vec import FisherEmbedding as FisherEmbedding
    from hypermaml.embed.task2vec import LogStandardized as LogStandardized
    from hypermaml.embed.text import Projected as Projected

__getattr__, __dir__ = lazy(__name__, _HOMES)
