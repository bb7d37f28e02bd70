"""What an embedder may see of a task."""

from typing import Any

import equinox as eqx
from jaxtyping import Array, Float, Int, PRNGKeyArray


class Evidence(eqx.Module):
    """What is known of one task before it is adapted to.

    Attributes:
        descriptor: the given description, of shape `(descriptor,)`, in the family's units; it may be partial or noisy.
        task: the true parameters, of shape `(parameters,)`; only the oracle reads them.
        mode: which kind of task, where a family has several kinds; only `multi_maml` reads it.
        support: the support set, where a task has one for all inner steps; a set encoder reads it.
        cloud: points of the surface of what the task is about, where its shape is told so; in m.
        key: for an embedder that draws its embedding in meta-training; `None` where nothing is to be drawn.
    """

    descriptor: Float[Array, " descriptor"]
    task: Float[Array, " parameters"]
    mode: Int[Array, ""] | None = None
    support: Any = None
    cloud: Float[Array, "point 3"] | None = None
    key: PRNGKeyArray | None = None
