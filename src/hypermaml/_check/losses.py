"""Whether losses are means over the examples of a batch, read each pair as one, and leave padding alone."""

from collections.abc import Callable, Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hypermaml._check.gradients import Measured
from hypermaml._check.places import INNER, OUTER, place
from hypermaml._check.results import Finding, ok, once
from hypermaml._check.subject import Subject
from hypermaml._check.trees import entry, is_float, leaf_names, same

MEAN, PAIRS, PADDING = "mean loss", "pairs", "padding"
Loss = Callable[[Any, Any], Float[Array, ""]]


def losses_of(subject: Subject) -> list[tuple[str, Loss, tuple[str, ...]]]:
    """Return name, function and responsible functions of the inner and the outer loss."""
    family = subject.family
    return [("inner", family.inner_loss, INNER), ("outer", family.outer_loss, OUTER)]


def check_mean(subject: Subject, measured: dict[str, Measured]) -> Iterator[Finding]:
    """Check that a batch twice as large, with each example twice, has the same gradient."""
    wrong, on_policy = [], subject.family.on_policy
    kind, kinds = ("trajectory", "trajectories") if on_policy else ("example", "examples")
    for name, _, names in losses_of(subject):
        seen = measured[name]
        ratio = float(np.median(seen.twice / np.maximum(seen.norm, 1e-30)))
        if not 0.9 < ratio < 1.1 and np.median(seen.norm) > 0:
            text = (
                f"the {name} loss of a batch with each {kind} twice has {ratio:.2g} times the gradient, so that it "
                f"grows with the number of {kinds}: return their mean, not their sum"
            )
            wrong.append(Finding("error", MEAN, place(subject.family, names), text))
    yield from once(wrong) or [ok(MEAN, f"losses are means over the {kinds}")]


def check_pairs(subject: Subject) -> Iterator[Finding]:
    """Check that a loss changes where inputs and outputs of different examples are joined."""
    family, batch = subject.family, entry(subject.drawn.batch, 0)
    if family.on_policy:
        return
    size, leaves = subject.size, jax.tree.leaves(batch)
    varied = [n for n, leaf in enumerate(leaves) if not np.all(np.asarray(leaf) == np.asarray(leaf)[:1])]
    if len(varied) < 2 or size < 2:
        return
    structure = jax.tree.structure(batch)

    def rolled(number: int) -> Any:
        moved = [jnp.roll(leaf, 1, axis=0) if place == number else leaf for place, leaf in enumerate(leaves)]
        return structure.unflatten(moved)

    others = [rolled(number) for number in varied]
    wrong = []
    for name, loss, names in losses_of(subject):
        first, *rest = _values(loss, subject.moved, [batch, *others])
        # A loss that mixes all pairs is the same for each order, but for rounding.
        if all(abs(value - first) <= 1e-6 * max(abs(first), 1e-6) for value in rest):
            text = (
                f"the {name} loss does not change where outputs are given to other inputs: it compares each prediction "
                "with the outputs of all examples, as shapes (n, 1) and (n,) do, or ignores them; give both one shape"
            )
            wrong.append(Finding("error", PAIRS, place(family, names), text))
    yield from once(wrong) or [ok(PAIRS, "losses compare each prediction with its own output")]


def check_padding(subject: Subject) -> Iterator[Finding]:
    """Check that losses ignore the examples whose mask is 0."""
    family, batch = subject.family, entry(subject.drawn.batch, 0)
    mask = getattr(batch, "mask", None)
    if family.on_policy or mask is None or np.shape(mask) != (subject.size,) or subject.size < 2:
        return
    kept = jnp.arange(subject.size) < (subject.size + 1) // 2

    def other(leaf: Array, name: str) -> Array:
        if name == ".mask":
            return jnp.where(kept, leaf, 0).astype(leaf.dtype)
        wide = kept.reshape(-1, *(1,) * (leaf.ndim - 1))
        return jnp.where(wide, leaf, 3 * leaf + 7) if is_float(leaf) else jnp.where(wide, leaf, jnp.roll(leaf, 1, 0))

    leaves, structure, names = jax.tree.leaves(batch), jax.tree.structure(batch), leaf_names(batch)
    changed = structure.unflatten([other(leaf, name) for leaf, name in zip(leaves, names, strict=True)])
    plain = eqx.tree_at(lambda tree: tree.mask, batch, changed.mask)
    if same(plain, changed):
        return
    wrong = []
    for name, loss, responsible in losses_of(subject):
        one, two = _values(loss, subject.moved, [plain, changed])
        if not np.isclose(one, two, rtol=1e-4, atol=1e-6):
            text = (
                f"the {name} loss changes with examples whose mask is 0, which are padding of a shorter task: take the "
                "mean over examples whose mask is 1"
            )
            wrong.append(Finding("error", PADDING, place(family, responsible), text))
    yield from once(wrong) or [ok(PADDING, "losses ignore padding")]


def _values(loss: Loss, learner: Any, batches: list[Any]) -> list[float]:
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *batches)
    return [float(value) for value in eqx.filter_jit(jax.vmap(lambda batch: loss(learner, batch)))(stacked)]
