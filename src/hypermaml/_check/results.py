"""The findings of a check."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "error"]
MARKS = {"ok": "✓", "warning": "!", "error": "✗"}


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes:
        level: `error` for a fault, `warning` for what may be meant, `ok` for neither.
        name: of the check.
        where: the function that a fault lies in, with file and line where they are known; empty for `ok`.
        sentence: what was found; of a fault also what would be right.
    """

    level: Level
    name: str
    where: str
    sentence: str

    def __str__(self) -> str:
        where = f" [{self.where}]" if self.where else ""
        return f"{MARKS[self.level]} {self.name}: {self.sentence}{where}"


@dataclass(frozen=True)
class CheckResults:
    """The findings of all checks of a family; printing them shows one line each.

    Attributes:
        family: the name of its class.
        method: the name of the method's class.
        findings: in the order of the checks.
    """

    family: str
    method: str
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether no check failed; warnings are allowed."""
        return not self.errors

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The faults."""
        return self.of("error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that may be meant."""
        return self.of("warning")

    def of(self, level: Level) -> tuple[Finding, ...]:
        """Return the findings of a level."""
        return tuple(finding for finding in self.findings if finding.level == level)

    @property
    def verdict(self) -> str:
        """The result in one sentence."""
        counts = [
            f"{len(found)} {name}{'s' * (len(found) != 1)}"
            for name, found in (("fault", self.errors), ("warning", self.warnings))
            if found
        ]
        return f"{self.family} with {self.method}: {' and '.join(counts) or 'no fault found'}."

    def __str__(self) -> str:
        return "\n".join([*map(str, self.findings), self.verdict])


def ok(name: str, sentence: str) -> Finding:
    """Return the finding of a check that found no fault."""
    return Finding("ok", name, "", sentence)


def once(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings without those on the outer loss that say what another says of the inner loss."""
    kept = dict[str, Finding]()
    for finding in findings:
        kept.setdefault(finding.sentence.replace("outer loss", "inner loss"), finding)
    return list(kept.values())
