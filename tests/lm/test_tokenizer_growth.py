"""A small tokenizer.json cannot ask for room that no machine has."""

import json

import pytest

from hypermaml.lm.tokenizer import tokenizer_from_file
from hypermaml.lm.tokenizer_growth import check_growth

DOUBLE = {"type": "Replace", "pattern": {"String": "a"}, "content": "aa"}
TEXT, END = {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "<end>", "type_id": 0}}
TABLE = {"type": "Precompiled", "precompiled_charsmap": "AAAA"}
LONG = "normalizer makes a text many times as long, but a tokenizer makes it at most 256 times as long"


def template(*single, tokens=1):
    special = {"<end>": {"id": "<end>", "ids": [0] * tokens, "tokens": ["<end>"] * tokens}}
    return {"type": "TemplateProcessing", "single": single, "pair": [], "special_tokens": special}


@pytest.mark.parametrize(
    ("field", "part", "sentence"),
    [
        ("normalizer", {"type": "Sequence", "normalizers": [DOUBLE] * 9}, LONG),
        ("normalizer", {"type": "Sequence", "normalizers": [{"type": "Sequence", "normalizers": [DOUBLE]}] * 9}, LONG),
        ("normalizer", {"type": "Replace", "pattern": {"Regex": ""}, "content": "é" * 129}, LONG),
        ("normalizer", {"type": "Replace", "pattern": {"String": ""}, "content": "a" * 256}, LONG),
        ("normalizer", {"type": "Sequence", "normalizers": [TABLE, TABLE]}, LONG),
        ("decoder", {"type": "Sequence", "decoders": [DOUBLE] * 9}, "decoder makes a text many times as long, but a "),
        ("post_processor", template(TEXT, TEXT), "post_processor holds a text 2 times with 0 tokens around it, but it"),
        (
            "post_processor",
            template(TEXT, *[END] * 9, tokens=99),
            "post_processor holds a text 1 times with 891 tokens",
        ),
        (
            "post_processor",
            {"type": "Sequence", "processors": [template(TEXT, TEXT)]},
            "post_processor holds a text 2 ",
        ),
    ],
)
def test_a_tokenizer_that_makes_texts_far_longer_is_refused(folder, field, part, sentence):
    path = folder / "tokenizer.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {field: part}))
    with pytest.raises(ValueError, match=f"tokenizer.json: {sentence}"):
        tokenizer_from_file(path)


@pytest.mark.parametrize(
    ("field", "part"),
    [
        ("normalizer", {"type": "Sequence", "normalizers": [DOUBLE] * 8}),
        ("normalizer", {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"}),
        ("normalizer", {"type": "Replace", "pattern": 3, "content": None}),
        ("post_processor", template(END, TEXT, END)),
        ("post_processor", template(3, None)),
        ("normalizer", None),
    ],
)
def test_what_tokenizers_do_passes(tmp_path, field, part):
    check_growth({field: part}, tmp_path)


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(\w+\s?)+$", r"( +)+$", r"(é|éé)+$"])
@pytest.mark.parametrize("field", ["pre_tokenizer", "normalizer"])
def test_a_pattern_that_tries_out_too_many_ways_is_refused(folder, capfd, field, pattern):
    part = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
    part = part if field == "pre_tokenizer" else {"type": "Replace", "pattern": {"Regex": pattern}, "content": "a"}
    path = folder / "tokenizer.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {field: part}))
    with pytest.raises(ValueError, match=r"tokenizer.json has a pattern that needs too many steps for a text of 65 "):
        tokenizer_from_file(path)
    assert capfd.readouterr().err == ""
