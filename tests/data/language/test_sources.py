"""Readers of WordNet, CLDR and VADER on small files in their layout."""

import io
import re
import shutil
import tarfile

import pytest

from hypermaml.data.language.sources.cldr import Cldr
from hypermaml.data.language.sources.spellout import spell
from hypermaml.data.language.sources.vader import read_lexicon
from hypermaml.data.language.sources.wordnet import ANTONYM, PART, WordNet


@pytest.fixture(scope="module")
def wordnet(wordnet_folder):
    return WordNet(wordnet_folder)


@pytest.fixture(scope="module")
def cldr(cldr_folder):
    return Cldr(cldr_folder)


def test_a_synset(wordnet):
    dog = wordnet.sense("n", "hound")
    assert (dog.words, dog.topic, dog.definition) == (("dog", "hound"), 5, "an animal that barks")
    assert dog.examples == ("the dog barked", "a dog")
    assert [above.words[0] for above in wordnet.above(wordnet.sense("n", "spaniel"))] == ["dog", "animal"]
    assert wordnet.sense("n", "lid").links[PART] == ["n00000005"]
    assert wordnet.sense("a", "good").lexical[ANTONYM] == [("good", "a00000002", 0)]
    assert wordnet.sense("v", "move").frames == {1, 2}
    assert wordnet.sense("a", "fine").words == ("fine",)


def test_common_words_are_fit_plain_and_written_small(wordnet):
    nouns = wordnet.common("n")
    assert {"dog", "hound", "city"} <= set(nouns)
    assert nouns == sorted(nouns)
    assert not {"paris", "ada example", "cur"} & set(nouns)  # a name, two words, one marked as disparaging
    assert wordnet.common("n", 7) == ["dog"]
    assert not wordnet.is_fit("a cur barked")
    assert list(wordnet.exceptions("verb")) == [("taught", "teach")]


@pytest.mark.parametrize("name", ["data.noun", "index.adv", "verb.exc", "cntlist.rev"])
def test_an_absent_file_of_wordnet(wordnet_folder, tmp_path, name):
    folder = shutil.copytree(wordnet_folder, tmp_path / "w")
    (folder / name).unlink()
    with pytest.raises(
        FileNotFoundError, match=rf"WordNet's {name} is not in {folder}: `apt install wordnet-base` lays"
    ):
        WordNet(folder)


def test_a_damaged_file_of_wordnet(wordnet_folder, tmp_path):
    folder = shutil.copytree(wordnet_folder, tmp_path / "w")
    (folder / "data.adv").write_text("00000001 02 r 01 well 0 | in a good way\n")
    with pytest.raises(ValueError, match=re.escape(f"{folder}/data.adv: '00000001 02 r 01 well 0 | in")):
        _ = WordNet(folder).synsets


def test_names(cldr):
    assert cldr.countries("en") == {"FR": "France", "DE": "Germany", "JP": "Japan", "PE": "Peru"}
    assert cldr.languages("en") == {"fr": "French"}
    assert cldr.currencies("en") == {"EUR": "euro"}
    assert cldr.emoji("en") == {"🍎": "red apple"}
    assert cldr.continents == {"FR": "Europe", "DE": "Europe", "JP": "Asia", "PE": "the Americas"}
    assert cldr.money == {"FR": "EUR"}
    assert cldr.official["FR"] == ("fr",)


def test_dates(cldr):
    said = [cldr.date(language, 4, 3, 2021) for language in ("en", "fr", "pt")]
    assert said == ["March 4, 2021", "4 mars 2021", "4 de março de 2021"]


@pytest.mark.parametrize(
    ("number", "said"), [(0, "zero"), (2, "two"), (20, "twenty"), (22, "twenty-two"), (200, "two hundred")]
)
def test_numbers(cldr, number, said):
    assert cldr.number("en", number) == said


def test_numbers_by_a_private_rule(cldr):
    assert cldr.number("en", 121) == "one hundred and twenty-one"


def test_rules_that_cannot_be_read():
    with pytest.raises(ValueError, match=r"the rules hold none of spellout-numbering, "):
        spell({"ordinal": [(0, 10, "zeroth")]}, 1)
    with pytest.raises(ValueError, match="needs plural forms, which are not read here"):
        spell({"spellout-numbering": [(0, 10, "$(cardinal,one{x}other{y})$")]}, 1)
    with pytest.raises(ValueError, match="the rules spellout-numbering have none for 3"):
        spell({"spellout-numbering": [(5, 10, "five")]}, 3)


def test_absent_and_damaged_cldr(cldr_folder, cldr, tmp_path):
    with pytest.raises(FileNotFoundError, match="`apt install unicode-cldr-core` lays it in /usr/share/unicode/cldr"):
        Cldr(tmp_path)
    with pytest.raises(ValueError, match=r"CLDR has no annotations for the language pt: .*pt.xml is absent"):
        cldr.emoji("pt")
    folder = shutil.copytree(cldr_folder, tmp_path / "c")
    (folder / "common" / "main" / "fr.xml").write_text("<ldml>")
    with pytest.raises(ValueError, match=r"fr.xml is damaged: no element found"):
        Cldr(folder).countries("fr")


def packed(path, name, text):
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    return path


def test_the_lexicon(tmp_path):
    text = b"good\t1.9\t0.9\t[2]\n:-)\t1.3\t1\t[1]\nbad\t-2.5\t0.6\t[-2]\n"
    path = packed(tmp_path / "v.tar.gz", "vaderSentiment-3.3.2/vaderSentiment/vader_lexicon.txt", text)
    assert read_lexicon(path) == {"good": 1.9, "bad": -2.5}
    (tmp_path / "lexicon.txt").write_bytes(text)
    assert read_lexicon(tmp_path / "lexicon.txt") == read_lexicon(path)


def test_what_is_no_lexicon(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no archive .*: `pip download .*` fetches VADER's lexicon"):
        read_lexicon(tmp_path / "no.tar.gz")
    (tmp_path / "cut.tar.gz").write_bytes(b"\x1f\x8bcut")
    other = packed(tmp_path / "other.tar.gz", "other/README", b"no")
    for path in (tmp_path / "cut.tar.gz", other):
        with pytest.raises(ValueError, match="is damaged, or no source archive of vaderSentiment"):
            read_lexicon(path)
    (tmp_path / "l.txt").write_text("good\tmuch\n")
    with pytest.raises(ValueError, match="'good\tmuch' in its lexicon has no rating"):
        read_lexicon(tmp_path / "l.txt")
