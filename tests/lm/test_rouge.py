import pytest

from hypermaml.lm.rouge import rouge_l, words


@pytest.mark.parametrize(
    ("answer", "right", "score"),
    [
        ("police killed the gunman", ["police kill the gunman"], 0.75),  # Lin 2004, section 3.1
        ("the gunman kill police", ["police kill the gunman"], 0.5),
        ("the gunman police killed", ["police killed the gunman"], 0.5),
        ("Yes.", ["yes"], 1.0),
        ("no", ["yes", "No!"], 1.0),
        ("a b c d", ["a c"], 2 / 3),
        ("", ["a"], 0.0),
        ("!", ["!"], 1.0),
        ("!", ["?"], 0.0),
    ],
)
def test_scores_of_texts(answer, right, score):
    assert rouge_l(answer, right) == pytest.approx(score)


def test_words_of_any_script():
    assert words("Füße, 12-mal: Привет_мир!") == ["füße", "12", "mal", "привет", "мир"]
