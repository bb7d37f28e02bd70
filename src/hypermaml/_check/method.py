"""Whether the method can be built on the family, and a meta-iteration of it is finite and not zero."""

from collections.abc import Iterator

import equinox as eqx
import jax
import numpy as np

from hypermaml._check.results import Finding, ok
from hypermaml._check.subject import Subject
from hypermaml._core.meta_loss import meta_gradient
from hypermaml._core.trees import split_trainable

NAME = "method"


def check_method(subject: Subject) -> Iterator[Finding]:
    """Check one meta-iteration of the method."""
    family, config, method = subject.family, subject.config, type(subject.config).__name__
    if config.needs_fixed_support and family.on_policy:
        text = f"{method} needs one support set for each task, but {type(family).__name__} draws new trajectories"
        yield Finding("error", NAME, method, f"{text} at each inner step: choose another method")
        return
    if config.outer.needs_trajectories and not family.on_policy:
        text = f"the outer update {config.outer.name} needs policies, but {type(family).__name__} has none"
        yield Finding("error", NAME, method, f"{text}: choose Adam")
        return
    try:
        system = subject.system
    except ValueError as error:
        yield Finding("error", NAME, method, str(error))
        return
    if not config.trained:
        yield ok(NAME, f"{method} can be built; it is not trained")
        return
    data = subject.collected(system)
    run = eqx.filter_jit(lambda method, family, data: meta_gradient(method, system.objective, family, data))
    gradient, metrics = run(system.method, family, data)
    leaves = jax.tree.leaves(gradient)
    count = sum(leaf.size for leaf in jax.tree.leaves(split_trainable(system.method)[0]))
    if not np.asarray(metrics.finite).all() or not all(np.isfinite(leaf).all() for leaf in leaves):
        text = "the first meta-iteration is not finite: lower inner_lr, or set inner_clip"
        yield Finding("error", NAME, method, text)
    elif not any(np.any(leaf) for leaf in leaves):
        yield Finding("error", NAME, method, "its meta-gradient is 0 everywhere, so that nothing would be trained")
    else:
        yield ok(NAME, f"{method} has {count:,} trained numbers, and a finite first meta-iteration")
