"""All checks, one after another."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import hypermaml as hm
from hypermaml._check.contents import check_classes, check_finite, check_shapes
from hypermaml._check.descriptions import check_description, check_target
from hypermaml._check.draws import check_keys
from hypermaml._check.gradients import check_gradient, measure
from hypermaml._check.losses import check_mean, check_padding, check_pairs
from hypermaml._check.meta_gradient import check_meta_gradient
from hypermaml._check.method import check_method
from hypermaml._check.results import CheckResults, Finding
from hypermaml._check.scores import check_random, check_scores
from hypermaml._check.splits import check_splits, check_support
from hypermaml._check.subject import Subject
from hypermaml._check.tracing import check_static, check_traces
from hypermaml._core.family import AbstractFamily
from hypermaml._misc.checks import check_seed
from hypermaml._misc.failures import place_of, sentence_of
from hypermaml.apply.train import check_kinds
from hypermaml.methods.config import MethodConfig

Check = Callable[[Subject], Iterable[Finding]]


def check_losses(subject: Subject) -> Iterator[Finding]:
    """Check gradients of the losses, and that losses are means."""
    measured = measure(subject)
    yield from check_gradient(subject, measured)
    yield from check_mean(subject, measured)


class Step(NamedTuple):
    """One of the checks.

    Attributes:
        name: of a finding on an error inside of the user's functions.
        of: the check.
        after: names of faults that it would only repeat, so that it is left out.
        needs: names of faults that must not be there, for it and all later checks would say nothing.
    """

    name: str
    of: Check
    after: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()


def _step(name: str, of: Check, *, after: Sequence[str] = (), needs: Sequence[str] = ()) -> Step:
    return Step(name, of, frozenset(after), frozenset(needs))


CHECKS = (
    _step("retracing", check_static),
    _step("keys", check_keys, needs=["retracing"]),
    _step("shapes", check_shapes),
    _step("finite", check_finite),
    _step("classes", check_classes, after=["finite"]),
    _step("splits", check_splits, after=["keys"]),
    _step("support in query", check_support, after=["keys"]),
    _step("description", check_description, after=["keys"]),
    _step("target in description", check_target, after=["keys", "description"]),
    _step("gradient", check_losses, needs=["shapes", "finite", "classes"]),
    _step("random loss", check_random),
    _step("pairs", check_pairs),
    _step("padding", check_padding),
    _step("score", check_scores),
    _step("method", check_method, after=["gradient"]),
    _step("meta-gradient", check_meta_gradient, after=["gradient", "method"]),
    _step("retracing", check_traces),
)


def check(
    family: AbstractFamily,
    method: MethodConfig | None = None,
    *,
    seed: int = 0,
    report: Callable[[Finding], None] = lambda _: None,
) -> CheckResults:
    """Check a family of tasks, and a method on it, for faults that training would not show.

    Among the checks are shapes, random keys, splits, descriptions, gradients, losses and scores. A failing check says
    in one sentence what is wrong, where, and what would be right.

    Args:
        family: the tasks.
        method: a configuration, such as `HyperMAML()`; MAML by default.
        seed: decides the tasks, data and weights of the checks; at least 0.
        report: is called with each finding as soon as it is known.

    Raises:
        ValueError: the family or the method is of another kind, or the seed is out of its range.
    """
    config = hm.MAML() if method is None else method
    check_kinds(config, family)
    check_seed(seed)
    found = []
    for finding in findings(Subject(family, config, seed)):
        found.append(finding)
        report(finding)
    return CheckResults(type(family).__name__, type(config).__name__, tuple(found))


def findings(subject: Subject, steps: Iterable[Step] = CHECKS) -> Iterator[Finding]:
    """Yield the findings of checks, each fault once; without right data the checks end."""
    faults = list[Finding]()
    for step in steps:
        names = {fault.name for fault in faults}
        if step.after & names:
            continue
        if step.needs & names:
            yield Finding("warning", "unfinished", "", "the other checks follow when this is mended")
            return
        for finding in _safely(step.name, step.of, subject):
            if finding.level == "ok":
                yield finding
            elif (finding.where, finding.sentence) not in {(fault.where, fault.sentence) for fault in faults}:
                faults += [finding] if finding.level == "error" else []
                yield finding


def _safely(name: str, of: Check, subject: Subject) -> Iterator[Finding]:
    """Yield the findings of a check; an error inside of the user's functions is one."""
    try:
        yield from of(subject)
    except Exception as error:
        file, line = place_of(error)
        where = f"{Path(file).name}, line {line}" if line else type(subject.family).__name__
        kind = type(error).__name__
        yield Finding("error", name, where, f"{kind}: {sentence_of(error)}")
