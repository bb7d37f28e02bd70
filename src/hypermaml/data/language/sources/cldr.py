"""Unicode's Common Locale Data Repository (CLDR), from the files of Debian's package unicode-cldr-core."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from xml.etree.ElementTree import Element

from hypermaml.data.language.sources.spellout import Rules, spell

FOLDER = Path("/usr/share/unicode/cldr")
LICENSE = "Unicode License Agreement, Data Files and Software (2016)"
CONTINENTS = {"Africa": "002", "the Americas": "019", "Asia": "142", "Europe": "150", "Oceania": "009"}
_PLAIN = ("contributed", "approved", None)  # how far a value is agreed on
_INHERITED = "↑↑↑"


@dataclass(frozen=True)
class Cldr:
    """The repository in a folder.

    Attributes:
        folder: that holds `common`.

    Raises:
        FileNotFoundError: it does not.
    """

    folder: Path

    def __post_init__(self):
        for name in ("main/en.xml", "annotations/en.xml", "supplemental/supplementalData.xml"):
            if not (self.folder / "common" / name).is_file():
                raise FileNotFoundError(
                    f"CLDR's common/{name} is not in {self.folder}: `apt install unicode-cldr-core` lays it in "
                    f"{FOLDER}, or name another folder with --cldr"
                )

    def countries(self, language: str) -> dict[str, str]:
        """Names of the territories with a code of two letters, by code."""
        names = self._names(language, "territories", "territory")
        return {code: name for code, name in names.items() if code in self.continents}

    def languages(self, language: str) -> dict[str, str]:
        """Names of the languages with a plain code, by code."""
        names = self._names(language, "languages", "language")
        return {code: name for code, name in names.items() if re.fullmatch("[a-z]{2,3}", code)}

    def currencies(self, language: str) -> dict[str, str]:
        """Names of one unit of each currency, by code."""
        names = {}
        for entry in self._main(language).iterfind("numbers/currencies/currency"):
            forms = {each.get("count"): each.text or "" for each in entry.iterfind("displayName") if _agreed(each)}
            if name := forms.get("one") or forms.get(None):
                names[entry.get("type", "")] = name
        return names

    def units(self, language: str) -> dict[str, str]:
        """Names of units of measurement in the plural, without a number, by their key."""
        names = {}
        for entry in self._main(language).iterfind("units/unitLength[@type='long']/unit"):
            for each in entry.iterfind("displayName"):
                if _agreed(each):
                    names[entry.get("type", "")] = each.text or ""
        return names

    def dates(self, language: str) -> tuple[str, tuple[str, ...]]:
        """The pattern of a long date and the names of the twelve months as they stand in it.

        Raises:
            ValueError: the language has none.
        """
        calendar = "dates/calendars/calendar[@type='gregorian']"
        wide = "months/monthContext[@type='format']/monthWidth[@type='wide']/month"
        months = self._main(language).iterfind(f"{calendar}/{wide}")
        names = tuple(month.text or "" for month in months if _agreed(month))
        pattern = self._main(language).find(f"{calendar}/dateFormats/dateFormatLength[@type='long']/dateFormat/pattern")
        if len(names) != 12 or pattern is None:
            raise ValueError(f"{self.folder}: CLDR has no long dates in the language {language}")
        return pattern.text or "", names

    def date(self, language: str, day: int, month: int, year: int) -> str:
        """A long date, such as "3 mars 2021"; the year is of four digits."""
        pattern, months = self.dates(language)
        parts = {"d": str(day), "dd": f"{day:02}", "y": str(year), "MMMM": months[month - 1], "MM": f"{month:02}"}
        said = re.sub(r"'([^']*)'|([dyM])\2*", lambda found: parts.get(found[0], found[1]), pattern)
        return re.sub(r"\s+", " ", said)

    def emoji(self, language: str) -> dict[str, str]:
        """Short names of emoji, by character; what is no emoji, such as a brace, is left out."""
        root = _parse(self.folder / "common" / "annotations" / f"{language}.xml")
        found = {}
        for each in root.iterfind("annotations/annotation[@type='tts']"):
            sign = each.get("cp", "")
            if _agreed(each) and len(sign) == 1 and "\U0001f300" <= sign <= "\U0001faff":
                found[sign] = each.text or ""
        return found

    def number(self, language: str, value: int) -> str:
        """A cardinal number in words, as in counting; below a million."""
        return spell(self._rules(language), value)

    @cached_property
    def continents(self) -> dict[str, str]:
        """The continent of each territory, one of CONTINENTS."""
        groups = {}
        for each in self._supplemental.iterfind("territoryContainment/group"):
            if not each.get("status") and not each.get("grouping"):
                groups[each.get("type")] = (each.get("contains") or "").split()

        def inside(code: str) -> Iterator[str]:
            for part in groups.get(code, ()):
                yield from inside(part) if part.isdigit() else [part]

        return {code: name for name, group in CONTINENTS.items() for code in inside(group) if code not in _UNUSUAL}

    @cached_property
    def money(self) -> dict[str, str]:
        """The code of the one currency that a territory uses, where it is one."""
        found = {}
        for region in self._supplemental.iterfind("currencyData/region"):
            own = [each for each in region if not each.get("to") and each.get("tender") != "false"]
            if len(own) == 1:
                found[region.get("iso3166", "")] = own[0].get("iso4217", "")
        return found

    @cached_property
    def official(self) -> dict[str, tuple[str, ...]]:
        """The codes of a territory's official languages, the most spoken first."""
        found = {}
        for territory in self._supplemental.iterfind("territoryInfo/territory"):
            own = [
                (float(each.get("populationPercent", "0")), each.get("type", "").partition("_")[0])
                for each in territory.iterfind("languagePopulation")
                if each.get("officialStatus") in ("official", "de_facto_official")
            ]
            found[territory.get("type", "")] = tuple(dict.fromkeys(code for _, code in sorted(own, reverse=True)))
        return found

    @cached_property
    def people(self) -> dict[str, int]:
        """How many people live in a territory."""
        territories = self._supplemental.iterfind("territoryInfo/territory")
        return {each.get("type", ""): int(each.get("population", "0")) for each in territories}

    @property
    def _supplemental(self) -> Element:
        return _parse(self.folder / "common" / "supplemental" / "supplementalData.xml")

    def _main(self, language: str) -> Element:
        return _parse(self.folder / "common" / "main" / f"{language}.xml")

    def _names(self, language: str, group: str, kind: str) -> dict[str, str]:
        entries = self._main(language).iterfind(f"localeDisplayNames/{group}/{kind}")
        return {each.get("type", ""): each.text or "" for each in entries if _agreed(each)}

    def _rules(self, language: str) -> Rules:
        root = _parse(self.folder / "common" / "rbnf" / f"{language}.xml")
        return {
            group.get("type", ""): [
                (int(rule.get("value", "")), int(rule.get("radix", "10")), (rule.text or "").rstrip(";"))
                for rule in group.iterfind("rbnfrule")
                if rule.get("value", "").isdigit()
            ]
            for group in root.iterfind("rbnf/rulesetGrouping/ruleset")
        }


_UNUSUAL = frozenset(("EA", "IC", "AC", "TA", "DG", "CP", "CQ", "UM", "BV", "HM", "TF", "QO", "GS", "IO"))


def _agreed(element: Element) -> bool:
    plain = not element.get("alt") and element.get("draft") in _PLAIN and element.text not in (None, "", _INHERITED)
    return plain


@cache
def _parse(path: Path) -> Element:
    """The root of a file; what was parsed is kept.

    Raises:
        ValueError: there is no such file, or it is damaged.
    """
    try:
        return ElementTree.parse(path).getroot()
    except FileNotFoundError:
        raise ValueError(f"CLDR has no {path.parent.name} for the language {path.stem}: {path} is absent") from None
    except ElementTree.ParseError as error:
        raise ValueError(f"{path} is damaged: {error}") from None
