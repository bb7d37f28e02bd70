import math
from dataclasses import dataclass
from typing import Literal

import pytest

from hypermaml._misc.checks import check_fields


@dataclass(frozen=True)
class Options:
    count: int = 1
    rate: float = 0.5
    bound: float = math.inf
    kind: Literal["one", "other"] = "one"
    name: str = ""
    share: float = 0.0


def test_what_fits_passes():
    check_fields(Options())
    check_fields(Options(bound=math.inf, kind="other"))
    check_fields(Options(rate=0.0, bound=0.0), zero=True)
    check_fields(Options(share=0.5))


@pytest.mark.parametrize(
    ("options", "zero", "sentence"),
    [
        (Options(count=0), False, "count is 0, but it must be at least 1"),
        (Options(count=2.5), False, "count is 2.5, but it must be a whole number"),
        (Options(rate=0.0), False, "rate is 0.0, but it must be above 0"),
        (Options(rate=math.nan), False, "rate is nan, but it must be above 0"),
        (Options(rate=math.inf), False, "rate is inf, but it must be finite"),
        (Options(count=2**31), False, r"count is 2147483648, but it must be below 2\^31"),
        (Options(rate=math.inf), True, "rate is inf, but it must be at least 0 and finite"),
        (Options(share=-0.1), False, "share is -0.1, but it must be at least 0"),
        (Options(share=math.inf), False, "share is inf, but it must be finite"),
        (Options(kind="two"), False, "kind is two, but it must be one of one, other"),
    ],
)
def test_what_does_not_fit_is_named(options, zero, sentence):
    with pytest.raises(ValueError, match=sentence):
        check_fields(options, zero=zero)
