"""ROUGE-L, the metric of texts that Super-NaturalInstructions is scored by."""

from __future__ import annotations

import re
from collections.abc import Sequence


def words(text: str) -> list[str]:
    """Return the words of a text in small letters: runs of letters and digits, of any script."""
    return re.findall(r"[^\W_]+", text.lower())


def rouge_l(answer: str, right: Sequence[str]) -> float:
    """Return how much of the words an answer shares with a right one in their order, from 0 to 1.

    That is 2 n / (a + b), where n is the length of the longest common subsequence of the words of both, which are a and
    b; of several right answers the best counts. Two texts without words agree if they are equal.

    Args:
        answer: to score.
        right: texts, at least one.

    Reference:
        Lin 2004, "ROUGE: a package for automatic evaluation of summaries", section 3, with precision and recall of one
        weight.
    """
    return max(_score(answer, each) for each in right)


def _score(answer: str, right: str) -> float:
    given, wanted = words(answer), words(right)
    if not given and not wanted:
        return float(answer.strip() == right.strip())
    lengths = [0] * (len(wanted) + 1)
    for word in given:
        before = 0
        for place, other in enumerate(wanted, 1):
            before, lengths[place] = (
                lengths[place],
                (before + 1 if word == other else max(lengths[place - 1 : place + 1])),
            )
    return 2 * lengths[-1] / (len(given) + len(wanted))
