import pytest

from hypermaml.lm.trained_tokenizer import END, LEAST, train_tokenizer

TEXTS = ["translate the word: mouse", "translate the name: Maus", "the answer is 1234", "Où est-ce que c'est ?"] * 3


def test_any_text_comes_back():
    tokenizer = train_tokenizer(TEXTS, 300)
    for text in ("translate 12", "日本 \n\n Ωmega", "", " leading"):
        assert tokenizer.decode(tokenizer.encode(text).ids) == text
    assert tokenizer.token_to_id(END) == 0
    assert tokenizer.get_vocab_size() == 300
    assert len(tokenizer.encode("translate").ids) < 4
    assert len(tokenizer.encode("1234").ids) == 4


def test_equal_texts_give_an_equal_tokenizer():
    assert train_tokenizer(TEXTS, 320).to_str() == train_tokenizer(iter(TEXTS), 320).to_str()


def test_what_is_too_small():
    with pytest.raises(ValueError, match="size is 256, but it must be at least 257: one token for each byte"):
        train_tokenizer(TEXTS, LEAST - 1)
