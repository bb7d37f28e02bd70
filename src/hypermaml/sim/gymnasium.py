"""Find out what a Gymnasium environment is: how its parameters are set, what it observes and how it acts."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from numbers import Real
from typing import Any, Literal, NamedTuple

import numpy as np

from hypermaml._misc.installation import install

Maker = str | Callable[..., Any]
Way = Literal["argument", "attribute"]
_NEAR = 4  # names that an error lists


class Spaces(NamedTuple):
    """What an environment observes and how it acts.

    Attributes:
        observation: the shape of an observation.
        action: the shape of an action; `()` for one of finitely many.
        actions: how many actions there are; 0 where an action is numbers.
        first: the number of the first of them.
        dtype: of an action's numbers.
        low: the least value of each number of an action, flat.
        high: the largest value, alike.
    """

    observation: tuple[int, ...]
    action: tuple[int, ...]
    actions: int
    first: int
    dtype: str
    low: np.ndarray
    high: np.ndarray


def gymnasium_of() -> Any:
    """Return the module `gymnasium`.

    Raises:
        ModuleNotFoundError: it is not installed; the sentence says how to install it.
    """
    if find_spec("gymnasium") is None:
        raise ModuleNotFoundError(
            f"GymnasiumFamily needs gymnasium, which is not installed: {install('rl')}", name="gymnasium"
        )
    import gymnasium

    return gymnasium


def name_of(make: Maker) -> str:
    """Return how sentences call an environment."""
    return make if isinstance(make, str) else getattr(make, "__name__", type(make).__name__)


def made(make: Maker, horizon: int | None, values: Mapping[str, float]) -> Any:
    """Make an environment.

    Args:
        make: an id of Gymnasium, or a function that returns an environment.
        horizon: replaces the time limit of an environment that is made by its id.
        values: of arguments of the constructor.

    Raises:
        ValueError: it cannot be made, or is not an environment of Gymnasium.
    """
    gymnasium = gymnasium_of()
    given = "".join(f" with {key} = {value:.6g}" for key, value in values.items())
    limit = {} if horizon is None else {"max_episode_steps": horizon}
    try:
        if isinstance(make, str):
            found = gymnasium.make(make, disable_env_checker=True, **limit, **values)
        else:
            found = make(**values)
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise ValueError(f"the environment {name_of(make)} cannot be made{given}: {lines[0]}") from error
    if not isinstance(found, gymnasium.Env):
        raise ValueError(
            f"{name_of(make)} returns an object of the class {type(found).__name__}, but it must return an environment "
            "of gymnasium"
        )
    return found


def arguments_of(make: Maker) -> dict[str, inspect.Parameter]:
    """Return the parameters of the constructor, by name.

    Raises:
        ValueError: there is no environment of this id, or `make` cannot be called.
    """
    if isinstance(make, str):
        gymnasium = gymnasium_of()
        from gymnasium.envs.registration import load_env_creator

        try:
            creator = gymnasium.spec(make).entry_point
            creator = load_env_creator(creator) if isinstance(creator, str) else creator
        except Exception as error:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            raise ValueError(f"there is no environment '{make}': {lines[0]}") from error
    elif callable(make):
        creator = make
    else:
        raise ValueError(
            f"the environment is {make!r}, but it must be an id of Gymnasium, such as 'Pendulum-v1', or a function "
            "that returns an environment"
        )
    try:
        return dict(inspect.signature(creator).parameters) if creator is not None else {}
    except (TypeError, ValueError):
        return {}


def way_of(make: Maker, name: str, arguments: Mapping[str, inspect.Parameter], environment: Any) -> Way:
    """Return how a parameter is set: by an argument of the constructor, or else by an attribute.

    Args:
        make: of the environment.
        name: of the parameter.
        arguments: of the constructor.
        environment: one that was made, without its wrappers.

    Raises:
        ValueError: the environment has no such parameter, or it is not a number.
    """
    positional = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    named = [key for key, argument in arguments.items() if argument.kind in positional]
    if name in named:
        return "argument"
    value = getattr(environment, name, None)
    if is_number(value):
        return "attribute"
    if value is not None:
        raise ValueError(
            f"{name} of {name_of(make)} is an object of the class {type(value).__name__}, but a parameter that varies "
            "must be a number"
        )
    numbers = [key for key, entry in vars(environment).items() if is_number(entry) and not key.startswith("_")]
    known = [key for key in dict.fromkeys([*named, *numbers]) if key != "render_mode"]
    near = difflib.get_close_matches(name, known, n=_NEAR, cutoff=0.4)
    near += [key for key in known if key not in near and (key[:1] == name[:1] or key in name or name in key)]
    shown = (near or known)[:_NEAR]
    hint = f"{'near names are' if near else 'it has'} {', '.join(shown)}" if shown else "it has none that is a number"
    raise ValueError(f"{name_of(make)} has no parameter '{name}': {hint}")


def is_number(value: Any) -> bool:
    """Return whether a value is one real number."""
    return isinstance(value, Real | np.number) and not isinstance(value, bool)


def spaces_of(environment: Any, name: str) -> Spaces:
    """Return what an environment observes and how it acts.

    Args:
        environment: that was made.
        name: for the sentence.

    Raises:
        ValueError: observations or actions are of a kind that a policy cannot read or choose.
    """
    spaces = gymnasium_of().spaces
    seen, acts = environment.observation_space, environment.action_space
    if not isinstance(seen, spaces.Box):
        raise ValueError(
            f"observations of {name} are of the space {type(seen).__name__}, but they must be a Box: wrap the "
            "environment in gymnasium.wrappers.FlattenObservation"
        )
    if isinstance(acts, spaces.Discrete):
        bound = np.zeros(0)
        return Spaces(seen.shape, (), int(acts.n), int(acts.start), "int64", bound, bound)
    if isinstance(acts, spaces.Box) and np.issubdtype(acts.dtype, np.floating):
        low, high = (np.asarray(bound, float).reshape(-1) for bound in (acts.low, acts.high))
        return Spaces(seen.shape, acts.shape, 0, 0, str(acts.dtype), low, high)
    kind = f"a Box of {acts.dtype}" if isinstance(acts, spaces.Box) else type(acts).__name__
    raise ValueError(
        f"actions of {name} are of the space {kind}, but they must be Discrete or a Box of floating-point numbers: "
        "give a factory that wraps the environment"
    )


def time_limit(environment: Any) -> int | None:
    """Return the steps after which an environment cuts a trajectory off by itself, if it says so."""
    limits = []
    while isinstance(environment, gymnasium_of().Wrapper):
        if isinstance(environment, gymnasium_of().wrappers.TimeLimit):
            limits.append(int(environment._max_episode_steps))
        environment = environment.env
    return min(limits, default=None)


def middle(names: Sequence[str], bounds: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    """Return the middle of the ranges of some parameters."""
    return {name: sum(bounds[name]) / 2 for name in names}
