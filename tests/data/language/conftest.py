"""Small sources in the layout of the real ones: a WordNet of a few words, a CLDR of a few names."""

from pathlib import Path

import pytest

# Each line is offset, topic, words, pointers, and for verbs frames; the gloss.
NOUNS = {
    "00000001 05 n 02 animal 0 beast 0 000": 'a living being that moves; "the animal slept"',
    "00000002 05 n 02 dog 0 hound 0 001 @ 00000001 n 0000": 'an animal that barks; "the dog barked"; "a dog"',
    "00000003 05 n 01 spaniel 0 001 @ 00000002 n 0000": "a dog with long ears",
    "00000004 06 n 01 lid 0 001 #p 00000005 n 0000": "a cover of a vessel",
    "00000005 06 n 01 jar 0 001 ~ 00000004 n 0000": "a vessel of glass or clay",
    "00000006 05 n 01 cur 0 001 ;u 00000007 n 0000": "a dog of no breed",
    "00000007 10 n 01 disparagement 0 000": "a way of speaking that belittles",
    "00000008 18 n 02 Ada_Example 0 Example 0 001 @i 00000009 n 0000": "English poet (1804-1864)",
    "00000009 18 n 01 poet 0 000": "a writer of poems",
    "00000010 15 n 01 Paris 0 001 @i 00000011 n 0000": "the capital and largest city of France; on the Seine",
    "00000011 15 n 01 city 0 000": "a large town",
    "00000012 15 n 01 Nanjing 0 001 @i 00000011 n 0000": "a former capital of China",
    "00000013 18 n 01 teacher 0 000": "someone who teaches",
}
VERBS = {
    "00000001 38 v 01 move 0 000 02 + 01 00 + 02 00": "go from one place to another",
    "00000002 38 v 01 walk 0 001 @ 00000001 v 0000 01 + 02 00": 'move on foot; "they walk to school"',
    "00000003 32 v 01 teach 0 001 + 00000013 n 0101 01 + 08 00": "give lessons",
}
ADJECTIVES = {
    "00000001 00 a 01 good 0 002 ! 00000002 a 0101 & 00000003 a 0000": "as one wishes",
    "00000002 00 a 01 bad 0 001 ! 00000001 a 0101": "not as one wishes",
    "00000003 00 s 01 fine(p) 0 001 & 00000001 a 0000": "quite good",
}
ADVERBS = {"00000001 02 r 01 well 0 001 \\ 00000001 a 0101": "in a good way"}
CLASSES = {"n": ("noun", NOUNS), "v": ("verb", VERBS), "a": ("adj", ADJECTIVES), "r": ("adv", ADVERBS)}

MAIN = {
    "en": ({"FR": "France", "DE": "Germany", "JP": "Japan", "PE": "Peru"}, "MMMM d, y", "March"),
    "fr": ({"FR": "France", "DE": "Allemagne", "JP": "Japon", "PE": "Pérou"}, "d MMMM y", "mars"),
    "pt": ({"FR": "França", "DE": "Alemanha", "JP": "Japão", "PE": "Peru"}, "d 'de' MMMM 'de' y", "março"),
}
SUPPLEMENT = """<supplementalData>
<territoryContainment>
 <group type="001" contains="019 142 150"/><group type="150" contains="155"/><group type="155" contains="DE FR"/>
 <group type="155" contains="DD" status="deprecated"/><group type="142" contains="JP"/><group type="019" contains="PE"/>
</territoryContainment>
<currencyData>
 <region iso3166="FR"><currency iso4217="EUR" from="1999-01-01"/><currency iso4217="FRF" to="2002-02-17"/></region>
 <region iso3166="PE"><currency iso4217="PEN"/><currency iso4217="USD"/></region>
</currencyData>
<territoryInfo>
 <territory type="FR" population="67"><languagePopulation type="en" populationPercent="39"/>
 <languagePopulation type="fr" populationPercent="99" officialStatus="official"/></territory>
</territoryInfo>
</supplementalData>"""
RULES = """<ldml><rbnf><rulesetGrouping type="SpelloutRules"><ruleset type="spellout-numbering">
<rbnfrule value="-x">minus →→;</rbnfrule>
<rbnfrule value="0">=%spellout-cardinal=;</rbnfrule></ruleset>
<ruleset type="spellout-cardinal"><rbnfrule value="0">zero;</rbnfrule><rbnfrule value="1">one;</rbnfrule>
<rbnfrule value="2">two;</rbnfrule><rbnfrule value="3">many;</rbnfrule><rbnfrule value="20">twenty[-→→];</rbnfrule>
<rbnfrule value="100">←← hundred[→%%and→];</rbnfrule></ruleset>
<ruleset type="and" access="private"><rbnfrule value="0">' and =%spellout-cardinal=;</rbnfrule></ruleset>
</rulesetGrouping></rbnf></ldml>"""


@pytest.fixture(scope="session")
def wordnet_folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wordnet")
    license_ = "  1 the license, which is no line of the table\n"
    tagged = []
    for number, (letter, (name, synsets)) in enumerate(CLASSES.items(), start=1):
        index: dict[str, list[str]] = {}
        for head in synsets:
            offset, _, _, count, *rest = head.split()
            for word in rest[: 2 * int(count, 16) : 2]:
                index.setdefault(word.removesuffix("(p)").lower(), []).append(offset)
        data = "".join(f"{head} | {gloss}  \n" for head, gloss in synsets.items())
        lines = (f"{word} {letter} {len(own)} 1 @ {len(own)} 1 {' '.join(own)}  \n" for word, own in index.items())
        (folder / f"data.{name}").write_text(license_ + data)
        (folder / f"index.{name}").write_text(license_ + "".join(lines))
        tagged += [f"{word}%{number}:05:00:: 1 6" for word in index]
    (folder / "cntlist.rev").write_text("\n".join([*tagged, "dog%1:05:00:: 2 1"]) + "\n")
    (folder / "noun.exc").write_text("beeves beef\nspanielim spaniel\n")
    (folder / "verb.exc").write_text("taught teach\n")
    (folder / "adj.exc").write_text("better good\n")
    return folder


@pytest.fixture(scope="session")
def cldr_folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("cldr")
    for part in ("main", "annotations", "supplemental", "rbnf"):
        (folder / "common" / part).mkdir(parents=True)
    for language, (countries, pattern, march) in MAIN.items():
        names = "".join(f'<territory type="{code}">{name}</territory>' for code, name in countries.items())
        names += '<territory type="FR" alt="short">F</territory><territory type="155">Western Europe</territory>'
        names += '<territory type="ZZ" draft="unconfirmed">Nowhere</territory>'
        months = "".join(f'<month type="{m}">{march if m == 3 else m}</month>' for m in range(1, 13))
        wide = '<monthContext type="format"><monthWidth type="wide">'
        calendar = f"""<dates><calendars><calendar type="gregorian">
            <months>{wide}{months}</monthWidth></monthContext></months>
            <dateFormats><dateFormatLength type="long"><dateFormat><pattern>{pattern}</pattern></dateFormat>
            </dateFormatLength></dateFormats></calendar></calendars></dates>"""
        euro = '<displayName>Euro</displayName><displayName count="one">euro</displayName>'
        money = f'<currency type="EUR">{euro}</currency>'
        (folder / "common" / "main" / f"{language}.xml").write_text(
            f"<ldml><localeDisplayNames><languages><language type='fr'>French</language></languages>"
            f"<territories>{names}</territories></localeDisplayNames>{calendar}"
            f"<numbers><currencies>{money}</currencies></numbers></ldml>"
        )
    (folder / "common" / "annotations" / "en.xml").write_text(
        '<ldml><annotations><annotation cp="🍎">apple | red</annotation>'
        '<annotation cp="🍎" type="tts">red apple</annotation><annotation cp="{" type="tts">brace</annotation>'
        "</annotations></ldml>"
    )
    (folder / "common" / "supplemental" / "supplementalData.xml").write_text(SUPPLEMENT)
    (folder / "common" / "rbnf" / "en.xml").write_text(RULES)
    return folder
