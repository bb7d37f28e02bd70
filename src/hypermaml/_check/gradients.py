"""Gradients of the losses in the learner: none may be cut."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hypermaml._check.places import INNER, MODEL, OUTER, place
from hypermaml._check.results import Finding, ok, once
from hypermaml._check.subject import Subject
from hypermaml._check.trees import entry, is_float, leaf_names, perturbed
from hypermaml._core.mapping import map_tasks

GRADIENT, FINITE = "gradient", "finite"


class Measured(NamedTuple):
    """A loss and its gradient in the learner, for each task.

    Attributes:
        value: of the loss.
        norms: of the gradient in each leaf, shape `(task, leaf)`.
        norm: of the whole gradient.
        twice: the norm of the gradient on a batch with each example twice.
    """

    value: Float[np.ndarray, " task"]
    norms: Float[np.ndarray, "task leaf"]
    norm: Float[np.ndarray, " task"]
    twice: Float[np.ndarray, " task"]


def measure(subject: Subject) -> dict[str, Measured]:
    """Return values and gradients of the inner and the outer loss at a learner whose layers are all in use."""
    arrays, rest = eqx.partition(subject.moved, is_float)

    def of_task(family: Any, arrays: Any, batch: Any) -> dict[str, tuple[Array, Array, Array, Array]]:
        twice = jax.tree.map(lambda leaf: jnp.concatenate([leaf, leaf]), batch)
        found = {}
        for name, loss in (("inner", family.inner_loss), ("outer", family.outer_loss)):

            def at(arrays: Any, batch: Any, loss: Any = loss) -> Array:
                return loss(eqx.combine(arrays, rest), batch)

            value, gradient = jax.value_and_grad(at)(arrays, batch)
            norms = jnp.stack([jnp.sqrt(jnp.sum(jnp.square(leaf))) for leaf in jax.tree.leaves(gradient)])
            doubled = jax.tree.leaves(jax.grad(at)(arrays, twice))
            total = jnp.sqrt(sum((jnp.sum(jnp.square(leaf)) for leaf in doubled), start=jnp.zeros(())))
            found[name] = value, norms, jnp.linalg.norm(norms), total
        return found

    def of_tasks(family: Any, arrays: Any, batches: Any) -> Any:
        return map_tasks(lambda batch: of_task(family, arrays, batch), family, batches)

    found = eqx.filter_jit(of_tasks)(subject.family, arrays, subject.drawn.batch)
    return {name: Measured(*map(np.asarray, parts)) for name, parts in found.items()}


def check_gradient(subject: Subject, measured: dict[str, Measured]) -> Iterator[Finding]:
    """Check that losses and gradients are finite, and that each array of the learner has a gradient."""
    family, found = subject.family, []
    arrays = eqx.filter(subject.moved, is_float)
    for name, loss, names in (("inner", family.inner_loss, INNER), ("outer", family.outer_loss, OUTER)):
        seen, where = measured[name], place(family, (*MODEL, *names))
        if not np.isfinite(seen.value).all() or not np.isfinite(seen.norms).all():
            what = "its gradient" if np.isfinite(seen.value).all() else "the value"
            text = (
                f"the {name} loss is not finite for an untrained learner ({what}): a square root, a logarithm or a "
                "quotient may be at 0"
            )
            found.append(Finding("error", FINITE, where, text))
            continue
        zero = [number for number, norms in enumerate(seen.norms.T) if not norms.any()]
        if len(zero) == seen.norms.shape[1]:
            text = (
                f"the {name} loss has no gradient in the learner: it must depend on the learner's output, without "
                "stop_gradient, rounding or NumPy between them"
            )
            found.append(Finding("error", GRADIENT, where, text))
            continue
        for number in zero:
            found.append(_without_gradient(subject, name, loss, arrays, number, where))
    count = len(jax.tree.leaves(arrays))
    yield from once(found) or [ok(GRADIENT, f"each of {count} arrays of the learner has a gradient")]


def _without_gradient(subject: Subject, name: str, loss: Any, arrays: Any, number: int, where: str) -> Finding:
    """Return the finding on an array without gradient: it is cut where the loss depends on the array."""
    leaves, structure = jax.tree.flatten(arrays)
    leaf = leaf_names(arrays)[number]
    leaves[number] = perturbed(leaves[number], key=subject.key(20), size=3.0)
    _, rest = eqx.partition(subject.moved, is_float)
    batch = entry(subject.drawn.batch, 0)
    value = eqx.filter_jit(lambda arrays: loss(eqx.combine(arrays, rest), batch))
    if np.allclose(value(arrays), value(structure.unflatten(leaves)), rtol=1e-6):
        text = f"the {name} loss does not depend on the learner's {leaf}: leave out arrays that nothing reads"
        return Finding("warning", GRADIENT, place(subject.family, MODEL), text)
    text = (
        f"the {name} loss depends on the learner's {leaf}, but has no gradient in it: leave out stop_gradient, "
        "rounding and NumPy in the model and the loss; what must not train is hypermaml.NonTrainable"
    )
    return Finding("error", GRADIENT, where, text)
