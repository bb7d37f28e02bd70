"""What of a learner adapts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax

from hypermaml._core.family import AbstractFamily
from hypermaml.nn.module import module_of


def whole_learner(learner: Any) -> Any:
    """Select everything.

    Args:
        learner: of any kind.
    """
    return learner


def network_of(learner: Any) -> Any:
    """Select the network of a learner with a context or with films.

    Args:
        learner: that has a `network`.
    """
    return learner.network


def context_of(learner: Any) -> Any:
    """Select the context of a learner that has one.

    Args:
        learner: that has a `context`.
    """
    return learner.context


def head_of(learner: Any) -> Any:
    """Select the last layer.

    Args:
        learner: that has a `head`.
    """
    return learner.head


@dataclass(frozen=True)
class Leaves:
    """Selects the leaves at these paths, as `jax.tree_util.keystr` writes them.

    Attributes:
        paths: in the order of the learner's leaves.
    """

    paths: tuple[str, ...]

    def __call__(self, learner: Any) -> list[Any]:
        """Return the leaves."""
        return [leaf for path, leaf in jax.tree.leaves_with_path(learner) if jax.tree_util.keystr(path) in self.paths]


@dataclass(frozen=True)
class Within:
    """Select within a part of the learner.

    Attributes:
        part: selects the part.
        where: selects what of it adapts.
    """

    part: Callable[[Any], Any]
    where: Callable[[Any], Any]

    def __call__(self, learner: Any) -> Any:
        """Return what is selected."""
        return self.where(self.part(learner))


def selected(
    adapts: Callable[[Any], Any] | None, family: AbstractFamily, *, within: Callable[[Any], Any] | None = None
) -> Callable[[Any], Any]:
    """Return what of a family's learner adapts, as something that has no function of the user's in it.

    Args:
        adapts: maps the model to one of its parts or to a tuple of them; `None` for all of it.
        family: whose learner it is.
        within: the part of the adapter's learner that is the family's learner; all of it by default.

    Raises:
        ValueError: the selection fails, or selects nothing that can adapt.
    """
    if adapts is None:
        return within or whole_learner
    leaves = leaves_of(adapts, family.learner(key=jax.random.key(0)))
    return Within(within, leaves) if within else leaves


class Mark:
    """Stands for a leaf of a learner, of which it has neither value nor shape."""


def leaves_of(adapts: Callable[[Any], Any], learner: Any) -> Leaves:
    """Return the floating-point arrays that a selection selects, by their paths; see `selected`."""
    pairs, structure = jax.tree.flatten_with_path(learner)
    marks = [Mark() for _ in pairs]
    model = module_of(structure.unflatten(marks))
    try:
        chosen = set(map(id, jax.tree.leaves(adapts(model))))
    except Exception as error:
        raise ValueError(
            f"adapts must select a part of the model, a {type(model).__name__}, but it fails: {error}"
        ) from error
    paths = [
        jax.tree_util.keystr(path)
        for mark, (path, leaf) in zip(marks, pairs, strict=True)
        if eqx.is_inexact_array(leaf) and id(mark) in chosen
    ]
    if not paths:
        raise ValueError(
            f"adapts selects nothing of the model, a {type(model).__name__}, that can adapt: it must select floating-"
            "point arrays, as `lambda model: model.head` does"
        )
    return Leaves(tuple(paths))
