"""Names of families and methods on the command line, and the nearest right name to a wrong one."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from hypermaml.experiments.experiment import Experiment
from hypermaml.experiments.families import FAMILIES, FamilyError, find_family, method_from_source, other_families
from hypermaml.methods import METHODS
from hypermaml.methods.config import MethodConfig


class UsageError(Exception):
    """Arguments are wrong; the text is the sentence that the user reads."""


def nearest(what: str, name: str, valid: Iterable[str]) -> str:
    """Return the sentence about an unknown name: the nearest right one and the list of all.

    Args:
        what: what it should name, in the singular; its plural ends in "s" or, from "y", in "ies".
        name: as it was given.
        valid: the right ones.
    """
    valid = list(valid)
    plain = name if name.startswith("-") else name.lower().replace("-", "_")
    close = [each for each in valid if each.startswith(plain)] or get_close_matches(plain, valid, n=1, cutoff=0.55)
    plural = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    guess = f"did you mean {close[0]}? T" if close else "t"
    return f"there is no {what} '{name}'; {guess}he {plural} are {enumerate_names(valid)}"


def enumerate_names(names: Iterable[str]) -> str:
    """Return names as `a, b and c`."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def check_known(what: str, name: str, valid: Iterable[str]) -> str:
    """Return the name, if it is one of the valid ones.

    Raises:
        UsageError: it is not; see `nearest`.
    """
    if name not in valid:
        raise UsageError(nearest(what, name, valid))
    return name


def check_family(name: str) -> type[Experiment]:
    """Return the experiment of the family with this name, or at this source; see `find_family`.

    Raises:
        UsageError: there is none, or its source cannot be loaded.
    """
    try:
        return find_family(name)
    except KeyError:
        raise UsageError(
            f"{nearest('family', name, [*FAMILIES, *other_families()])}; a family of your own is written "
            "my_tasks.py:NAME or my_package.module:NAME"
        ) from None
    except FamilyError as error:
        raise UsageError(str(error)) from error


def check_method(name: str, kind: type[Experiment]) -> str:
    """Return the name of a method, if it can learn the family.

    Raises:
        UsageError: there is no such method, or the family lacks what it needs.
    """
    methods = kind.methods()
    if name not in methods and name in METHODS:
        raise UsageError(f"{name} needs {kind.lacks(METHODS[name]())}: choose from {enumerate_names(methods)}")
    return check_known("method", name, methods)


def check_any_method(name: str, kind: type[Experiment]) -> MethodConfig:
    """Return the configuration of a method: a tuned one by its name, or one's own at its source.

    Raises:
        UsageError: there is no such method, the family lacks what it needs, or its source cannot be loaded.
    """
    if ":" not in name:
        return kind().settings()[check_method(name, kind)]
    try:
        return method_from_source(name)
    except FamilyError as error:
        raise UsageError(str(error)) from error


def one_method(name: str, kind: type[Experiment]) -> tuple[str, MethodConfig | None]:
    """Return the name that a run gives to a method, and its configuration where it is one's own.

    Raises:
        UsageError: as of `check_method` and `own_methods`.
    """
    own = own_methods([name], kind)
    return next(iter(own.items())) if own else (check_method(name, kind), None)


def own_methods(names: Sequence[str], kind: type[Experiment]) -> dict[str, MethodConfig]:
    """Return the configurations at those names that are sources, by the name within the source.

    Raises:
        UsageError: a source cannot be loaded, the family lacks what its method needs, or its name is another's.
    """
    found = dict[str, MethodConfig]()
    for source in names:
        if ":" not in source:
            continue
        name, method = short_name(source), check_any_method(source, kind)
        if name in found or name in METHODS:
            raise UsageError(f"{source}: another method is named {name}, too: give yours another name")
        if missing := kind.lacks(method):
            raise UsageError(f"{source} needs {missing}")
        found[name] = method
    return found


def short_name(source: str) -> str:
    """Return the name of a method: itself, or what follows the colon of its source."""
    return source.rpartition(":")[2]


def check_distinct(option: str, values: Sequence[str]) -> None:
    """Raise `UsageError` where an option's list is empty or names a value twice."""
    if not values:
        raise UsageError(f"{option} needs at least one value")
    twice = [value for value in values if values.count(value) > 1]
    if twice:
        raise UsageError(f"{option} names {twice[0]} twice")


def only_names(args: list[str], placeholders: Sequence[str], verb: str, about: str) -> list[str]:
    """Return the names of a verb without options.

    Raises:
        UsageError: there are fewer or more.
        SystemExit: help was asked for and is printed.
    """
    names, rest = leading(args, placeholders, verb)
    if {"-h", "--help"} & set(rest):
        print(f"usage: {' '.join(['hypermaml', verb, *placeholders])}\n\n{about}")
        raise SystemExit(0)
    if rest:
        raise UsageError(f"'{rest[0]}' is one argument too many: {verb} takes {' '.join(placeholders) or 'nothing'}")
    return names


def leading(args: list[str], placeholders: Sequence[str], verb: str) -> tuple[list[str], list[str]]:
    """Separate the names that a verb begins with from its options.

    Args:
        args: of the verb.
        placeholders: what the names stand for.
        verb: for the sentence.

    Returns:
        The names, fewer than asked only before `--help`; and what follows them.

    Raises:
        UsageError: a name is missing.
    """
    names = args[: len(placeholders)]
    given = next((place for place, name in enumerate(names) if name.startswith("-")), len(names))
    rest = args[given:]
    if given < len(placeholders) and not {"-h", "--help"} & set(rest):
        usage = f"hypermaml {verb} {' '.join(placeholders)}"
        raise UsageError(f"{placeholders[given]} is missing: write {usage}, then the options")
    return args[:given], rest
