"""What the methods that train on for each target share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import hypermaml as hm

if TYPE_CHECKING:
    from jaxtyping import PRNGKeyArray


@dataclass(frozen=True)
class TargetingMethod(hm.MethodConfig):
    """The configuration of MAML that goes on training for each target, on the source tasks that count for it."""

    needs_fixed_support: ClassVar[bool] = True
    counts_own_support: ClassVar[bool]
    """Whether the target's support set counts, too."""

    sources: int = 200
    """Source tasks, with the data of a meta-training task each, >= 1."""
    target_iterations: int = 300
    """Meta-iterations for each target, >= 1."""
    target_batch: int = 25
    """Source tasks of each of them, >= 1."""
    target_lr: float = 1e-3
    """Rate of Adam in them, > 0."""

    @property
    def later_iterations(self) -> int:
        return self.target_iterations

    def weighting(self, signatures: Any) -> Any:
        """Return how source tasks are weighted for a target, from their signatures."""
        raise NotImplementedError

    def tested(
        self, method: hm.Method, family: hm.AbstractFamily, tasks: Any, *, steps: int, key: PRNGKeyArray
    ) -> hm.Method:
        weighting: Callable[[Any], Any] = self.weighting
        return hm.init.target(
            method,
            hm.embed.supervised(family),
            weighting,
            sources=self.sources,
            inner_steps=self.inner_steps,
            rate=self.target_lr,
            iterations=self.target_iterations,
            batch=self.target_batch,
            own=self.counts_own_support,
            key=key,
        )
