import re

import pytest

from hypermaml.data.language.task import Instance, LanguageTask
from hypermaml.families.language.prompts import (
    answer_text,
    answers_tokens,
    documents_of,
    encode_after,
    prompt_text,
    prompt_tokens,
    shown_tokens,
)

TASK = LanguageTask(
    "t",
    "copy",
    ("Do it.", "Do."),
    (Instance("x", ("y", "yy", "y" * 9)), Instance("long", ("z",))),
    place="tasks/t.json",
)


def test_a_prompt_in_words():
    assert prompt_text("x") + answer_text("y") == "Input: x\nOutput: y"
    said = prompt_text("x", definition="Do it.", examples=[("a", "b")])
    assert said == "Do it.\n\nInput: a\nOutput: b\n\nInput: x\nOutput:"


def test_documents_hold_each_instance_with_and_without_a_definition(make):
    tasks = [make("a", "meta-train"), make("b", "meta-train", instances=5)]
    documents = documents_of(tasks, end="<end>")
    assert documents == documents_of(tasks, end="<end>")
    for told in (True, False):
        own = [text for text in documents if text.startswith("Do ") == told]
        assert sorted(line for text in own for line in text.splitlines() if line.startswith("Input: ")) == sorted(
            f"Input: {name}{number}" for name, count in {"a": 12, "b": 5}.items() for number in range(count)
        )
    assert {text.count("Input: ") for text in documents} >= {1, 2, 4}
    for text in documents:  # training adds it to the last answer of a text
        assert text.count("<end>\n\n") == text.count("<end>") == text.count("Input: ") - 1


def test_examples_in_a_prompt_end_as_answers_do(encoder):
    tokens = shown_tokens(encoder, "x", definition="Do it.", examples=[("a", "b"), ("c", "d")])
    assert tokens == [
        *(1, *map(ord, "Do it.\n\nInput: a\nOutput: b"), 2),
        *(*map(ord, "\n\nInput: c\nOutput: d"), 2),
        *map(ord, "\n\nInput: x\nOutput:"),
    ]
    assert shown_tokens(encoder, "x", definition="", examples=[]) == [1, *map(ord, "Input: x\nOutput:")]


def test_a_prompt_in_tokens(encoder):
    tokens = prompt_tokens(TASK, encoder, number=0, definition="", context=40)
    assert tokens == [1, *map(ord, "Input: x\nOutput:")]
    answers = answers_tokens(TASK, encoder, number=0, room=4)
    assert answers == [[*map(ord, " y"), 2], [*map(ord, " yy"), 2]]  # the third is too long


@pytest.mark.parametrize(
    ("definition", "context", "sentence"),
    [
        ("", 18, "tasks/t.json: 'Instances[0].input' gives a prompt of 17 tokens, but the model reads at most 18 with"),
        (
            "Do it.",
            26,
            "tasks/t.json: 'Instances[0].input' gives a prompt of 25 tokens, but the model reads at most 26",
        ),
        ("Do it.", 7, "tasks/t.json: 'Definition' gives a prompt of 6 tokens, but the model reads at most 7 with the"),
    ],
)
def test_what_is_longer_than_the_context(encoder, definition, context, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        prompt_tokens(TASK, encoder, number=0, definition=definition, context=context)
    prompt_tokens(TASK, encoder, number=0, definition="", context=19)


def test_answers_that_do_not_fit(encoder):
    with pytest.raises(ValueError, match=re.escape("tasks/t.json: 'Instances[0].output' has 3 tokens, but there is")):
        answers_tokens(TASK, encoder, number=0, room=2)

    class Endless(type(encoder)):
        end = None

    with pytest.raises(ValueError, match="the tokenizer names no token that ends a text, but an answer needs one"):
        answers_tokens(TASK, Endless(), number=0, room=9)


def test_an_answer_is_tokenized_as_it_stands_after_its_prompt(spaced):
    """Tokenizers of the kind of Llama 2 put a space before each text; within a text there is none."""
    assert spaced.encode("Output:")[0] == spaced.space
    for text in (" mice", " 7", "\n\nInput: x\nOutput:"):
        assert spaced.encode("Output:") + encode_after(spaced, text) == spaced.encode(f"Output:{text}")
    (answer,) = answers_tokens(TASK, spaced, number=1, room=9)
    prompt = prompt_tokens(TASK, spaced, number=1, definition="Do it.", context=99)
    assert [*prompt, *answer[:-1]] == spaced.encode("Do it.\n\nInput: long\nOutput: z")
    shown = shown_tokens(spaced, "x", definition="", examples=[("a", "b")])
    assert shown == [*spaced.encode("Input: a\nOutput: b"), spaced.end, *spaced.encode("\n\nInput: x\nOutput:")[1:]]


def test_a_tokenizer_that_joins_the_answer_with_all_before_it():
    class Joins:
        def encode(self, text):
            return [hash(text)]

    with pytest.raises(ValueError, match="makes one token of the end of a prompt and the beginning of 'mice': choose"):
        encode_after(Joins(), " mice")
