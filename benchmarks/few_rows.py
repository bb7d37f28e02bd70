"""Tasks of few rows, as the benchmarks of schools, counties and learning curves need them."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, PRNGKeyArray

import hypermaml as hm
from hypermaml.families.examples import Examples


class FewRows(hm.ArrayFamily):
    """An array family whose tasks may have fewer rows than a support set.

    A task with n rows gives the support set at most n - 1 of them. In tests the support set is the first `seen` rows of
    a task, in a drawn or in the given order, and the query set all rows after the first `held`.

    Attributes:
        seen: support rows of a test.
        held: rows of each task that no query set of a test contains.
        most: the largest `seen`.
        ordered: whether rows keep their order, so that the support set is before the query set.
    """

    seen: Int[Array, ""]
    held: int = eqx.field(static=True)
    most: int = eqx.field(static=True)
    ordered: bool = eqx.field(static=True)

    def __init__(
        self,
        x: Any,
        y: Any,
        *,
        shots: int,
        held: int,
        queries: int,
        most: int | None = None,
        ordered: bool = False,
        **how: Any,
    ):
        """Take the arguments of `ArrayFamily`, where short tasks are filled up with rows that are masked."""
        least = shots + 1
        filled = [[np.concatenate([v, np.repeat(v[-1:], max(0, least - len(v)), axis=0)]) for v in vs] for vs in (x, y)]
        super().__init__(*filled, shots=shots, queries=queries, **how)
        self.lengths = jnp.asarray([len(v) for v in x])
        self.seen, self.held, self.ordered = jnp.asarray(shots), held, ordered
        self.most = shots if most is None else most

    @property
    def test_size(self) -> int:
        return self.x.shape[1] - self.held

    def order(self, task: Int[Array, ""], key: PRNGKeyArray) -> Int[Array, " row"]:
        """Return the rows of a task in the order that they are taken in."""
        length = self.x.shape[1]
        drawn = jnp.arange(length) / length if self.ordered else jax.random.uniform(key, (length,))
        return jnp.argsort(drawn + (jnp.arange(length) >= self.lengths[task]))

    def rows(self, task: Int[Array, ""], order: Int[Array, " row"], places: Array, there: Array) -> Examples:
        """Return the rows at places of an order; a row that is not there is masked."""
        chosen = order[jnp.clip(places, 0, len(order) - 1)]
        mask = there & (places < self.lengths[task])
        return Examples(self.x[task, chosen], self.y[task, chosen], jnp.asarray(mask, self.x.dtype))

    def batch(self, learner: Any, task: Int[Array, ""], *, size: int, key: PRNGKeyArray) -> Examples:
        count = jnp.minimum(self.shots, self.lengths[task] - 1)
        slots = jnp.arange(size)
        places = jnp.where(slots < self.shots, slots, slots - self.shots + count)
        order_key, skip_key = jax.random.split(key)
        if self.ordered:  # the query is any of the later rows
            order = self.order(task, order_key)
            later = jnp.arange(len(order)) >= count
            draw = jax.random.uniform(skip_key, order.shape) + (jnp.arange(len(order)) >= self.lengths[task])
            order = order[jnp.argsort(jnp.where(later, 1 + draw, jnp.arange(len(order)) / len(order)))]
        else:
            order = self.order(task, order_key)
        return self.rows(task, order, places, (slots >= self.shots) | (slots < count))

    def test_set(
        self, task: Int[Array, ""], *, support_key: PRNGKeyArray, query_key: PRNGKeyArray
    ) -> tuple[Examples, Examples]:
        order = self.order(task, support_key)
        slots, later = jnp.arange(self.most), jnp.arange(self.held, len(order))
        return self.rows(task, order, slots, slots < self.seen), self.rows(task, order, later, later >= self.seen)

    def with_seen(self, seen: int) -> "FewRows":
        """Return the family with another number of support rows in tests, at most `most`."""
        return eqx.tree_at(lambda family: family.seen, self, jnp.asarray(seen))
