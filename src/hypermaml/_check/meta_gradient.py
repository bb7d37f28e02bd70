"""The meta-gradient of the user's own model and losses against finite differences, and its second-order part."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

import hypermaml as hm
from hypermaml._check.places import INNER, MODEL, OUTER, place
from hypermaml._check.results import Finding, ok
from hypermaml._check.subject import Subject
from hypermaml._check.trees import entry, is_float, numbers
from hypermaml._core.meta_loss import meta_gradient, meta_loss
from hypermaml._core.system import System
from hypermaml._core.trees import split_trainable

NAME, ORDER = "meta-gradient", "second order"
DIRECTIONS = 3
STEPS = (1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)  # relative to the size of the weights; the nearest of them counts
CLOSE, CLOSE_IN_SINGLE = 1e-3, 0.05  # where the family itself computes in single precision
LARGEST = 2**28  # bytes in double precision


def check_meta_gradient(subject: Subject) -> Iterator[Finding]:
    """Check the meta-gradient against differences of the meta-loss, in double precision."""
    family = subject.family
    if family.on_policy:
        yield from _outer_gradient(subject)
        return
    for system, name in _systems(subject):
        data = subject.collected(system)
        if _bytes((family, system, data)) > LARGEST:
            yield ok(NAME, "not compared with finite differences: the family is too large")
            return
        phi, rest = split_trainable(system.method)
        objective = system.objective

        def value(phi: Any, others: Any, objective: Any = objective) -> Array:
            rest, family, data = others
            return meta_loss(eqx.combine(phi, rest), objective, family, data)[0]

        def gradient(phi: Any, others: Any, objective: Any = objective) -> Any:
            rest, family, data = others
            return meta_gradient(eqx.combine(phi, rest), objective, family, data)[0]

        error, exact = compare(value, gradient, phi, (rest, family, data))
        yield from _verdict(subject, error, f"the meta-gradient of {name}", (*MODEL, *INNER))
        if system is subject.reference:
            yield _order(subject, gradient, exact, data)


def _outer_gradient(subject: Subject) -> Iterator[Finding]:
    """Yield the finding on the gradient of the outer loss: estimators of policy gradients have no values to compare."""
    family, batch = subject.family, entry(subject.drawn.batch, 0)
    arrays, rest = eqx.partition(subject.moved, is_float)

    def loss(arrays: Any, others: Any) -> Float[Array, ""]:
        return others[1].outer_loss(eqx.combine(arrays, others[0]), others[2])

    error, _ = compare(loss, jax.grad(loss), arrays, (rest, family, batch))
    yield from _verdict(subject, error, "the gradient of the outer loss", (*MODEL, *OUTER))


def _verdict(subject: Subject, error: float, what: str, names: tuple[str, ...]) -> Iterator[Finding]:
    if error > CLOSE:
        text = (
            f"{what} differs from finite differences by {100 * min(error, 9.99):.2g}%: stop_gradient, rounding, NumPy "
            "or a derivative of your own cuts or changes it in the model or a loss"
        )
        yield Finding("error", NAME, place(subject.family, names), text)
    else:
        yield ok(NAME, f"{what} agrees with finite differences (relative difference {error:.0e})")


def _systems(subject: Subject) -> list[tuple[System, str]]:
    """Return the systems whose meta-gradient is that of their meta-loss: MAML, and the method where its is exact."""
    found = [(subject.reference, "MAML")]
    exact = isinstance(getattr(subject.system.method.adapt, "adjoint", None), hm.adapt.Backprop)
    if subject.system is not subject.reference and exact:
        found.append((subject.system, type(subject.config).__name__))
    return found


def compare(
    value: Callable[[Any, Any], Array],
    gradient: Callable[[Any, Any], Any],
    at: Any,
    others: Any,
) -> tuple[float, Any]:
    """Return how far a gradient is from finite differences along random directions, in parts of their size; and itself.

    Args:
        value: from the point and everything else to a number.
        gradient: alike, to the gradient in the point.
        at: the point, a tree of floating-point arrays.
        others: everything else.
    """
    with jax.enable_x64(True):
        at, others = _double(at), _double(others)
        value, found = eqx.filter_jit(value), eqx.filter_jit(gradient)(at, others)
        errors = []
        for number in range(DIRECTIONS):
            direction = _direction(at, seed=number)
            slope = sum(
                float(jnp.vdot(a, b)) for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(direction), strict=True)
            )
            sizes = []
            for step in STEPS:
                ahead, behind = (
                    jax.tree.map(lambda leaf, way, sign=sign, step=step: leaf + sign * step * way, at, direction)
                    for sign in (1, -1)
                )
                difference = (float(value(ahead, others)) - float(value(behind, others))) / (2 * step)
                sizes.append(abs(difference - slope) / max(abs(difference), abs(slope), 1e-12))
            errors.append(min(sizes))
        single = "f32[" in str(jax.make_jaxpr(lambda at: value(at, others))(at))
    # A kink, as of a ReLU, may lie between two points of one direction; a wrong derivative shows in all.
    error = float(np.median(errors))
    return (error * CLOSE / CLOSE_IN_SINGLE if single else error), found


def _double(tree: Any) -> Any:
    """Return a tree with its floating-point arrays in double precision."""
    return jax.tree.map(lambda leaf: jnp.asarray(numbers(leaf), jnp.float64) if is_float(leaf) else leaf, tree)


def _direction(tree: Any, *, seed: int) -> Any:
    rng = np.random.default_rng(seed)

    def drawn(leaf: Array) -> Array:
        size = max(float(jnp.sqrt(jnp.mean(jnp.square(leaf)))), 0.1)
        return jnp.asarray(size * rng.normal(size=leaf.shape))

    return jax.tree.map(drawn, tree)


def _bytes(tree: Any) -> int:
    return sum(8 * leaf.size for leaf in jax.tree.leaves(tree) if is_float(leaf))


def _order(subject: Subject, gradient: Callable[[Any, Any], Any], exact: Any, data: Any) -> Finding:
    """Return how large the second-order part of MAML's meta-gradient is."""
    family, unroll = subject.family, subject.reference.method.adapt
    first = eqx.tree_at(lambda m: m.adapt, subject.reference.method, replace(unroll, adjoint=hm.adapt.FirstOrder()))
    phi, rest = split_trainable(first)
    with jax.enable_x64(True):
        one = jax.tree.leaves(eqx.filter_jit(gradient)(_double(phi), _double((rest, family, data))))
        two = jax.tree.leaves(exact)
        size = float(sum(jnp.sum(jnp.square(leaf)) for leaf in two)) ** 0.5
        part = float(sum(jnp.sum(jnp.square(a - b)) for a, b in zip(one, two, strict=True))) ** 0.5
    if part > 1e-12 * size:
        return ok(ORDER, f"{100 * part / size:.2g}% of MAML's meta-gradient is of second order")
    return ok(
        ORDER,
        "the second-order part of the meta-gradient is 0, so that MAML and FOMAML are equal here: no curvature of the "
        "inner loss reaches the outer loss",
    )
