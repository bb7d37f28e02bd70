"""What is known of a task."""

import csv
from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int


class Curves(eqx.Module):
    """A description by series of measurements over the same times.

    Attributes:
        values: of each series, on any scale; whatever stands where nothing was measured is not read.
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
    """The knowledge of one task before adaptation.

    Attributes:
        description: numbers in the family's units, of shape `(description,)`, `Curves`, a `Cloud`, or a tuple of these.
            It may be partial or noisy. The vector of a text is numbers, too.
        parameters: the true parameters, of shape `(parameters,)`; only the oracle reads them.
        mode: which kind of task, or which task of finitely many, where a family has several.
        support: the support set, where a task has one for all inner steps; a set encoder reads it.
        noise: what an embedder drew in meta-training; `None` where nothing is drawn.
        explored: a batch of trajectories from before the first inner step, where the embedder asks for some.
    """

    description: Any
    parameters: Float[Array, " parameters"]
    mode: Int[Array, ""] | None = None
    support: Any = None
    noise: Any = None
    explored: Any = None


def as_numbers(name: str, values: Any) -> np.ndarray:
    """Return values of the user as an array of real numbers.

    Args:
        name: what they are, for the sentence.
        values: the user's.

    Raises:
        ValueError: they are not numbers, or not an array.
    """
    try:
        found = np.asarray(values)
        if np.iscomplexobj(found):
            raise TypeError
        return np.asarray(found, float)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be an array of real numbers, with entries of one shape") from None


def as_written(text: str) -> Any:
    """Return a description that is written as text: a mapping of `name=value` pairs, or numbers.

    Args:
        text: the pairs or numbers, separated by commas; a value that holds a comma stands in double quotes.

    Raises:
        ValueError: it is neither.
    """
    parts = [part.strip() for part in next(csv.reader([text], skipinitialspace=True), [])]
    if not any(parts):
        raise ValueError("the description is empty: write name=value pairs or numbers, separated by commas")
    if any("=" in part for part in parts):
        found: dict[str, Any] = {}
        for part in parts:
            name, equals, value = part.partition("=")
            if not equals or not name.strip():
                raise ValueError(f"the description has '{part}', but each part must be name=value")
            if name.strip() in found:
                raise ValueError(f"the description has '{name.strip()}' twice")
            found[name.strip()] = value.strip().strip('"')
        return found
    try:
        return [float(part) for part in parts]
    except ValueError:
        raise ValueError(
            f"the description is '{text}', but it must be name=value pairs or numbers, separated by commas"
        ) from None


def as_description(description: Any, size: int, family: str) -> Float[Array, " number"]:
    """Return a description of the user as numbers.

    Args:
        description: the numbers; `None` for zeros.
        size: how many numbers describe a task of the family.
        family: its name.

    Raises:
        ValueError: there are more or fewer numbers, or one is not finite.
    """
    if description is None:
        return jnp.zeros(size)
    if isinstance(description, Mapping):
        raise ValueError(f"{family} describes its tasks by numbers without names: give {size} in their order")
    given = np.atleast_1d(as_numbers("the description", description))
    if given.shape != (size,):
        need = f"{size} number{'s' * (size > 1)}" if size else "none: it describes no task"
        raise ValueError(f"the description has the shape {given.shape}, but {family} needs {need}")
    if not np.isfinite(given).all():
        raise ValueError(f"the description is {given.tolist()}, but each number must be finite")
    return jnp.asarray(given, float)
