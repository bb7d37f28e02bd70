"""What a meta-iteration costs: support batches, query sizes, environment steps."""

from hypermaml._core.family import AbstractFamily
from hypermaml._core.objective import Objective


def support_batches(family: AbstractFamily, steps: int) -> int:
    """Support batches that a task draws for `steps` inner steps."""
    return steps if family.on_policy else min(steps, 1)


def query_size(objective: Objective, family: AbstractFamily, *, support_read: bool = False) -> int:
    """Examples or trajectories of a query: the family's, and what the budget holds beyond the support.

    Args:
        objective: the inner steps and the budget.
        family: the sizes.
        support_read: whether the embedder uses the support set, whatever the number of inner steps.
    """
    used = support_batches(family, max(objective.steps, support_read))
    return family.queries + (support_batches(family, objective.budget) - used) * family.shots


def environment_steps(objective: Objective, family: AbstractFamily, meta_batch: int, *, explores: int = 0) -> int:
    """Environment steps that one meta-iteration costs; 0 where there is no environment.

    Args:
        objective: the inner steps and the budget.
        family: the sizes.
        meta_batch: tasks.
        explores: trajectories of each task before its first inner step; they come on top of the budget.
    """
    support = support_batches(family, objective.steps) * family.environment_steps(family.shots)
    last = objective.counted[-1] == objective.steps
    drawn = last if family.supports_are_queries else len(objective.counted)
    query = drawn * family.environment_steps(query_size(objective, family))
    return meta_batch * (support + query + family.environment_steps(explores))
