"""Numbers in words by CLDR's rules (Unicode Technical Standard 35, part 3, rule-based number formatting)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

# Of each set of rules: (least number, radix, text), sorted by the first.
Rules = Mapping[str, Sequence[tuple[int, int, str]]]

# The sets that count, in the order in which a language that has several is asked for one.
_COUNTING = ("spellout-numbering", "spellout-cardinal", "spellout-cardinal-masculine", "spellout-cardinal-neuter")
_TOKEN = re.compile(r"(→→→)|→([^→]*)→|←([^←]*)←|=([^=]*)=")


def spell(rules: Rules, value: int) -> str:
    """A whole number from 0 on in words.

    Raises:
        ValueError: the rules have none for it, or use a form that is not read here.
    """
    start = next((name for name in _COUNTING if name in rules), None)
    if start is None:
        raise ValueError(f"the rules hold none of {', '.join(_COUNTING)}")
    return _format(rules, start, value).replace("\u00ad", "")


def _format(rules: Rules, name: str, value: int) -> str:
    own = [rule for rule in rules.get(name.lstrip("%"), ()) if rule[0] <= value]
    if not own:
        raise ValueError(f"the rules {name} have none for {value}")
    least, radix, text = own[-1]
    power = 1
    while least and power * radix <= least:
        power *= radix
    # The standard's exception: a number that both parts of a rule divide goes by the rule before.
    if len(own) > 1 and "→" in text and ("←" in text) and value % power == 0 and least % power:
        least, radix, text = own[-2]
    quotient, remainder = divmod(value, power)

    def part(found: re.Match[str]) -> str:
        if found[1] is not None:
            raise ValueError(f"the rule '{text}' cannot be read")
        for place, number in ((2, remainder), (3, quotient), (4, value)):
            if (form := found[place]) is not None:
                if form.startswith(("#", "0")):
                    return str(number)
                return _format(rules, form or name, number)
        raise ValueError(f"the rule '{text}' cannot be read")

    text = re.sub(r"\[([^\]]*)\]", lambda found: found[1] if remainder else "", text.removeprefix("'"))
    if "$(" in text:
        raise ValueError(f"the rule '{text}' needs plural forms, which are not read here")
    return _TOKEN.sub(part, text)
