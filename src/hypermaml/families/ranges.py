"""Check the ranges of parameters, and what the user says of them."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np
from jaxtyping import Float

from hypermaml._core.task_info import as_numbers
from hypermaml._misc.checks import check_count

WHERE = "GymnasiumFamily"


def check_ranges(vary: Any, horizon: Any) -> tuple[tuple[str, float, float], ...]:
    """Return name, lowest and highest value of each parameter.

    Args:
        vary: of the user.
        horizon: of the user; `None` for the environment's own.

    Raises:
        ValueError: a range is not two finite numbers, the lower one first, or the horizon is below 1.
    """
    if horizon is not None:
        check_count(f"{WHERE}: horizon", horizon)
    if not isinstance(vary, Mapping) or not vary:
        raise ValueError(
            f"{WHERE}: vary is {vary!r}, but it must give the lowest and the highest value of each parameter, such as "
            "{'m': (0.5, 2.0)}"
        )
    found = []
    for name, bounds in vary.items():
        values = as_numbers(f"{WHERE}: vary of '{name}'", bounds)
        if values.shape != (2,) or not np.isfinite(values).all():
            raise ValueError(f"{WHERE}: vary of '{name}' is {bounds!r}, but it must be two finite numbers")
        low, high = values.tolist()
        if low >= high:
            raise ValueError(
                f"{WHERE}: vary of '{name}' is from {low:g} to {high:g}, but the first number must be the lower one"
            )
        found.append((str(name), low, high))
    return tuple(found)


def check_described(described: Any, names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the described parameters.

    Raises:
        ValueError: they are not a list of names, or one does not vary or comes twice.
    """
    if isinstance(described, str) or not isinstance(described, Sequence):
        raise ValueError(f"{WHERE}: described is {described!r}, but it must be a list of names, such as ['{names[0]}']")
    for place, name in enumerate(described):
        if name not in names:
            raise ValueError(f"{WHERE}: described has '{name}', but vary has only {', '.join(names)}")
        if name in described[:place]:
            raise ValueError(f"{WHERE}: described has '{name}' twice")
    return tuple(described)


def numbers_by_name(description: Any, names: Sequence[str]) -> Float[np.ndarray, " name"]:
    """Return the numbers of a description in the order of their names.

    Args:
        description: a mapping from names to numbers, or numbers in that order.
        names: all that there are.

    Raises:
        ValueError: one is missing, unknown or not finite.
    """
    needed = ", ".join(names) or "nothing"
    if isinstance(description, Mapping):
        for name in description:
            if name not in names:
                near = get_close_matches(str(name), names, n=1)
                hint = f"; did you mean '{near[0]}'?" if near else ""
                raise ValueError(f"the description has '{name}', but a task is described by {needed}{hint}")
        missing = [name for name in names if name not in description]
        if missing:
            raise ValueError(f"the description lacks '{missing[0]}': a task is described by {needed}")
        description = [description[name] for name in names]
    given = np.atleast_1d(as_numbers("the description", description))
    if given.shape != (len(names),):
        raise ValueError(f"the description has the shape {given.shape}, but a task is described by {needed}")
    for name, value in zip(names, given, strict=True):
        if not np.isfinite(value):
            raise ValueError(f"the description has {name} = {value}, but it must be finite")
    return given
