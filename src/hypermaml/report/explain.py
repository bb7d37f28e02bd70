"""Plain words for readers who meet the methods for the first time."""

from collections.abc import Sequence

from hypermaml.methods import METHODS
from hypermaml.report.plots.style import label
from hypermaml.report.tables import Table

INTRODUCTION = (
    "Every method gets a held-out task, a little data of it, and a few gradient steps (inner steps) to adapt. Step 0 "
    "is the model before it has adapted. HyperMAML generates the initial weights from a description of the task and "
    "is trained through the inner steps; the other methods show which part of that helps. Tasks of the meta-test "
    "split come from the region of training; tasks of the extrapolation split come from a region that was held out."
)


def methods_table(methods: Sequence[str]) -> Table:
    """What each method is, in a line."""
    rows = tuple((method, label(method), METHODS[method].summary if method in METHODS else "") for method in methods)
    return Table("The methods of this run", ("name", "in plots", "what it is"), rows)
