"""Where a fault lies: the function of the user's class that is responsible."""

import inspect
from pathlib import Path
from typing import Any

import hypermaml as hm
from hypermaml._core.family import AbstractFamily

# The functions that may be responsible for each part. The one of the user's newest class is named; else the contract's.
TASKS = ("sample", "sample_task")
EXAMPLES = ("sample_examples", "batch", "batches")
TESTS = ("test_set", "test_sets", "sample_examples", "batch")
DESCRIPTION = ("describe", "task_info", "task_infos")
INNER = ("loss", "losses", "inner_loss")
OUTER = ("outer_loss", *INNER)
SCORE = ("metrics", "score", "scores", "scores_of")
MODEL = ("model", "learner")


def place(family: Any, names: tuple[str, ...]) -> str:
    """Return the name of the responsible function, with its file and line where a user wrote it.

    Args:
        family: of the user.
        names: of the functions that may be responsible.
    """
    kind, found = type(family), []
    for order, name in enumerate(names):
        value = vars(family).get(name)
        if callable(value) and not is_package(value):
            found.append((-1, order, kind, name, value))
        depth = next((depth for depth, base in enumerate(kind.__mro__) if name in vars(base)), None)
        if depth is not None and not is_package(kind.__mro__[depth]):
            member = vars(kind.__mro__[depth])[name]
            function = getattr(member, "fget", None) or getattr(member, "__func__", None) or member
            if callable(function):
                found.append((depth, order, kind.__mro__[depth], name, function))
    if found:
        _, _, holder, name, function = min(found, key=lambda each: each[:2])
        return f"{holder.__name__}.{name}{source_of(function)}"
    name = next(name for name in names if hasattr(AbstractFamily, name))
    return f"{kind.__name__}.{name}"


def source_of(function: Any) -> str:
    """Return the file and the line of a function as ` (FILE, line N)`; nothing where they are not known."""
    try:
        function = inspect.unwrap(getattr(function, "__wrapped__", function))
        file, (_, line) = inspect.getsourcefile(function), inspect.getsourcelines(function)
    except (TypeError, OSError):
        return ""
    return f" ({Path(file).name}, line {line})" if file else ""


def is_package(function: Any) -> bool:
    """Return whether a function or a class is this package's own."""
    return str(getattr(function, "__module__", "")).partition(".")[0] == hm.__name__
