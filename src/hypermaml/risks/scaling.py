"""Scaling: the errors of generated initializations and of generated final weights as the target network grows."""

from __future__ import annotations

from hypermaml.risks.plan import REFERENCE, Risks, with_generator
from hypermaml.risks.trial import Trial

FINAL = "hypernet"  # the same generator, trained for weights that are not adapted


def trial(risks: Risks, method: str, seed: int, width: int, generator: str = "") -> Trial:
    """Return the training run of a method at one size; `generator` is for methods that have one."""
    return risks.trial(method, seed, width=width, changes=with_generator(generator))


def trials(risks: Risks) -> list[Trial]:
    """Return the training runs of MAML, and of the method and hypernet with each generator, at each size."""
    return [
        each
        for seed in risks.seeds
        for width in risks.sizes
        for each in (
            trial(risks, REFERENCE, seed, width),
            *(trial(risks, name, seed, width, kind) for name in (risks.method, FINAL) for kind in risks.generators),
        )
    ]
