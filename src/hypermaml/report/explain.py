"""Plain words for readers who meet the methods for the first time."""

from collections.abc import Sequence

from hypermaml.report.looks import Looks
from hypermaml.report.tables import Table

INTRODUCTION = (
    "Every method gets a held-out task, a little data of it, and a few gradient steps (inner steps) to adapt. Step 0 "
    "is the model before it has adapted. HyperMAML generates the initial weights from a description of the task and "
    "is trained through the inner steps; the other methods show which part of that helps. Tasks of the meta-test "
    "split come from the region of training; tasks of other test splits, such as extrapolation, come from regions "
    "that were held out."
)


def methods_table(methods: Sequence[str], looks: Looks) -> Table:
    """Return a table with a line on each method."""
    rows = tuple((method, looks.label(method), looks.summary(method)) for method in methods)
    return Table("The methods of this run", ("name", "in plots", "what it is"), rows)
