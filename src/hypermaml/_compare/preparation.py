"""Checks of a family and the methods that will learn it, before training begins."""

import warnings
from collections.abc import Collection

import jax

from hypermaml._compare.sizes import check_sizes
from hypermaml._core.family import AbstractFamily
from hypermaml.experiments.experiment import Budget
from hypermaml.methods.config import MethodConfig


class NoDescription(UserWarning):
    """A method reads the descriptions of tasks, and the family has none."""


def check_before_training(
    methods: Collection[MethodConfig], family: AbstractFamily, budget: Budget, *, may_lack: bool = False
) -> None:
    """Check some draws of a family, its memory, and whether it has the descriptions that methods read.

    Args:
        methods: that will learn the family.
        family: the tasks.
        budget: iterations and tasks.
        may_lack: whether descriptions are left out on purpose, as the descriptor "none" does.

    Raises:
        ValueError: the family draws a value that is not what its losses need, or the budget needs more memory than
            there is.

    Warns:
        NoDescription: names the methods that read descriptions where there are none.
    """
    check_sizes(methods, family, budget)
    family.check_draws(key=jax.random.key(0))
    readers = dict.fromkeys(type(method).__name__ for method in methods if method.reads_description)
    if readers and not may_lack and not _is_described(family):
        names, verb = " and ".join(readers), "read" if len(readers) > 1 else "reads"
        warnings.warn(
            f"{names} {verb} descriptions of tasks, but {type(family).__name__} describes none, so that every task "
            "gets the same initialization: describe the tasks, or choose a method without descriptions, such as MAML",
            NoDescription,
            stacklevel=3,
        )


def _is_described(family: AbstractFamily) -> bool:
    try:
        return family.description_size > 0
    except ValueError:  # by more than one array
        return True
