"""What an embedder may see of a task."""

from typing import Any

import equinox as eqx
from jaxtyping import Array, Float, Int, PRNGKeyArray


class Curves(eqx.Module):
    """A description by series of measurements over the same times.

    Attributes:
        values: of each series, in its unit; whatever stands where nothing was measured is not read.
        mask: 1 where a value was measured, 0 elsewhere.
    """

    values: Float[Array, "*task series time"]
    mask: Float[Array, "*task series time"]


class Cloud(eqx.Module):
    """A description by points, whose order means nothing.

    Attributes:
        points: their coordinates, and what else is known of each.
        mask: 1 for a point, 0 for a place without one.
    """

    points: Float[Array, "*task point coordinate"]
    mask: Float[Array, "*task point"]


class TaskInfo(eqx.Module):
    """What is known of one task before it is adapted to.

    Attributes:
        descriptor: the given description: numbers in the family's units, of shape `(descriptor,)`, `Curves`, a `Cloud`,
            or a tuple of these. It may be partial or noisy. The vector of a text is numbers, too.
        task: the true parameters, of shape `(parameters,)`; only the oracle reads them.
        mode: which kind of task, or which task of finitely many, where a family has several.
        support: the support set, where a task has one for all inner steps; a set encoder reads it.
        key: for an embedder that draws its embedding in meta-training; `None` where nothing is to be drawn.
        explored: a batch of trajectories from before the first inner step, where the embedder asks for some.
    """

    descriptor: Any
    task: Float[Array, " parameters"]
    mode: Int[Array, ""] | None = None
    support: Any = None
    key: PRNGKeyArray | None = None
    explored: Any = None
