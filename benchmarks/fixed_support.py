"""Recorded tasks whose tests have a support set that is given: the first examples of a task."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

import hypermaml as hm
from hypermaml.families.examples import Examples


class FixedSupport(hm.ArrayFamily):
    """Recorded tasks. In tests the first `shots` examples are the support, and the others are the query."""

    def test_set(
        self, task: Int[Array, ""], *, support_key: PRNGKeyArray, query_key: PRNGKeyArray
    ) -> tuple[Examples, Examples]:
        x, y = self.x[task], self.y[task]
        mask: Any = jnp.asarray(jnp.arange(len(x)) < self.lengths[task], x.dtype)
        first, rest = slice(None, self.shots), slice(self.shots, None)
        return Examples(x[first], y[first], mask[first]), Examples(x[rest], y[rest], mask[rest])
