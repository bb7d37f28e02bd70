"""What is made on the user's machine alone: dictionaries, names of standards, rated texts."""

import gzip
import io
import json
import re
import struct
import tarfile

import pytest

from hypermaml.data.language.build import RECIPES
from hypermaml.data.language.recipes.large import iso_recipes, large_recipes, snippet_recipes
from hypermaml.data.language.sources.freedict import find_dictionaries, read_dictionary
from hypermaml.data.language.sources.iso_codes import read_names
from hypermaml.data.language.sources.vader import SNIPPETS, read_snippets

ENTRIES = "00databaseinfo\nabout\nmouse /maʊs/ <n>\n1. ratón, rata <masc>\n2. tímido\n   a mouse ran\nyou\ntú\n"


def test_a_dictionary(tmp_path):
    index = tmp_path / "freedict-eng-spa.index"
    (tmp_path / "freedict-eng-spa.dict.dz").write_bytes(gzip.compress(ENTRIES.encode()))
    start = ENTRIES.encode().index(b"mouse")
    you = ENTRIES.encode().index(b"you\n")
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    second = f"mouse\t{digits[start]}\tB{digits[you - start - 64]}\n"
    index.write_text(f"00databaseinfo\tA\t{digits[start]}\n{second}you\tB{digits[you - 64]}\t{digits[8]}\n")
    assert find_dictionaries(tmp_path) == {("eng", "spa"): index}
    assert read_dictionary(index) == {"mouse": ("ratón", "rata", "tímido"), "you": ("tú",)}
    (tmp_path / "freedict-eng-spa.dict.dz").write_bytes(b"no gzip")
    with pytest.raises(ValueError, match=re.escape(f"{index} or the .dict.dz beside it is damaged")):
        read_dictionary(index)


def catalogue(pairs: dict[str, str]) -> bytes:
    """A .mo file, as gettext(1) lays it; the empty key holds the encoding."""
    items = sorted({"": "Content-Type: text/plain; charset=UTF-8\n", **pairs}.items())
    texts = [text.encode() + b"\0" for text in (*(key for key, _ in items), *(value for _, value in items))]
    start, table = 28 + 16 * len(items), b""
    for text in texts:
        table += struct.pack("<II", len(text) - 1, start)
        start += len(text)
    return struct.pack("<7I", 0x950412DE, 0, len(items), 28, 28 + 8 * len(items), 0, 0) + table + b"".join(texts)


@pytest.fixture
def codes(tmp_path):
    """Three hundred languages, all but one with a French name of its own."""
    names = [f"Old {chr(65 + n % 26)}{n}" for n in range(300)]
    (tmp_path / "iso_639-3.json").write_text(json.dumps({"639-3": [{"name": name} for name in [*names, "Ga"]]}))
    messages = tmp_path / "fr" / "LC_MESSAGES"
    messages.mkdir(parents=True)
    (messages / "iso_639-3.mo").write_bytes(catalogue({name: f"{name[4:]} ancien" for name in names}))
    return tmp_path


def test_names_of_a_standard(codes):
    names = read_names(codes, codes, "639-3", "fr")
    assert len(names) == 300
    assert names["Old A0"] == "A0 ancien"
    assert read_names(codes, codes, "639-3", "de") == read_names(codes, codes, "3166-2", "fr") == {}
    (recipe,) = iso_recipes(codes, codes)
    assert (recipe.name, recipe.split, recipe.languages) == (
        "translate_iso_languages_en_fr",
        "meta-train",
        ("English", "French"),
    )
    (codes / "iso_639-3.json").write_text("{}")
    with pytest.raises(ValueError, match=r"iso_639-3\.mo is damaged: install iso-codes again"):
        read_names(codes, codes, "639-3", "fr")


@pytest.fixture
def archive(tmp_path):
    def packed(files: dict[str, bytes]) -> bytes:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            for name, contents in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(contents)
                tar.addfile(member, io.BytesIO(contents))
        return buffer.getvalue()

    rated = b"1_1\t-2.5\tIt broke at once.\n1_2\t3.1\tA fine player.\n1_3\t0.2\tIt is black.\n1_4\t2\tbad \xff sign\n"
    inner = packed({f"hutto_ICWSM_2014/{name}_GroundTruth.txt": rated for name in SNIPPETS})
    path = tmp_path / "vaderSentiment-3.3.2.tar.gz"
    path.write_bytes(packed({"vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz": inner}))
    return path


def test_rated_texts(archive, tmp_path):
    assert read_snippets(archive, "tweets") == {"It broke at once.": -2.5, "A fine player.": 3.1, "It is black.": 0.2}
    recipes = snippet_recipes(archive)
    assert {recipe.split for recipe in recipes} == {"extrapolation"}
    archive.write_bytes(archive.read_bytes()[:200])
    with pytest.raises(ValueError, match="is damaged, or no source archive of vaderSentiment"):
        read_snippets(archive, "tweets")


def test_none_of_it_ships_and_each_has_definitions_of_its_own(archive, codes, tmp_path):
    more = large_recipes(tmp_path / "no", codes, codes, archive)
    assert {name: len(own) for name, own in more.items()} == {"FreeDict": 0, "iso-codes": 1, "rated texts": 4}
    added = [recipe for own in more.values() for recipe in own]
    names = [recipe.name for recipe in (*RECIPES, *added)]
    told = [text for recipe in (*RECIPES, *added) for text in recipe.definitions]
    assert len(set(names)) == len(names)
    assert len(set(told)) == len(told)
    assert not {recipe.license for recipe in added} & {recipe.license for recipe in RECIPES}
    (tmp_path / "lexicon.txt").touch()
    assert large_recipes(tmp_path, tmp_path / "no", codes, tmp_path / "lexicon.txt")["rated texts"] == ()
