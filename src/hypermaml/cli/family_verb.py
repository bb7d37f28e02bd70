"""The arguments of a verb that begins with a family: `hypermaml VERB FAMILY [METHOD] [--option VALUE ...]`."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

from hypermaml.cli.names import FAMILIES, check_family, leading
from hypermaml.cli.parse import parse
from hypermaml.cli.running import preset_of
from hypermaml.experiments.experiment import Experiment, Preset


@dataclass(frozen=True)
class FamilyCall:
    """The names of a call, and the options that are still to be read.

    Attributes:
        verb: the command.
        about: one sentence on the command, for its help.
        name: of the family, as it was given.
        family: the class of the experiment that was named.
        preset: the preset that the options name.
        others: the names after the family, such as a method.
        rest: the arguments after the names.
    """

    verb: str
    about: str
    name: str
    family: type[Experiment]
    preset: Preset
    others: tuple[str, ...]
    rest: list[str]

    @classmethod
    def read(
        cls, verb: str, args: list[str], bare: Sequence[Any], *, about: str, names: Sequence[str] = ("FAMILY",)
    ) -> FamilyCall:
        """Read the names of a call.

        Args:
            verb: the command.
            args: the arguments after the verb.
            bare: the groups of options that `--help` shows where names are missing.
            about: one sentence on the command, for its help.
            names: the placeholders of the names, `FAMILY` first.

        Raises:
            UsageError: a name is missing, or no family or preset has the name.
            SystemExit: help was asked for without all names, and is printed.
        """
        given, rest = leading(args, names, verb)
        if len(given) < len(names):
            call = f"hypermaml {verb} {' '.join(names)}"
            families = (
                f"Families: {', '.join(FAMILIES)}; or your own, written my_tasks.py:NAME or my_package.module:NAME."
            )
            parse(bare, rest, prog=call, about=f"{about} {families} Each has options of its own: {call} --help.")
        family = check_family(given[0])
        return cls(verb, about, given[0], family, preset_of(family, rest), tuple(given[1:]), rest)

    def options(
        self, groups: Sequence[Any], *, about: str | None = None, hidden: Container[str] = ()
    ) -> tuple[Any, ...]:
        """Read the options.

        Args:
            groups: instances of dataclasses, as `parse` takes them.
            about: one sentence on the call, for its help; by default on the command and the family.
            hidden: fields that are not options.

        Returns:
            The groups, with the values given.

        Raises:
            UsageError: an option is unknown, lacks a value, or has a value that is not allowed.
        """
        prog = " ".join(["hypermaml", self.verb, self.name, *self.others])
        return parse(groups, self.rest, prog=prog, about=about or f"{self.about} {self.family.__doc__}", hidden=hidden)
