"""Batches of different lengths: examples that are alike are padded alike, and short ones do not pay for long ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_derivatives import linear_call
from jaxtyping import Array, Float, Int

from hypermaml._core.execution import device_count
from hypermaml.lm.answers import Answers, answer_logits, answered, targets_of, token_losses
from hypermaml.lm.decoder import Decoder
from hypermaml.lm.lora import LoRA

GROUP = 2  # examples that are read at once


class Reading(eqx.Module):
    """How a batch is read: two examples at a time, those of similar length, in the first shape that holds both.

    Derivatives do not pass from one shape to the next: a gradient, and the product of the Hessian with a vector, are
    each computed within the shape. Nothing is kept between them, so memory does not grow with the number of shapes.

    Attributes:
        shapes: tokens of a row, and tokens of its answer; from the cheapest to the one that holds every example.
        states: hidden states below the adapters, of all texts one after another, then zeros for a row; `None` where
            they are computed.
    """

    shapes: tuple[tuple[int, int], ...] = eqx.field(static=True)
    states: Float[Array, "token width"] | None = None

    @property
    def parts(self) -> bool:
        """Whether a batch is read in several shapes: on a processor a branch that is not taken costs nothing."""
        return len(self.shapes) > 1 and jax.default_backend() == "cpu" and device_count() == 1

    def whole(self, batch: Answers, starts: Int[Array, " example"] | None) -> Answers:
        """Return the batch in the shape that holds every example, with its states where these are cached."""
        states = self if starts is not None else Reading(self.shapes)
        return states.cut(batch, starts, batch.tokens.shape[-1], batch.weights.shape[-1])

    def loss(
        self, decoder: Decoder, lora: LoRA, batch: Answers, starts: Int[Array, " example"] | None, *, remat: bool
    ) -> Float[Array, ""]:
        """Return the mean negative log-likelihood of the answers' tokens, in nats; it has two derivatives in the LoRA.

        Args:
            decoder: split for the layers of the LoRA.
            lora: adapts.
            batch: of one task.
            starts: of each example, where its states begin; `None` without states.
            remat: as in `Decoder.above`.
        """
        groups, _ = self.groups(batch, starts)
        return _total(lora, (decoder, self, groups, remat)) / jnp.sum(batch.weights)

    def answered(
        self,
        decoder: Decoder,
        lora: LoRA,
        batch: Answers,
        starts: Int[Array, " example"] | None,
        *,
        ends: Sequence[int] = (),
    ) -> tuple[Float[Array, " example"], Float[Array, " example"]]:
        """Return what `answers.answered` does."""
        groups, order = self.groups(batch, starts)

        def of_group(_: None, group: tuple[Answers, Any]) -> tuple[None, Any]:
            return None, self.switch(lambda batch: answered(decoder, lora, batch, ends=ends), *group)

        found = jax.lax.scan(of_group, None, groups)[1]
        return jax.tree.map(lambda leaf: jnp.zeros(len(batch.tokens)).at[order].set(leaf.reshape(-1)), found)

    def groups(self, batch: Answers, starts: Any) -> tuple[tuple[Answers, Any], Int[Array, " example"]]:
        """Return the batch as groups of similar length, with the number of each of their examples.

        An example that fills the last group comes again, without weights, and has the number of none.
        """
        count = len(batch.tokens)
        order = jnp.argsort(used(batch)[0])
        filled = jnp.concatenate([order, order[: -count % GROUP]])
        own = jnp.arange(len(filled)) < count
        plain = Answers(batch.tokens, batch.places, batch.weights)
        rows, starts = jax.tree.map(lambda leaf: leaf[filled], (plain, starts))
        rows = replace(rows, weights=rows.weights * own[:, None])
        groups = jax.tree.map(lambda leaf: leaf.reshape(-1, GROUP, *leaf.shape[1:]), (rows, starts))
        return groups, jnp.where(own, filled, count)

    def switch(self, of_batch: Callable[[Answers], Any], group: Answers, starts: Any) -> Any:
        """Return `of_batch` of a group in the first shape that holds it."""
        length, answer = (jnp.max(each) for each in used(group))
        fits = jnp.stack([(length <= row) & (answer <= most) for row, most in self.shapes])

        def in_shape(shape: tuple[int, int]) -> Callable[[Answers, Any], Any]:
            return lambda group, starts: of_batch(self.cut(group, starts, *shape))

        return jax.lax.switch(jnp.argmax(fits), [in_shape(shape) for shape in self.shapes], group, starts)

    def cut(self, group: Answers, starts: Any, row: int, answer: int) -> Answers:
        """Return the examples in a shape that holds them, with their states where these are kept."""
        states = self.states
        kept = None
        if states is not None and starts is not None:
            width = states.shape[1]
            kept = jax.vmap(lambda start: jax.lax.dynamic_slice(states, (start, 0), (row, width)))(starts)
        return Answers(group.tokens[:, :row], group.places[:, :answer], group.weights[:, :answer], kept)

    def padding(self, batch: Answers) -> tuple[Int[Array, ""], Int[Array, ""]]:
        """Return how many tokens of the rows of a batch are real, and how many are computed."""
        (group, _), _ = self.groups(batch, None)

        def computed(_: None, group: Answers) -> tuple[None, Array]:
            return None, self.switch(lambda batch: jnp.asarray(batch.tokens.size), group, None)

        return jnp.sum(used(batch)[0]), jnp.sum(jax.lax.scan(computed, None, group)[1])


def used(batch: Answers) -> tuple[Int[Array, " example"], Int[Array, " example"]]:
    """Return of each example how many tokens prompt and answer have, and how many the answer; 0 without weights."""
    real = batch.weights > 0
    return jnp.max(jnp.where(real, batch.places + 2, 0), axis=-1), jnp.sum(real, axis=-1)


# The loss, its gradient and the Hessian's products each go over the groups and take one branch of each.


def _sum(lora: LoRA, decoder: Decoder, batch: Answers, remat: bool) -> Float[Array, ""]:
    losses = token_losses(answer_logits(decoder, lora, batch, remat=remat), targets_of(batch))
    return jnp.sum(losses * batch.weights)


def _over_groups(of_batch: Callable[[Answers, Decoder], Any], zero: Any, rest: Any) -> Any:
    decoder, reading, groups, _ = rest

    def add(total: Any, group: Any) -> tuple[Any, None]:
        found = reading.switch(lambda batch: of_batch(batch, decoder), *group)
        return jax.tree.map(jnp.add, total, found), None

    return jax.lax.scan(add, zero, groups)[0]


@eqx.filter_custom_jvp
def _total(lora: LoRA, rest: Any) -> Float[Array, ""]:
    return _over_groups(lambda batch, decoder: _sum(lora, decoder, batch, rest[-1]), jnp.zeros(()), rest)


@_total.def_jvp
def _(primals: Any, tangents: Any) -> Any:
    (lora, rest), (change, _) = primals, tangents
    loss, gradient = _slope(lora, rest)
    return loss, _product(gradient, change)


@eqx.filter_custom_jvp
def _slope(lora: LoRA, rest: Any) -> tuple[Float[Array, ""], LoRA]:
    def of_batch(batch: Answers, decoder: Decoder) -> Any:
        return jax.value_and_grad(_sum)(lora, decoder, batch, rest[-1])

    return _over_groups(of_batch, (jnp.zeros(()), jax.tree.map(jnp.zeros_like, lora)), rest)


@_slope.def_jvp
def _(primals: Any, tangents: Any) -> Any:
    (lora, rest), (change, _) = primals, tangents
    loss, gradient = _slope(lora, rest)
    arrays, static = eqx.partition((lora, rest), eqx.is_array)
    whole = jax.tree.map(lambda leaf, own: jnp.zeros_like(own) if leaf is None else leaf, change, lora)

    def bend(arrays: Any, change: LoRA) -> LoRA:
        lora, rest = eqx.combine(arrays, static)

        def of_batch(batch: Answers, decoder: Decoder) -> LoRA:
            return jax.jvp(lambda lora: jax.grad(_sum)(lora, decoder, batch, rest[-1]), (lora,), (change,))[1]

        return _over_groups(of_batch, jax.tree.map(jnp.zeros_like, lora), rest)

    # A Hessian is symmetric: it is its own transpose.
    return (loss, gradient), (_product(gradient, change), linear_call(bend, bend, arrays, whole))


def _product(gradient: LoRA, change: Any) -> Float[Array, ""]:
    """Return the inner product with a change, whose leaves are `None` where nothing changes."""
    pairs = zip(jax.tree.leaves(gradient), jax.tree.leaves(change, is_leaf=lambda leaf: leaf is None), strict=True)
    return sum((jnp.vdot(own, each) for own, each in pairs if each is not None), start=jnp.zeros(()))


def shapes_for(
    lengths: Int[np.ndarray, "task example"],
    answers: Int[np.ndarray, "task example"],
    *,
    most: int,
    step: int = 8,
    token_cost: float = 1.0,
    answer_cost: float = 1.0,
    whole: tuple[int, int],
    draws: int = 2_000,
) -> tuple[tuple[int, int], ...]:
    """Return the shapes in which pairs of a task's examples cost least to read.

    The shapes are chosen one by one, each the one that saves most. A pair is of neighbors in the order of lengths of
    six drawn examples.

    Args:
        lengths: tokens of prompt and answer; 0 where a task has no such example.
        answers: tokens of the answer.
        most: shapes at most, >= 1.
        step: shapes are multiples of it.
        token_cost: of a token of a row.
        answer_cost: of a token of an answer.
        whole: the shape that holds every example.
        draws: pairs that the choice rests on.
    """
    generator = np.random.default_rng(0)
    pairs = []
    for task in generator.integers(0, len(lengths), draws // 3):
        there = np.flatnonzero(lengths[task] > 0)
        chosen = generator.permutation(there)[:6]
        chosen = chosen[np.argsort(lengths[task, chosen], kind="stable")]
        for first in range(0, len(chosen) - 1, 2):
            own = chosen[first : first + 2]
            pairs.append((lengths[task, own].max(), answers[task, own].max()))
    needed = np.array(pairs or [whole])
    needed = np.minimum(-(-needed // step) * step, whole)
    candidates = [(int(row), int(answer)) for row in np.unique(needed[:, 0]) for answer in np.unique(needed[:, 1])]

    def cost(shape: tuple[int, int]) -> float:
        return token_cost * shape[0] + answer_cost * shape[1]

    chosen_shapes = [whole]
    paid = np.full(len(needed), cost(whole))
    for _ in range(most - 1):
        offers = [np.where((needed <= shape).all(axis=1), np.minimum(paid, cost(shape)), paid) for shape in candidates]
        best = int(np.argmin([offer.sum() for offer in offers])) if offers else -1
        if best < 0 or offers[best].sum() >= paid.sum():
            break
        chosen_shapes.append(candidates[best])
        paid = offers[best]
    return tuple(sorted(chosen_shapes, key=lambda shape: (cost(shape), shape)))
