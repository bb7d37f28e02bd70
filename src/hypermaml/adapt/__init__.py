"""Adapters: how a learner changes on a task's support."""

from typing import TYPE_CHECKING

from hypermaml._misc.lazy import lazy

_HOMES = {
    "AbstractAdapter": "_core.adapter",
    "AbstractAdjoint": "adapt.adjoint",
    "AbstractRule": "adapt.rule",
    "Annealing": "adapt.annealing",
    "Backprop": "adapt.adjoint",
    "ByStep": "adapt.rule",
    "During": "adapt.rule",
    "Encoded": "adapt.encoding",
    "Encoder": "adapt.encoding",
    "FastWeights": "adapt.memory",
    "FirstOrder": "adapt.adjoint",
    "PositiveByStep": "adapt.rule",
    "Proximal": "adapt.proximal",
    "Recall": "adapt.recall",
    "SGD": "adapt.rule",
    "SharedAdam": "adapt.shared_adam",
    "Stepwise": "adapt.stepwise",
    "Switched": "adapt.switched",
    "Unroll": "adapt.unroll",
    "Weighted": "adapt.adjoint",
    "Within": "adapt.selection",
    "code_then_head": "adapt.codes",
    "code_then_head_rates": "adapt.codes",
    "context_of": "adapt.selection",
    "films_for_each_step": "adapt.rates",
    "head_of": "adapt.selection",
    "network_of": "adapt.selection",
    "positive_rate_for_each_step": "adapt.rates",
    "rate_for_each_entry": "adapt.rates",
    "rate_for_each_step": "adapt.rates",
    "selected": "adapt.selection",
    "step_weights": "adapt.annealing",
    "whole_learner": "adapt.selection",
}

if TYPE_CHECKING:
    from hypermaml._core.adapter import AbstractAdapter as AbstractAdapter
    from hypermaml.adapt.adjoint import AbstractAdjoint as AbstractAdjoint
    from hypermaml.adapt.adjoint import Backprop as Backprop
    from hypermaml.adapt.adjoint import FirstOrder as FirstOrder
    from hypermaml.adapt.adjoint import Weighted as Weighted
    from hypermaml.adapt.annealing import Annealing as Annealing
    from hypermaml.adapt.annealing import step_weights as step_weights
    from hypermaml.adapt.codes import code_then_head as code_then_head
    from hypermaml.adapt.codes import code_then_head_rates as code_then_head_rates
    from hypermaml.adapt.encoding import Encoded as Encoded
    from hypermaml.adapt.encoding import Encoder as Encoder
    from hypermaml.adapt.memory import FastWeights as FastWeights
    from hypermaml.adapt.proximal import Proximal as Proximal
    from hypermaml.adapt.rates import films_for_each_step as films_for_each_step
    from hypermaml.adapt.rates import positive_rate_for_each_step as positive_rate_for_each_step
    from hypermaml.adapt.rates import rate_for_each_entry as rate_for_each_entry
    from hypermaml.adapt.rates import rate_for_each_step as rate_for_each_step
    from hypermaml.adapt.recall import Recall as Recall
    from hypermaml.adapt.rule import SGD as SGD
    from hypermaml.adapt.rule import AbstractRule as AbstractRule
    from hypermaml.adapt.rule import ByStep as ByStep
    from hypermaml.adapt.rule import During as During
    from hypermaml.adapt.rule import PositiveByStep as PositiveByStep
    from hypermaml.adapt.selection import Within as Within
    from hypermaml.adapt.selection import context_of as context_of
    from hypermaml.adapt.selection import head_of as head_of
    from hypermaml.adapt.selection import network_of as network_of
    from hypermaml.adapt.selection import selected as selected
    from hypermaml.adapt.selection import whole_learner as whole_learner
    from hypermaml.adapt.shared_adam import SharedAdam as SharedAdam
    from hypermaml.adapt.stepwise import Stepwise as Stepwise
    from hypermaml.adapt.switched import Switched as Switched
    from hypermaml.adapt.unroll import Unroll as Unroll

__getattr__, __dir__ = lazy(__name__, _HOMES)
