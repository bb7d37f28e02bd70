import re

import pytest

from hypermaml.methods import METHODS


@pytest.mark.parametrize("method", METHODS)
def test_bibtex(hypermaml, method):
    outcome = hypermaml("cite", method)
    assert (outcome.status, outcome.errors) == (0, "")
    assert re.match(r"@\w+\{\w+,\n", outcome.output)
    assert outcome.output.count("{") == outcome.output.count("}")
    assert all(f"  {field} = {{" in outcome.output for field in ("title", "author", "year"))
