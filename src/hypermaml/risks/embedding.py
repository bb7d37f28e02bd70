"""Embedding quality: what becomes of a method as the descriptions of its tasks get worse, and what remedies that."""

from __future__ import annotations

from hypermaml.risks.choices import REMEDIES, UNTOLD_REMEDY
from hypermaml.risks.plan import REFERENCE, Risks
from hypermaml.risks.trial import Probe, Trial
from hypermaml.risks.world import CONSTANT, GIVEN, PERMUTED, Corruption

NOISE = tuple(Corruption(noise=level) for level in (0.1, 0.25, 0.5, 1.0, 2.0))
DROPPED = (*(Corruption(dropped=level) for level in (0.1, 0.25, 0.5, 0.75)), CONSTANT)
TOLD = (GIVEN, CONSTANT, PERMUTED)  # what remedies are measured with
UNTOLD = (CONSTANT, PERMUTED)  # what tells nothing


def subject(risks: Risks, seed: int) -> Trial:
    """The method as it is, measured with every corruption."""
    return risks.trial(risks.method, seed, *(Probe(corruption=each) for each in (*TOLD, *NOISE, *DROPPED)))


def reference(risks: Risks, seed: int) -> Trial:
    """MAML, which no description reaches."""
    return risks.trial(REFERENCE, seed)


def remedied(risks: Risks, seed: int, remedy: str) -> Trial:
    """The method with one remedy."""
    return risks.trial(risks.method, seed, *(Probe(corruption=each) for each in TOLD), changes=REMEDIES[remedy])


def untold(risks: Risks) -> tuple[str, ...]:
    """What is meta-trained on descriptions that tell nothing: the method as it is, and with the remedy for that."""
    return "", *(name for name in risks.remedies if name == UNTOLD_REMEDY)


def trained_on(risks: Risks, seed: int, corruption: Corruption, remedy: str = "") -> Trial:
    """The method at MAML's rates, meta-trained and measured on descriptions that tell nothing."""
    maml = risks.settings[REFERENCE]
    changes = {"inner_lr": maml.inner_lr, "outer_lr": maml.outer_lr, **REMEDIES.get(remedy, {})}
    return risks.trial(risks.method, seed, Probe(corruption=corruption), corruption=corruption, changes=changes)


def trials(risks: Risks) -> list[Trial]:
    """The method as it is and with each remedy, trained on nothing, and MAML."""
    return [
        each
        for seed in risks.seeds
        for each in (
            subject(risks, seed),
            reference(risks, seed),
            *(remedied(risks, seed, name) for name in risks.remedies),
            *(trained_on(risks, seed, corruption, name) for corruption in UNTOLD for name in untold(risks)),
        )
    ]
