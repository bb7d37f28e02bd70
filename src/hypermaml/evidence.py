"""What an embedder may see of a task."""

import equinox as eqx
from jaxtyping import Array, Float


class Evidence(eqx.Module):
    """What is known of one task before any of its data is used.

    Attributes:
        descriptor: the given description, of shape `(descriptor,)`, in the family's units; it may be partial or noisy.
        task: the true parameters, of shape `(parameters,)`; only the oracle reads them.
    """

    descriptor: Float[Array, " descriptor"]
    task: Float[Array, " parameters"]
