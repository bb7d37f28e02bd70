"""Embedding quality: the error of a method as the descriptions of its tasks get worse, and with remedies."""

from __future__ import annotations

from hypermaml.risks.altered import CONSTANT, GIVEN, PERMUTED, Corruption
from hypermaml.risks.choices import REMEDIES, UNINFORMATIVE_REMEDY
from hypermaml.risks.plan import REFERENCE, Risks
from hypermaml.risks.trial import Probe, Trial

NOISE = tuple(Corruption(noise=level) for level in (0.1, 0.25, 0.5, 1.0, 2.0))
DROPPED = (*(Corruption(dropped=level) for level in (0.1, 0.25, 0.5, 0.75)), CONSTANT)
MEASURED = (GIVEN, CONSTANT, PERMUTED)  # the descriptions that remedies are measured with
UNINFORMATIVE = (CONSTANT, PERMUTED)  # the descriptions without information on the task


def subject(risks: Risks, seed: int) -> Trial:
    """Return the training run of the method as it is, measured with every corruption."""
    return risks.trial(risks.method, seed, *(Probe(corruption=each) for each in (*MEASURED, *NOISE, *DROPPED)))


def reference(risks: Risks, seed: int) -> Trial:
    """Return the training run of MAML, which reads no description."""
    return risks.trial(REFERENCE, seed)


def remedied(risks: Risks, seed: int, remedy: str) -> Trial:
    """Return the training run of the method with one remedy."""
    return risks.trial(risks.method, seed, *(Probe(corruption=each) for each in MEASURED), changes=REMEDIES[remedy])


def uninformed(risks: Risks) -> tuple[str, ...]:
    """Name the remedies of runs on descriptions without information: none, and the remedy for this case."""
    return "", *(name for name in risks.remedies if name == UNINFORMATIVE_REMEDY)


def trained_on(risks: Risks, seed: int, corruption: Corruption, remedy: str = "") -> Trial:
    """Return the training run at MAML's rates, trained and measured on descriptions without information."""
    maml = risks.settings[REFERENCE]
    changes = {"inner_lr": maml.inner_lr, "outer_lr": maml.outer_lr, **REMEDIES.get(remedy, {})}
    return risks.trial(risks.method, seed, Probe(corruption=corruption), corruption=corruption, changes=changes)


def trials(risks: Risks) -> list[Trial]:
    """Return the training runs of the method, of the method with each remedy and without information, and of MAML."""
    return [
        each
        for seed in risks.seeds
        for each in (
            subject(risks, seed),
            reference(risks, seed),
            *(remedied(risks, seed, name) for name in risks.remedies),
            *(trained_on(risks, seed, corruption, name) for corruption in UNINFORMATIVE for name in uninformed(risks)),
        )
    ]
